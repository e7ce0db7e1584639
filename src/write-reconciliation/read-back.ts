import { createQuery } from "../core/call/create-call.ts";
import type { Clock } from "../core/clock.ts";
import type { Query } from "../core/lexicon/definition.ts";
import type { HttpInfo } from "../core/errors/index.ts";
import { InvalidResponseError, SkylexError, XrpcError } from "../core/errors/index.ts";
import { headersBeside } from "../core/http/request.ts";
import type { CallRequest, Next } from "../core/pipeline.ts";
import { parseAtUri } from "../core/identifiers.ts";
import { recordCid } from "./record-cid.ts";
import type { Write } from "./writes.ts";
import { uriOf } from "./writes.ts";

export interface ReadBackConfig {
  readonly clock: Clock;
  readonly random: () => number;
  /** All layers, for calls of its own */
  readonly handler: Next;
}

/** A write that has been made. `cid` is absent where the record was deleted. */
export interface StoredWrite {
  readonly action: Write["action"];
  readonly uri: string;
  readonly cid: string | undefined;
}

/** A write that no server can make: its key is taken, or there is nothing to change. */
export interface Impossible {
  readonly state: "impossible";
  readonly write: Write;
  /** The version that is there instead */
  readonly cid: string | undefined;
}

/**
 * What can be seen of a call's writes. `absent`: none is made, so far. `replaced`: there is neither what was to be written nor
 * what it was to replace. `unknown`: nothing can be seen.
 */
type Sight =
  | { readonly state: "stored"; readonly records: readonly StoredWrite[]; readonly http: HttpInfo }
  | Impossible
  | { readonly state: "absent" | "replaced" | "unknown" };

/** A record as the server has it now; without a version if it has none. */
interface Seen {
  readonly cid: string | undefined;
  /** Whose repository it is in */
  readonly did: string | undefined;
  readonly http: HttpInfo;
}

type Read = (write: Write) => Promise<Seen>;

/** Looks at the server what became of writes. They are made all or none, so that one of them can tell about all. */
export async function readBack(request: CallRequest, writes: readonly Write[], config: ReadBackConfig): Promise<Sight> {
  // Who has said that a call is sent once gets one request.
  if (request.options.retry === false) return { state: "unknown" };
  const made = await Promise.all(
    writes.map(async (write) => ({ write, cid: write.record && (await recordCid(write.collection, write.record)) })),
  );
  if (made.some(({ write, cid }) => write.record !== undefined && cid === undefined)) return { state: "unknown" };
  try {
    return await judge(made, reader(request, config));
  } catch (error) {
    if (error instanceof SkylexError) return { state: "unknown" };
    throw error;
  }
}

interface Made {
  readonly write: Write;
  /** The version it makes; none where it deletes */
  readonly cid: string | undefined;
}

async function judge(made: readonly Made[], read: Read): Promise<Sight> {
  const replacing = made.find(({ write }) => write.action === "replace");
  if (replacing !== undefined) return judgeReplaced(replacing, await read(replacing.write));
  const created = made.find(({ write }) => write.action === "create");
  if (created !== undefined) {
    const seen = await read(created.write);
    if (seen.cid === created.cid) return stored(made, seen);
    if (seen.cid !== undefined) return { state: "impossible", write: created.write, cid: seen.cid };
  }
  // Nothing new that tells: what was to be changed may do, and say why nothing can be.
  let witness = created;
  let gone: Made | undefined;
  let last: Seen | undefined;
  for (const one of made.filter(({ write }) => write.action !== "create")) {
    const seen = await read(one.write);
    last = seen.did === undefined && last !== undefined ? last : seen;
    if (seen.cid === undefined) gone ??= one;
    if (seen.cid !== one.cid) witness ??= one;
  }
  if (witness === undefined) return last === undefined ? { state: "unknown" } : stored(made, last);
  if (gone === undefined) return { state: "absent" };
  // A record to delete may be gone because the writes have been made since the witness was asked.
  const again = await read(witness.write);
  if (again.cid === witness.cid) return stored(made, again);
  return { state: "impossible", write: gone.write, cid: undefined };
}

function judgeReplaced(replacing: Made, seen: Seen): Sight {
  if (seen.cid === replacing.cid) return stored([replacing], seen);
  return { state: (seen.cid ?? null) === replacing.write.swapRecord ? "absent" : "replaced" };
}

/** Servers name repositories by DID, whatever they were called in the request. */
function stored(made: readonly Made[], { did, http }: Seen): Sight {
  const records = made.map(({ write, cid }) => ({
    action: write.action,
    uri: uriOf({ ...write, repo: did ?? write.repo }),
    cid,
  }));
  return { state: "stored", records, http };
}

const getRecord: Query<object, { readonly uri: string; readonly cid?: string }> = {
  kind: "query",
  nsid: "com.atproto.repo.getRecord",
  output: "application/json",
};

/** Reads from the server that the write was sent to, as the same account, within what is left of its time. */
function reader(request: CallRequest, { clock, random, handler }: ReadBackConfig): Read {
  const { account, headers, options, service, signal, deadline, attemptTimeout } = request;
  const call = createQuery({
    handler: (read) => handler({ ...read, account }),
    clock,
    random,
    userAgent: headers["user-agent"] ?? "",
    options: {
      service,
      signal,
      attemptTimeout,
      retry: options.retry,
      headers: {
        ...headersBeside(headers),
        ...("authorization" in headers && { authorization: headers["authorization"] }),
      },
      // That there is none is one of the answers.
      expectedErrors: [MISSING],
    },
  });
  return async ({ repo, collection, rkey }) => {
    const timeout = Math.max(0, deadline - clock.now());
    try {
      const { data, http } = await call(getRecord, { repo, collection, rkey }, { timeout }).withResponse();
      if (typeof data.cid !== "string") throw new InvalidResponseError(`${getRecord.nsid} named no version`, { http });
      return { cid: data.cid, did: parseAtUri(data.uri)?.repo, http };
    } catch (error) {
      if (error instanceof XrpcError && error.error === MISSING)
        return { cid: undefined, did: undefined, http: error.http };
      throw error;
    }
  };
}

const MISSING = "RecordNotFound";
