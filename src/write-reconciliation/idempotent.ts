import type { CallRequest } from "../core/pipeline.ts";

/**
 * Procedures that may be carried out twice with the same outcome, by the public source of the official servers, below
 * https://github.com/bluesky-social/atproto/tree/main/packages: `pds/src/api/` and `bsky/src/api/`, at the path of the NSID.
 * What is not listed is not repeated when it may have been carried out; chat, video and the entryway are closed.
 */
const idempotent: ReadonlySet<string> = new Set([
  // A record that is gone is nothing to do.
  "com.atproto.repo.deleteRecord",
  // The same content again changes nothing.
  "com.atproto.repo.putRecord",
  // Named by their content.
  "com.atproto.repo.uploadBlob",
  // A token that was used leads to the same successor for two hours: `pds/src/account-manager/account-manager.ts`
  "com.atproto.server.refreshSession",
  // What is revoked or deleted stays so.
  "com.atproto.server.deleteSession",
  "com.atproto.server.revokeAppPassword",
  // What is set is set.
  "app.bsky.actor.putPreferences",
  "app.bsky.graph.muteActor",
  "app.bsky.graph.muteActorList",
  "app.bsky.graph.muteThread",
  "app.bsky.graph.unmuteActor",
  "app.bsky.graph.unmuteActorList",
  "app.bsky.graph.unmuteThread",
  "app.bsky.notification.putPreferencesV2",
  "app.bsky.notification.updateSeen",
]);

/** Whether a call may be repeated although it may have been carried out. */
export function isIdempotent({ definition: { nsid, kind }, input, options }: CallRequest): boolean {
  if (kind === "query" || options.idempotent === true) return true;
  if (!idempotent.has(nsid)) return false;
  // Written, replaced by somebody else, written again: what asks for a version is settled by looking.
  return (
    nsid !== "com.atproto.repo.putRecord" || (input as { swapRecord?: unknown } | undefined)?.swapRecord === undefined
  );
}
