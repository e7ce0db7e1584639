import { comAtprotoRepoApplyWrites, comAtprotoRepoCreateRecord } from "../../../generated/definitions/com.atproto.ts";
import type { ComAtprotoRepoApplyWrites } from "../../../generated/types.ts";
import type { HttpInfo } from "../../core/errors/index.ts";
import { XrpcError } from "../../core/errors/index.ts";
import type { CallResult } from "../../core/pipeline.ts";
import { nextTid } from "../../core/tid.ts";
import { noHeaders } from "../../core/http/transport.ts";
import type { MediaEmbed } from "../attachments/load-attachments.ts";
import { embedOf } from "../attachments/load-attachments.ts";
import type { Composed, Destination } from "./compose.ts";
import { composePosts } from "./compose.ts";
import type { CreatedPost, PostContent, PostDraft, PostOptions, PostRef } from "../content.ts";
import { contentHash } from "../records/content-hash.ts";
import { claimKey, releaseKey } from "./keys.ts";
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
  const prepared = await preparePosts(contents, options, tools);
  const destination = await beginning(prepared, tools);
  const { key } = prepared[0]?.draft ?? {};
  if (key === undefined) {
    return send(await compose(prepared, destination, options, tools), destination.repo, options, tools);
  }
  return createOnce(key, prepared, destination, options, tools);
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
  const prepared = await preparePosts(contents, options, tools);
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
  const claim = () => claimKey({ repo, createdAt, key, contentHash: hash, count }, tools, options);
  const claimed = await claim();
  if (claimed.posts !== undefined) return { data: created(claimed.posts, [], true), http: nothingSent };
  const { row } = claimed;
  let composed: Composed | undefined;
  try {
    composed = await compose(prepared, row, options, tools);
    return await send(composed, repo, options, tools);
  } catch (error) {
    const landed = await releaseKey(row, composed !== undefined, error, tools, options.signal);
    if (landed === undefined) throw error;
    // Its answer was lost, or another process was first.
    if (landed.cid === composed?.posts[0]?.cid) {
      return { data: created(composed.posts, composed.unresolvedMentions, false), http: nothingSent };
    }
    const { posts } = await claim();
    if (posts === undefined) throw error;
    return { data: created(posts, [], true), http: nothingSent };
  }
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
  const attach = async ({ draft, attachments }: PreparedPost): Promise<MediaEmbed | undefined> =>
    draft.video === undefined
      ? embedOf(attachments, draft.gallery, (image) => uploadPostImage(image, destination.repo, tools, signal))
      : tools.media.video(draft.video, signal, onProgress);
  return composePosts(prepared, destination, attach, tools, signal);
}

async function send(
  { posts, writes, unresolvedMentions }: Composed,
  repo: string,
  { signal }: PostOptions,
  { call, uploaded }: PostTools,
): Promise<CallResult<CreatedPost>> {
  const [only] = writes;
  try {
    if (only !== undefined && writes.length === 1) {
      const { collection, rkey, value: record } = only;
      const input = { repo, collection, rkey, record: record as never };
      const { data, http } = await call(comAtprotoRepoCreateRecord, input, { signal }).withResponse();
      const { uri, cid } = data;
      return { data: created([{ uri, cid, url: urlOf(repo, rkeyOf(uri)) }], unresolvedMentions, false), http };
    }
    const creates = writes.map((one) => ({ $type: "com.atproto.repo.applyWrites#create", ...one }));
    const input = { repo, writes: creates as unknown as ComAtprotoRepoApplyWrites.Input["writes"] };
    const { http } = await call(comAtprotoRepoApplyWrites, input, { signal }).withResponse();
    return { data: created(posts, unresolvedMentions, false), http };
  } catch (error) {
    if (error instanceof XrpcError && error.error === "BlobNotFound") uploaded.forget();
    throw error;
  }
}

function created(posts: readonly PostRef[], unresolvedMentions: readonly string[], existing: boolean): CreatedPost {
  const refs = posts.map(({ uri, cid, url }) => ({ uri, cid, url }));
  return { ...firstOf(refs), posts: refs, unresolvedMentions, existing };
}

function firstOf([first]: readonly PostRef[]): PostRef {
  const { uri = "", cid = "", url = "" } = first ?? {};
  return { uri, cid, url };
}
