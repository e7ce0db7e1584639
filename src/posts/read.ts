import { appBskyFeedGetPosts } from "../../generated/definitions/app.bsky.ts";
import { comAtprotoRepoDeleteRecord, comAtprotoRepoDescribeRepo } from "../../generated/definitions/com.atproto.ts";
import type { AppBskyFeedDefs } from "../../generated/types.ts";
import { parseAtUri } from "../core/identifiers.ts";
import type { CallResult } from "../core/pipeline.ts";
import type { PostReference } from "./content.ts";
import { limits } from "./limits.ts";
import { readRecord } from "./publish/keys.ts";
import { withDid } from "./references/resolve-references.ts";
import { type Place, POST, readReference, uriOf } from "./references/reference.ts";
import { refuse } from "./parse/issues.ts";
import type { PostTools } from "./tools.ts";

/** A post by what names it: like a reference, or the key of a record in the account's own repository. */
export type PostName = PostReference;

const isRkey = (name: unknown): name is string => typeof name === "string" && /^[A-Za-z0-9_~.-]{1,512}$/.test(name);

/** @throws ValidationError when it names no post */
async function placeOf(name: PostName, tools: PostTools): Promise<Place> {
  if (isRkey(name)) return { repo: await tools.did(), collection: POST, rkey: name };
  const reference = readReference(name, "post");
  if (reference.kind === "reply") return refuse("post", "is root and parent of an answer, not a post");
  if (reference.kind === "key") {
    const repo = await tools.did();
    const row = await (await tools.posts()).getByKey(repo, reference.key);
    if (row === undefined)
      return refuse("post", `is the key ${JSON.stringify(reference.key)}, under which ${repo} has no post`);
    return { repo, collection: POST, rkey: row.rkey };
  }
  const place = await withDid(reference.place, "post", tools);
  return place.collection === POST ? place : refuse("post", `is a record of ${place.collection}, not a post`);
}

/**
 * Posts as the AppView shows them, in their order; `undefined` where there is none to be seen. A post of one's own that the AppView does
 * not have yet is read where it lies.
 */
export async function getPosts(
  names: readonly PostName[],
  tools: PostTools,
  signal?: AbortSignal,
): Promise<readonly (AppBskyFeedDefs.PostView | undefined)[]> {
  const uris = await Promise.all(names.map(async (name) => uriOf(await placeOf(name, tools))));
  const wanted = [...new Set(uris)];
  const batches = Array.from({ length: Math.ceil(wanted.length / limits.getPosts) }, (_, index) =>
    wanted.slice(index * limits.getPosts, (index + 1) * limits.getPosts),
  );
  const found = await Promise.all(batches.map((uris) => tools.call(appBskyFeedGetPosts, { uris }, { signal })));
  const views = new Map(found.flatMap(({ posts }) => posts.map((post) => [post.uri as string, post] as const)));
  const own = (await tools.hasAccount()) ? await tools.did() : undefined;
  await Promise.all(
    wanted.map(async (uri) => {
      const { repo, rkey } = parseAtUri(uri) ?? {};
      if (views.has(uri) || own === undefined || repo !== own || rkey === undefined) return;
      const view = await ownPost(own, rkey, tools, signal);
      if (view !== undefined) views.set(uri, view);
    }),
  );
  return uris.map((uri) => views.get(uri));
}

/** A post that nobody has met yet. */
async function ownPost(
  did: string,
  rkey: string,
  tools: PostTools,
  signal: AbortSignal | undefined,
): Promise<AppBskyFeedDefs.PostView | undefined> {
  const found = await readRecord(did, rkey, tools, signal);
  if (found === undefined) return undefined;
  const { handle, handleIsCorrect } = await tools.call(comAtprotoRepoDescribeRepo, { repo: did }, { signal });
  const { uri, cid, value } = found;
  const record = value as AppBskyFeedDefs.PostView["record"];
  return {
    $type: "app.bsky.feed.defs#postView",
    uri,
    cid,
    author: { did, handle: handleIsCorrect ? handle : "handle.invalid" },
    record,
    replyCount: 0,
    repostCount: 0,
    likeCount: 0,
    quoteCount: 0,
    indexedAt: String((value as { readonly createdAt?: unknown }).createdAt),
  };
}

/** Deletes a post of the account. One that is gone already is fine. */
export async function deletePost(name: PostName, tools: PostTools, signal?: AbortSignal): Promise<CallResult<void>> {
  const { repo, rkey } = await placeOf(name, tools);
  const own = await tools.did();
  if (repo !== own) refuse("post", `is a post of ${repo}, and this client speaks for ${own}`);
  const { http } = await tools
    .call(comAtprotoRepoDeleteRecord, { repo, collection: POST, rkey }, { signal })
    .withResponse();
  return { data: undefined, http };
}
