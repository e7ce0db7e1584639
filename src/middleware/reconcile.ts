import { counted } from "../core/counted.ts";
import { RecordConflictError, SkylexError, UnsettledError, XrpcError } from "../core/errors/index.ts";
import type { CallRequest, CallResult, Middleware, Next } from "../core/pipeline.ts";
import type { RetryPolicy } from "../core/http/retry-policy.ts";
import type { Impossible, ReadBackConfig, StoredWrite } from "../write-reconciliation/read-back.ts";
import { readBack } from "../write-reconciliation/read-back.ts";
import type { Write } from "../write-reconciliation/writes.ts";
import { uriOf, writesOf } from "../write-reconciliation/writes.ts";

export interface ReconcileConfig extends ReadBackConfig {
  readonly repeat: RetryPolicy;
}

const APPLY_WRITES = "com.atproto.repo.applyWrites";

const settled: ReadonlySet<string> = new Set([
  "com.atproto.repo.createRecord",
  "com.atproto.repo.putRecord",
  APPLY_WRITES,
]);

/**
 * Finds out what became of a write whose answer was lost, so that no call writes twice. The record is read: if it is there the
 * call has succeeded, and if another one is, it cannot. If there is none the very same request is sent again, which the server
 * refuses when the first one arrives late, since a key is taken once.
 *
 * Reading, not `putRecord` with the same key: it costs no points, works for keys that callers choose, needs no permission to
 * update, and leaves the sending to `createRecord`, which alone removes an older like or follow of the same subject.
 * (packages/pds/src/api/com/atproto/repo/createRecord.ts in https://github.com/bluesky-social/atproto)
 */
export function reconcile(config: ReconcileConfig): Middleware {
  return (next) => (request) =>
    settled.has(request.definition.nsid) ? settling(request, config, next) : next(request);
}

async function settling(request: CallRequest, config: ReconcileConfig, next: Next): Promise<CallResult> {
  let unsure = false;
  for (let round = 1; ; round++) {
    try {
      const result = await next(request);
      return unsure ? ours(result) : result;
    } catch (error) {
      if (!(error instanceof SkylexError) || !(error.ambiguous || unsure)) throw error;
      const writes = writesOf(request);
      if (writes.length === 0) throw error;
      unsure = true;
      const found = await readBack(request, writes, config);
      if (found.state === "stored") return { data: answer(request, found.records), http: found.http };
      if (found.state === "impossible") throw conflict(request, found, error);
      if (found.state === "absent" && isRefusal(error)) throw error;
      const mayRepeat = error.ambiguous && found.state !== "replaced";
      if (!mayRepeat || !(await config.repeat(request, error, round, true))) throw unsettled(request, writes, error);
    }
  }
}

/** What is refused for itself was refused all along. */
const isRefusal = (error: SkylexError): boolean =>
  error instanceof XrpcError && !error.ambiguous && error.status >= 400 && error.status < 500 && error.status !== 429;

/** An answer without a commit says that the record was there; after a failure it is this call that has put it there. */
function ours(result: CallResult): CallResult {
  const { uri, cid, commit } = (result.data ?? {}) as { uri?: string; cid?: string; commit?: object };
  return commit === undefined && uri !== undefined ? { ...result, data: { uri, cid } } : result;
}

/** What the server would have answered, as far as it can be known. */
function answer({ definition: { nsid } }: CallRequest, records: readonly StoredWrite[]): object {
  const [first] = records;
  if (nsid !== APPLY_WRITES) return { uri: first?.uri, cid: first?.cid };
  const results = records.map(({ action, uri, cid }) => ({
    $type: `${nsid}#${action}Result`,
    ...(cid !== undefined && { uri, cid }),
  }));
  return { results };
}

function conflict({ definition: { nsid } }: CallRequest, found: Impossible, cause: SkylexError): RecordConflictError {
  const { write, cid } = found;
  const uri = uriOf(write);
  const what =
    write.action === "create"
      ? `there is another record at ${uri}. A key is taken once: choose another one, or put() to write over what is there`
      : `there is no record at ${uri} to ${write.action}`;
  return new RecordConflictError(`${nsid}: ${what}. Nothing was written.`, { nsid, uri, cid, cause });
}

const NAMED_URIS = 3;

function unsettled(
  { definition: { nsid }, trace }: CallRequest,
  writes: readonly Write[],
  cause: SkylexError,
): UnsettledError {
  const uris = writes.map(uriOf);
  const more = uris.length > NAMED_URIS ? ` and ${uris.length - NAMED_URIS} more` : "";
  const what = `${uris.slice(0, NAMED_URIS).join(", ")}${more}`;
  const sent = counted(trace.attempts.length, "request");
  return new UnsettledError(
    `${nsid}: whether it was carried out for ${what} could not be found out (${sent} sent). Look there before you write it again. The last failure: ${cause.message}`,
    { nsid, uris, cause, ambiguous: true },
  );
}
