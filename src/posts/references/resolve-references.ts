import { appBskyFeedGetPostThread } from "../../../generated/definitions/app.bsky.ts";
import { comAtprotoRepoGetRecord } from "../../../generated/definitions/com.atproto.ts";
import type { AppBskyFeedDefs, AppBskyFeedPost, ComAtprotoRepoStrongRef } from "../../../generated/types.ts";
import { SkylexError, UpstreamError, XrpcError } from "../../core/errors/index.ts";
import { isDid } from "../../core/identifiers.ts";
import { type Place, POST, type Reference, uriOf } from "./reference.ts";
import { refuse } from "../parse/issues.ts";
import type { PostTools } from "../tools.ts";

/** What servers say of records that are not there, and of repositories they do not have. */
export const gone: readonly string[] = ["RecordNotFound", "InvalidRequest"];

type StrongRef = ComAtprotoRepoStrongRef.Main;
type Tools = Pick<PostTools, "call" | "did" | "posts" | "didOf">;

/** A record that is there. */
interface Found {
  readonly ref: StrongRef;
  /** First post of its thread; itself if it answers none */
  readonly root: StrongRef;
  readonly viewer?: AppBskyFeedDefs.ViewerState | undefined;
}

/**
 * Root and parent of an answer.
 *
 * @throws ValidationError when the post is not there, is blocked, or takes no answers
 */
export async function findReply(
  reference: Reference,
  tools: Tools,
  signal?: AbortSignal,
): Promise<AppBskyFeedPost.ReplyRef> {
  if (reference.kind === "reply") return { root: reference.root, parent: reference.parent };
  const { ref, root, viewer } = await find(reference, "replyTo", tools, signal);
  if (viewer?.replyDisabled === true) refuse("replyTo", `is ${ref.uri}, whose author does not let this account answer`);
  return { root, parent: ref };
}

/**
 * The record a post quotes.
 *
 * @throws ValidationError when it is not there, is blocked, or must not be quoted
 */
export async function findQuote(reference: Reference, tools: Tools, signal?: AbortSignal): Promise<StrongRef> {
  const { ref, viewer } = await find(reference, "quote", tools, signal);
  if (viewer?.embeddingDisabled === true) refuse("quote", `is ${ref.uri}, whose author does not let it be quoted`);
  return ref;
}

async function find(reference: Reference, path: string, tools: Tools, signal?: AbortSignal): Promise<Found> {
  if (reference.kind === "key") return findByKey(reference.key, path, tools, signal);
  if (reference.kind === "reply") return { ref: reference.parent, root: reference.root };
  const { given } = reference;
  const place = await withDid(reference.place, path, tools);
  const uri = uriOf(place);
  const isPost = place.collection === POST;
  // A view says all there is to know; what is quoted needs no more than its CID.
  if (given !== undefined && (given.record !== undefined || path === "quote" || !isPost)) {
    return foundPost({ uri, cid: given.cid }, given.record, given.viewer);
  }
  if (!isPost) return foundPost({ uri, cid: (await readRecord(place, path, tools, signal)).cid });
  const stored = await (await tools.posts()).get(uri);
  if (stored?.state === "deleted") refuse(path, `is ${uri}, which was deleted`);
  // One's own server knows best; what is remembered may have been deleted in an app.
  return stored?.state === "stored" ? findRecord(place, path, tools, signal) : findPost(place, path, tools, signal);
}

async function findByKey(key: string, path: string, tools: Tools, signal?: AbortSignal): Promise<Found> {
  const repo = await tools.did();
  const row = await (await tools.posts()).getByKey(repo, key);
  const named = `is the key ${JSON.stringify(key)}`;
  if (row === undefined) return refuse(path, `${named}, under which ${repo} has no post`);
  if (row.cid === null)
    return refuse(path, `${named}, whose post was not finished: post it again under this key first`);
  return findRecord({ repo, collection: POST, rkey: row.rkey }, path, tools, signal);
}

/** A post where it lies. */
async function findRecord(place: Place, path: string, tools: Tools, signal?: AbortSignal): Promise<Found> {
  const { cid, value } = await readRecord(place, path, tools, signal);
  return foundPost({ uri: uriOf(place), cid }, value);
}

function foundPost(ref: StrongRef, record?: unknown, viewer?: AppBskyFeedDefs.ViewerState): Found {
  const { reply } = (record ?? {}) as Partial<AppBskyFeedPost.Main>;
  return { ref, root: reply?.root === undefined ? ref : { uri: reply.root.uri, cid: reply.root.cid }, viewer };
}

/** The AppView knows who blocks whom and what is gone; a post it has not met yet is looked for where it lies. */
async function findPost(place: Place, path: string, tools: Tools, signal?: AbortSignal): Promise<Found> {
  const uri = uriOf(place);
  try {
    const { thread } = await tools.call(
      appBskyFeedGetPostThread,
      { uri, depth: 0, parentHeight: 0 },
      { signal, expectedErrors: ["NotFound"] },
    );
    if (thread.$type === "app.bsky.feed.defs#blockedPost") {
      const by =
        thread.author.viewer?.blockedBy === true
          ? "whose author blocks this account"
          : "whose author this account blocks";
      return refuse(path, `is ${uri}, ${by}`);
    }
    if (thread.$type === "app.bsky.feed.defs#threadViewPost") {
      const { cid, record, viewer } = thread.post;
      return foundPost({ uri, cid }, record, viewer);
    }
  } catch (error) {
    // An AppView that is out of order says nothing of the post.
    const isAway = error instanceof SkylexError && (error.retryable || error instanceof UpstreamError);
    const isUnknown = error instanceof XrpcError && error.error === "NotFound";
    if (signal?.aborted || !(isAway || isUnknown)) throw error;
  }
  return findRecord(place, path, tools, signal);
}

async function readRecord(
  place: Place,
  path: string,
  { call }: Tools,
  signal?: AbortSignal,
): Promise<{ readonly cid: string; readonly value: unknown }> {
  try {
    const { cid, value } = await call(comAtprotoRepoGetRecord, place, { signal, expectedErrors: gone });
    if (cid !== undefined) return { cid, value };
  } catch (error) {
    if (!(error instanceof XrpcError) || !gone.includes(error.error ?? "")) throw error;
  }
  return refuse(path, `is ${uriOf(place)}, which is not there: it was deleted, or never was`);
}

/** @throws ValidationError when nobody has the handle */
export async function withDid<Named extends Pick<Place, "repo">>(
  place: Named,
  path: string,
  { didOf }: Pick<Tools, "didOf">,
): Promise<Named> {
  if (isDid(place.repo)) return place;
  const did = await didOf(place.repo);
  return did === undefined
    ? refuse(path, `names ${place.repo}, a handle that belongs to no account`)
    : { ...place, repo: did };
}
