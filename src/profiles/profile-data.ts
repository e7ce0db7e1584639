import type { AppBskyActorDefs } from "../../generated/types.ts";
import type { ProfileData } from "../storage/ports/index.ts";

/** The handle servers give accounts whose own does not resolve: https://atproto.com/specs/handle#invalid-handles */
const INVALID_HANDLE = "handle.invalid";

/** Flattens a profile as the AppView shows it. `viewerDid` is the account it was shown to. */
export function profileData(view: AppBskyActorDefs.ProfileViewDetailed, viewerDid: string | undefined): ProfileData {
  const { associated, viewer } = view;
  return {
    did: view.did,
    handle: view.handle === INVALID_HANDLE ? null : view.handle.toLowerCase(),
    displayName: view.displayName ?? null,
    description: view.description ?? null,
    avatar: view.avatar ?? null,
    followersCount: view.followersCount ?? null,
    followsCount: view.followsCount ?? null,
    postsCount: view.postsCount ?? null,
    labels: (view.labels ?? []).map(({ val }) => val),
    createdAt: timeOf(view.createdAt),
    associatedLists: associated?.lists ?? null,
    associatedFeedgens: associated?.feedgens ?? null,
    associatedStarterPacks: associated?.starterPacks ?? null,
    associatedLabeler: associated?.labeler ?? null,
    // A server that does not say how somebody stands to the account does not know who asks.
    ...(viewerDid !== undefined &&
      viewer !== undefined && {
        viewerDid,
        viewerMuted: viewer.muted ?? false,
        viewerBlockedBy: viewer.blockedBy ?? false,
        viewerBlocking: viewer.blocking ?? null,
      }),
  };
}

/** Accounts may state any time at all, years before our era included; storage keeps it within what databases can hold. */
function timeOf(text: string | undefined): number | null {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? null : time;
}
