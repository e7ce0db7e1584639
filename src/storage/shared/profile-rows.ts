import { storableName } from "./names.ts";
import { withinYears } from "./timestamps.ts";
import { plainName } from "../../core/identifiers.ts";
import type { ProfileData, ProfileError, ProfileRow } from "../ports/index.ts";
import { storable, storableOrNull } from "./text.ts";

/** What an `integer` of PostgreSQL holds. */
const LARGEST_COUNT = 2 ** 31 - 1;

/** Characters of a handle: https://atproto.com/specs/handle */
const LONGEST_HANDLE = 253;

/** What is no handle must not keep the profiles that come with it from being stored. */
const handleOf = (stated: string | null): string | null =>
  stated === null || stated.length > LONGEST_HANDLE ? null : actorName(stated);

/** A DID as rows name it. */
export const profileDid = (did: string): string => storableName("did", did);

/** A profile with every column, errors cleared. The last one wins where a DID comes twice. */
export function fillProfiles(
  profiles: readonly ProfileData[],
  fetchedAt: number,
  updatedAt: number,
): readonly (Omit<ProfileRow, "id"> & { readonly did: string })[] {
  const filled = profiles.map((profile) => fillProfile(profile, fetchedAt, updatedAt));
  return [...new Map(filled.map((profile) => [profile.did, profile])).values()];
}

/** An actor as rows name it. */
export const actorName = (actor: string): string => storableName("actor", plainName(actor));

/** A count as both databases hold it: a larger one becomes the largest; `null` for what is no count. */
function countOf(stated: number | null | undefined): number | null {
  if (typeof stated !== "number" || Number.isNaN(stated)) return null;
  return Math.min(LARGEST_COUNT, Math.max(0, Math.trunc(stated)));
}

function momentOf(stated: number | null | undefined): number | null {
  return typeof stated !== "number" || Number.isNaN(stated) ? null : withinYears(stated);
}

/** Labels as one text, with commas between, as pysky has it; as JSON where that would not tell them apart. */
export function labelsText(labels: readonly string[]): string | null {
  if (labels.length === 0) return null;
  const isPlain = labels.every((label) => !label.includes(",")) && labels[0]?.startsWith("[") === false;
  return isPlain ? labels.join(",") : JSON.stringify(labels);
}

/** What {@link labelsText} made. Text of somebody else's that only looks like it is taken as labels, too. */
export function labelsOf(text: string | null): readonly string[] {
  if (text === null) return [];
  if (!text.startsWith("[")) return text.split(",");
  try {
    const labels: unknown = JSON.parse(text);
    if (Array.isArray(labels)) return labels.map(String);
  } catch {
    // Nothing of ours.
  }
  return text.split(",");
}

function fillProfile(
  profile: ProfileData,
  fetchedAt: number,
  updatedAt: number,
): Omit<ProfileRow, "id"> & { readonly did: string } {
  return {
    did: profileDid(profile.did),
    handle: handleOf(profile.handle),
    displayName: storableOrNull(profile.displayName),
    description: storableOrNull(profile.description),
    avatar: storableOrNull(profile.avatar),
    followersCount: countOf(profile.followersCount),
    followsCount: countOf(profile.followsCount),
    postsCount: countOf(profile.postsCount),
    labels: (profile.labels ?? []).map(storable),
    createdAt: momentOf(profile.createdAt),
    associatedLists: countOf(profile.associatedLists),
    associatedFeedgens: countOf(profile.associatedFeedgens),
    associatedStarterPacks: countOf(profile.associatedStarterPacks),
    associatedLabeler: profile.associatedLabeler ?? null,
    viewerDid: storableOrNull(profile.viewerDid),
    viewerMuted: profile.viewerMuted ?? null,
    viewerBlockedBy: profile.viewerBlockedBy ?? null,
    viewerBlocking: storableOrNull(profile.viewerBlocking),
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
