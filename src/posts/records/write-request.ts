import type { ComAtprotoRepoApplyWrites, ComAtprotoRepoCreateRecord } from "../../../generated/types.ts";
import type { DraftedWrite } from "../content.ts";

/** What the server is asked to write: one record alone, or all of several at once. */
export type WriteRequest =
  | { readonly one: ComAtprotoRepoCreateRecord.Input; readonly all?: undefined }
  | { readonly one?: undefined; readonly all: ComAtprotoRepoApplyWrites.Input };

export function writeRequest(writes: readonly DraftedWrite[], repo: string): WriteRequest {
  const [only] = writes;
  if (only !== undefined && writes.length === 1) {
    const { collection, rkey, value: record } = only;
    return { one: { repo, collection, rkey, record } };
  }
  const creates = writes.map((one) => ({ $type: "com.atproto.repo.applyWrites#create", ...one }));
  return { all: { repo, writes: creates as unknown as ComAtprotoRepoApplyWrites.Input["writes"] } };
}
