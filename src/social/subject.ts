import { appBskyFeedGetFeedGenerators, appBskyFeedGetPosts } from "../../generated/definitions/app.bsky.ts";
import { comAtprotoRepoGetRecord } from "../../generated/definitions/com.atproto.ts";
import { XrpcError } from "../core/errors/index.ts";
import type { PostReference } from "../posts/content.ts";
import { gone, withDid } from "../posts/references/resolve-references.ts";
import { type Place, POST, readReference, uriOf } from "../posts/references/reference.ts";
import { refused } from "./actor.ts";
import type { SocialRef } from "./relation.ts";
import type { SocialTools } from "./tools.ts";

/** Something that can be liked: where it is, and what the account has done with it. */
export interface Subject {
  readonly ref: SocialRef;
  /** See `Relation.known` */
  readonly like: string | null | undefined;
  readonly repost: string | null | undefined;
}

/** Where something is that was named by URI, URL, view or URI and CID. */
export async function placeOf(
  named: PostReference,
  tools: SocialTools,
): Promise<Place & { readonly cid: string | undefined }> {
  const reference = readReference(named, "post");
  if (reference.kind !== "place") throw refused("Posts are named by URI, URL, or a view of them");
  return { ...(await withDid(reference.place, "post", tools)), cid: reference.given?.cid };
}

/**
 * Looks a post or feed up.
 *
 * @throws ValidationError when it is not there
 */
export async function findSubject(
  place: Place & { readonly cid: string | undefined },
  tools: SocialTools,
  signal?: AbortSignal,
): Promise<Subject> {
  const { call } = tools;
  const uri = uriOf(place);
  if (place.collection === POST) {
    const { posts } = await call(appBskyFeedGetPosts, { uris: [uri] }, { signal });
    const [view] = posts;
    if (view !== undefined) {
      const { cid, viewer = {} } = view;
      return { ref: { uri, cid }, like: viewer.like ?? null, repost: viewer.repost ?? null };
    }
  } else if (place.collection === "app.bsky.feed.generator") {
    // Not the endpoint for one feed, which also asks the feed's own server how it is.
    const { feeds } = await call(appBskyFeedGetFeedGenerators, { feeds: [uri] }, { signal });
    const [view] = feeds;
    if (view !== undefined) {
      return { ref: { uri, cid: view.cid }, like: view.viewer?.like ?? null, repost: undefined };
    }
  } else {
    throw refused(`${uri} is neither a post nor a feed`);
  }
  const cid = place.cid ?? (await cidOf(place, tools, signal));
  if (cid === undefined) throw refused(`${uri} is not there: it was deleted, or never was`);
  return { ref: { uri, cid }, like: undefined, repost: undefined };
}

async function cidOf(
  { repo, collection, rkey }: Place,
  { call }: SocialTools,
  signal?: AbortSignal,
): Promise<string | undefined> {
  try {
    const { cid } = await call(comAtprotoRepoGetRecord, { repo, collection, rkey }, { signal, expectedErrors: gone });
    return cid;
  } catch (error) {
    if (error instanceof XrpcError && gone.includes(error.error ?? "")) return undefined;
    throw error;
  }
}
