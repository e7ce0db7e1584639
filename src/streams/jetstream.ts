import { StreamError } from "../core/errors/index.ts";
import { unreadable } from "./frame.ts";
import type { Received, Source } from "./source.ts";
import { socketOrigin } from "./source.ts";

/** What a Jetstream server is asked for. */
export interface JetstreamQuery {
  /** NSIDs, or prefixes such as `app.bsky.*`; at most 100. Default: all */
  readonly collections?: readonly string[] | undefined;
  /** Accounts; at most 10,000. Default: all */
  readonly dids?: readonly string[] | undefined;
  /** Bytes; messages of events above it are not sent. Default: no limit */
  readonly maxMessageSize?: number | undefined;
  /** Dictionary that the server compresses with; asks for compressed messages where it is given */
  readonly zstdDictionary?: Uint8Array | undefined;
}

const NAME = "jetstream";
const DAY_MS = 24 * 60 * 60 * 1000;
/** Bytes after decompression: what the official server reads at most, https://github.com/bluesky-social/jetstream */
const LARGEST_MESSAGE = 32 * 1024 * 1024;

/** What tells one event from others. A server may send anything in these places. */
interface JetstreamMessage {
  readonly did?: unknown;
  readonly time_us?: unknown;
  /** Sequence number, where the server counts events */
  readonly cursor?: number | undefined;
  readonly kind?: unknown;
  readonly commit?: Readonly<Partial<Record<"operation" | "rev" | "collection" | "rkey", unknown>>> | null;
  readonly identity?: { readonly seq?: unknown } | null;
  readonly account?: { readonly seq?: unknown } | null;
}

function identityOf({ did, time_us, kind, commit, identity, account }: JetstreamMessage): string {
  const { operation, rev, collection, rkey } = commit ?? {};
  return JSON.stringify([time_us, did, kind, operation, rev, collection, rkey, (identity ?? account)?.seq]);
}

/** A Jetstream server: https://github.com/bluesky-social/jetstream#consuming-jetstream */
export function jetstreamSource(query: JetstreamQuery): Source<unknown> {
  const unpack = query.zstdDictionary === undefined ? undefined : unpacker(query.zstdDictionary);
  const decoder = new TextDecoder();
  // Servers of the first kind count time; those of the second tell a sequence number beside it.
  let counting: "events" | "time" = "time";
  const fixed: (readonly [string, string])[] = [
    ...(query.collections ?? []).map((one) => ["wantedCollections", one] as const),
    ...(query.dids ?? []).map((one) => ["wantedDids", one] as const),
    ...(query.maxMessageSize === undefined ? [] : [["maxMessageSizeBytes", String(query.maxMessageSize)] as const]),
    ...(unpack === undefined ? [] : [["compress", "true"] as const]),
  ];
  const read = (message: Uint8Array | string): Received<unknown> => {
    try {
      const text = typeof message === "string" ? message : decoder.decode(unpack ? unpack(message) : message);
      if (text.length > LARGEST_MESSAGE) throw new RangeError(`it has ${text.length} characters`);
      const event = JSON.parse(text) as JetstreamMessage;
      if (event === null || typeof event !== "object") throw new TypeError("it is not an object");
      counting = typeof event.cursor === "number" ? "events" : "time";
      const position = counting === "events" ? event.cursor : event.time_us;
      return {
        position: typeof position === "number" ? position : undefined,
        event,
        counts: counting,
        identity: identityOf(event),
      };
    } catch (cause) {
      return { position: undefined, event: undefined, problem: unreadable(NAME, cause) };
    }
  };
  return {
    nsid: NAME,
    url: (origin, position) => {
      const search = new URLSearchParams(fixed.map(([name, value]) => [name, value] as [string, string]));
      if (position !== undefined) search.set("cursor", String(position));
      const text = search.toString();
      return `${socketOrigin(origin)}/subscribe${text && `?${text}`}`;
    },
    counts: () => counting,
    connecting: (now) => now * 1000,
    // Clocks differ, by less than a day.
    latest: (now) => (now + DAY_MS) * 1000,
    read,
    time: (event) => ((event as { readonly time_us?: number }).time_us ?? NaN) / 1000,
  };
}

/** @throws StreamError where this Node has no zstd that takes dictionaries */
function unpacker(dictionary: Uint8Array): (message: Uint8Array) => Uint8Array {
  const zlib = process.getBuiltinModule("node:zlib") as { zstdDecompressSync?: unknown };
  const decompress = zlib.zstdDecompressSync as
    | ((
        message: Uint8Array,
        options: { readonly dictionary: Uint8Array; readonly maxOutputLength: number },
      ) => Uint8Array)
    | undefined;
  if (decompress === undefined) {
    throw new StreamError(
      `This Node (${process.version}) cannot read zstd. Leave out zstdDictionary, or use Node 24.6 or newer.`,
      {},
    );
  }
  return (message) => decompress(message, { dictionary, maxOutputLength: LARGEST_MESSAGE });
}
