import { isDeepStrictEqual } from "node:util";
import { comAtprotoRepoApplyWrites, comAtprotoRepoCreateRecord } from "../../../generated/definitions/com.atproto.ts";
import type { HttpInfo } from "../../core/errors/index.ts";
import { RecordConflictError, SkylexError, StorageError, XrpcError } from "../../core/errors/index.ts";
import { toJson } from "../../core/lexicon/data-model.ts";
import type { PostRow } from "../../storage/ports/index.ts";
import type { CallResult } from "../../core/pipeline.ts";
import { nextTid } from "../../core/tid.ts";
import { noHeaders } from "../../core/http/transport.ts";
import type { MediaEmbed } from "../attachments/load-attachments.ts";
import { embedOf } from "../attachments/load-attachments.ts";
import type { Attach, Composed, Destination } from "./compose.ts";
import { composePosts } from "./compose.ts";
import type { CreatedPost, PostContent, PostDraft, PostOptions, PostRef } from "../content.ts";
import { contentHash } from "../records/content-hash.ts";
import { writeRequest } from "../records/write-request.ts";
import type { Keyed } from "./keys.ts";
import { claimKey, knownPosts, postsOfKey, readRecord, taken } from "./keys.ts";
import type { PreparedPost } from "./prepare.ts";
import { preparePosts } from "./prepare.ts";
import { rkeyOf, urlOf } from "../references/reference.ts";
import type { PostTools } from "../tools.ts";
import { blobOf, uploadPostImage } from "../attachments/upload-attachment.ts";

/** What a result says of HTTP when nothing had to be sent. */
const nothingSent: HttpInfo = { status: 200, headers: noHeaders, elapsed: 0, url: "" };

/** Posts one thing or a thread, whole or not at all. What can be refused is refused before anything is uploaded. */
export async function publishPosts(
  contents: readonly PostContent[],
  options: PostOptions,
  tools: PostTools,
): Promise<CallResult<CreatedPost>> {
  const known = options.ifKeyExists === "return" ? await knownUnder(contents[0]?.key, options, tools) : undefined;
  if (known !== undefined) return { data: created(known, [], true), http: nothingSent };
  const prepared = await preparePosts(contents, options, tools);
  const destination = await beginning(prepared, tools);
  const { key } = prepared[0]?.draft ?? {};
  if (key === undefined) {
    return send(await compose(prepared, destination, options, tools), prepared, destination, options, tools);
  }
  return createOnce(key, prepared, destination, options, tools);
}

/** The posts of a key that is looked up before any file or page is read, since they would not be needed. */
async function knownUnder(
  key: unknown,
  { signal }: PostOptions,
  tools: PostTools,
): Promise<readonly PostRef[] | undefined> {
  if (typeof key !== "string" || !(await tools.hasAccount())) return undefined;
  return postsOfKey(await tools.did(), key, tools, signal);
}

/** Pictures as they would be stored. The blob of a video is known to its service alone: a draft is without. */
const attachNothing = ({ draft, attachments }: PreparedPost): Promise<MediaEmbed | undefined> =>
  embedOf(attachments, draft.gallery, blobOf);

/** What would be written. Nothing is. */
export async function draftPosts(
  contents: readonly PostContent[],
  options: PostOptions,
  tools: PostTools,
): Promise<PostDraft> {
  const prepared = await preparePosts(contents, { ...options, dryRun: true }, tools);
  const destination = await beginning(prepared, tools);
  const { posts, writes, unresolvedMentions } = await composePosts(
    prepared,
    destination,
    attachNothing,
    tools,
    options.signal,
  );
  return { ...firstOf(posts), posts, writes, unresolvedMentions };
}

async function createOnce(
  key: string,
  prepared: readonly PreparedPost[],
  { repo, createdAt }: Destination,
  options: PostOptions,
  tools: PostTools,
): Promise<CallResult<CreatedPost>> {
  const hash = await contentHash(prepared, tools, options.signal);
  const count = prepared.reduce((sum, { draft }) => sum + draft.parts.length, 0);
  const keyed = { repo, createdAt, key, contentHash: hash, count };
  for (;;) {
    const claimed = await claimKey(keyed, tools, options);
    if (claimed.posts !== undefined) return { data: created(claimed.posts, [], true), http: nothingSent };
    const outcome = await writeAt(claimed.row, keyed, prepared, options, tools);
    // Somebody else took the place, and this post is to be written all the same: at the next one.
    if (outcome !== undefined) return outcome;
  }
}

/** Writes a post at the place of its key; `undefined` if another one was written there meanwhile, and there is to be one more. */
async function writeAt(
  { repo, rkey, uri, createdAt }: Pick<PostRow, "repo" | "rkey" | "uri" | "createdAt">,
  { key, contentHash: hash, count }: Keyed,
  prepared: readonly PreparedPost[],
  options: PostOptions,
  tools: PostTools,
): Promise<CallResult<CreatedPost> | undefined> {
  const { ifKeyExists: policy, signal } = options;
  const composed = await compose(prepared, { repo, rkey, createdAt }, options, tools);
  const store = await tools.posts();
  try {
    const result = await send(composed, prepared, { repo, rkey, createdAt }, options, tools);
    await remember(() => store.moveKey(repo, key, uri, hash));
    return result;
  } catch (error) {
    if (error instanceof SkylexError && !error.ambiguous && !(error instanceof RecordConflictError)) throw error;
    const landed = await readRecord(repo, rkey, tools, signal).catch(() => undefined);
    if (landed === undefined) {
      await remember(() => store.markUnknown(uri));
      throw error;
    }
    const [first] = composed.posts;
    const isOwn = landed.cid === first?.cid;
    const isSame = isOwn || isSameContent(landed.value, first?.record);
    if (isSame) await remember(() => store.moveKey(repo, key, uri, hash));
    if (isOwn) return { data: created(composed.posts, composed.unresolvedMentions, false), http: nothingSent };
    if (policy === "post") return undefined;
    if (policy === "return" || (policy === undefined && isSame)) {
      const posts = await knownPosts({ repo, rkey }, count, store, tools, signal);
      return { data: created(posts, [], true), http: nothingSent };
    }
    throw taken({ uri, cid: landed.cid, repo }, key, isSame);
  }
}

/** A post that was written is written, whatever becomes of what is remembered of it. */
async function remember(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
  }
}

/** Whether two records say the same, whenever they were made. */
function isSameContent(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(contentOf(one), contentOf(other));
}

function contentOf(written: unknown): unknown {
  const { createdAt: _, ...content } = toJson(written ?? {}, "record") as Record<string, unknown>;
  return content;
}

async function beginning(prepared: readonly PreparedPost[], tools: PostTools): Promise<Destination> {
  const { createdAt } = prepared[0]?.draft ?? {};
  const repo = await tools.did();
  return { repo, rkey: nextTid(tools.clock, tools.random), createdAt: createdAt?.getTime() ?? tools.clock.now() };
}

function compose(
  prepared: readonly PreparedPost[],
  destination: Destination,
  { signal, onProgress }: PostOptions,
  tools: PostTools,
): Promise<Composed> {
  const attach: Attach = async ({ draft, attachments }, ending) =>
    draft.video === undefined
      ? embedOf(attachments, draft.gallery, (image) => uploadPostImage(image, destination.repo, tools, ending))
      : tools.media.video(draft.video, ending, onProgress);
  return composePosts(prepared, destination, attach, tools, signal);
}

async function send(
  composed: Composed,
  prepared: readonly PreparedPost[],
  destination: Destination,
  options: PostOptions,
  tools: PostTools,
): Promise<CallResult<CreatedPost>> {
  try {
    return await sendWrites(composed, destination.repo, options, tools);
  } catch (error) {
    // The server drops a file with the last record that had it, which nobody tells the cache of uploads.
    const isLost = error instanceof XrpcError && error.error === "BlobNotFound" && tools.uploaded.forget();
    if (!isLost) throw error;
    return sendWrites(await compose(prepared, destination, options, tools), destination.repo, options, tools);
  }
}

async function sendWrites(
  { posts, writes, unresolvedMentions }: Composed,
  repo: string,
  { signal }: PostOptions,
  { call }: PostTools,
): Promise<CallResult<CreatedPost>> {
  const { one, all } = writeRequest(writes, repo);
  if (one !== undefined) {
    const { data, http } = await call(comAtprotoRepoCreateRecord, one, { signal }).withResponse();
    const { uri, cid } = data;
    return { data: created([{ uri, cid, url: urlOf(repo, rkeyOf(uri)) }], unresolvedMentions, false), http };
  }
  const { http } = await call(comAtprotoRepoApplyWrites, all, { signal }).withResponse();
  return { data: created(posts, unresolvedMentions, false), http };
}

function created(posts: readonly PostRef[], unresolvedMentions: readonly string[], existing: boolean): CreatedPost {
  const refs = posts.map(({ uri, cid, url }) => ({ uri, cid, url }));
  return { ...firstOf(refs), posts: refs, unresolvedMentions, existing };
}

function firstOf([first]: readonly PostRef[]): PostRef {
  const { uri = "", cid = "", url = "" } = first ?? {};
  return { uri, cid, url };
}
