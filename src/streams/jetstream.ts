import { StreamError } from "../core/errors/index.ts";
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

/** A Jetstream server: https://github.com/bluesky-social/jetstream#consuming-jetstream */
export function jetstreamSource(query: JetstreamQuery): Source<unknown> {
  const unpack = query.zstdDictionary === undefined ? undefined : unpacker(query.zstdDictionary);
  const decoder = new TextDecoder();
  const fixed: (readonly [string, string])[] = [
    ...(query.collections ?? []).map((one) => ["wantedCollections", one] as const),
    ...(query.dids ?? []).map((one) => ["wantedDids", one] as const),
    ...(query.maxMessageSize === undefined ? [] : [["maxMessageSizeBytes", String(query.maxMessageSize)] as const]),
    ...(unpack === undefined ? [] : [["compress", "true"] as const]),
  ];
  const read = (message: Uint8Array | string): Received<unknown> => {
    try {
      const text = typeof message === "string" ? message : decoder.decode(unpack ? unpack(message) : message);
      const event = JSON.parse(text) as { readonly time_us?: unknown };
      return { position: typeof event.time_us === "number" ? event.time_us : undefined, event };
    } catch (cause) {
      throw new StreamError(`${NAME} sent a message that cannot be read: ${String(cause)}`, { cause, retryable: true });
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
    read,
    time: (event) => ((event as { readonly time_us?: number }).time_us ?? NaN) / 1000,
  };
}

/** @throws StreamError where this Node has no zstd that takes dictionaries */
function unpacker(dictionary: Uint8Array): (message: Uint8Array) => Uint8Array {
  const zlib = process.getBuiltinModule("node:zlib") as { zstdDecompressSync?: unknown };
  const decompress = zlib.zstdDecompressSync as
    | ((message: Uint8Array, options: { readonly dictionary: Uint8Array }) => Uint8Array)
    | undefined;
  if (decompress === undefined) {
    throw new StreamError(
      `This Node (${process.version}) cannot read zstd. Leave out zstdDictionary, or use Node 24.6 or newer.`,
      {},
    );
  }
  return (message) => decompress(message, { dictionary });
}
