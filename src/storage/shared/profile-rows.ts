import { withinYears } from "./timestamps.ts";
import { plainName } from "../../core/identifiers.ts";
import type { ProfileData, ProfileError, ProfileRow } from "../ports/index.ts";
import { storable, storableOrNull } from "./text.ts";

/** A profile with every column, errors cleared. The last one wins where a DID comes twice. */
export function fillProfiles(
  profiles: readonly ProfileData[],
  fetchedAt: number,
  updatedAt: number,
): readonly (Omit<ProfileRow, "id"> & { readonly did: string })[] {
  const byDid = new Map(profiles.map((profile) => [profile.did, fillProfile(profile, fetchedAt, updatedAt)]));
  return [...byDid.values()];
}

function fillProfile(
  profile: ProfileData,
  fetchedAt: number,
  updatedAt: number,
): Omit<ProfileRow, "id"> & { readonly did: string } {
  return {
    did: profile.did,
    handle: profile.handle === null ? null : plainName(profile.handle),
    displayName: storableOrNull(profile.displayName),
    description: storableOrNull(profile.description),
    avatar: storableOrNull(profile.avatar),
    followersCount: profile.followersCount ?? null,
    followsCount: profile.followsCount ?? null,
    postsCount: profile.postsCount ?? null,
    labels: (profile.labels ?? []).map(storable),
    createdAt: profile.createdAt === undefined || profile.createdAt === null ? null : withinYears(profile.createdAt),
    associatedLists: profile.associatedLists ?? null,
    associatedFeedgens: profile.associatedFeedgens ?? null,
    associatedStarterPacks: profile.associatedStarterPacks ?? null,
    associatedLabeler: profile.associatedLabeler ?? null,
    viewerDid: profile.viewerDid ?? null,
    viewerMuted: profile.viewerMuted ?? null,
    viewerBlockedBy: profile.viewerBlockedBy ?? null,
    viewerBlocking: profile.viewerBlocking ?? null,
    fetchedAt,
    error: null,
    errorName: null,
    errorAt: null,
    updatedAt,
  };
}

/** The columns an error fills. */
export function errorColumns(
  error: ProfileError,
  updatedAt: number,
): Pick<ProfileRow, "error" | "errorName" | "errorAt" | "updatedAt"> {
  return { error: storable(error.message), errorName: storable(error.name), errorAt: error.at, updatedAt };
}

/** A row that knows nothing but the error it is made for. */
export function emptyProfile(actor: string, updatedAt: number): Omit<ProfileRow, "id"> {
  const did = actor.startsWith("did:") ? actor : null;
  const { fetchedAt: _, ...rest } = fillProfile({ did: did ?? "", handle: did === null ? actor : null }, 0, updatedAt);
  return { ...rest, did, fetchedAt: null };
}
