import { laterTid } from "../../core/tid.ts";
import { comAtprotoRepoApplyWrites, comAtprotoRepoCreateRecord } from "../../../generated/definitions/com.atproto.ts";
import { embedOf, type MediaEmbed } from "../attachments/load-attachments.ts";
import { blobOf } from "../attachments/upload-attachment.ts";
import { gateWithDids } from "../references/gates.ts";
import { findQuote, findReply } from "../references/resolve-references.ts";
import { resolveMentions } from "../references/mentions.ts";
import type { PreparedPost } from "./prepare.ts";
import { type PostPart, withQuote } from "../records/post-record.ts";
import type { PostTools } from "../tools.ts";
import { writeRequest } from "../records/write-request.ts";
import { threadWrites, type Writes } from "../records/thread-writes.ts";

/** Where posts go. */
export interface Destination {
  readonly repo: string;
  /** Of the first */
  readonly rkey: string;
  /** Of the first, milliseconds since 1970 */
  readonly createdAt: number;
}

export interface Composed extends Writes {
  readonly unresolvedMentions: readonly string[];
}

/** Gives what a post shows; the first thing that may upload anything. */
export type Attach = (post: PreparedPost, signal: AbortSignal | undefined) => Promise<MediaEmbed | undefined>;

/**
 * Makes the records of posts: looks up what they refer to, checks the records as they will be, then has their media attached, then
 * puts them together.
 *
 * @throws ValidationError when what they refer to is not there, and for records that the server would refuse
 */
export async function composePosts(
  prepared: readonly PreparedPost[],
  { repo, rkey, createdAt }: Destination,
  attach: Attach,
  tools: PostTools,
  signal: AbortSignal | undefined,
): Promise<Composed> {
  const replyTo = prepared[0]?.draft.replyTo;
  const [reply, ...found] = await Promise.all([
    replyTo && findReply(replyTo, tools, signal),
    ...prepared.map((post) => lookUp(post, tools, signal)),
  ]);
  const put = (embeds: readonly (MediaEmbed | undefined)[]): Promise<Writes> => {
    const parts = found.flatMap(({ parts, quote, threadgate }, index) => {
      const { draft } = prepared[index] as PreparedPost;
      // What is not text goes with the first part of a text that was cut.
      return parts.map((marked, at): PostPart => ({
        marked,
        draft: { ...draft, threadgate },
        embed: at > 0 ? undefined : (draft.embed ?? withQuote(embeds[index], quote)),
        createdAt: draft.createdAt && draft.createdAt.getTime() + at,
      }));
    });
    const rkeys = parts.map((_, index) => (index === 0 ? rkey : laterTid(rkey, index)));
    return threadWrites({ parts, reply, repo, rkeys, createdAt });
  };
  // What is wrong with a record is said before an upload has cost anything.
  const { one, all } = writeRequest((await put(await Promise.all(prepared.map(likely)))).writes, repo);
  await (one === undefined
    ? tools.check(comAtprotoRepoApplyWrites, all)
    : tools.check(comAtprotoRepoCreateRecord, one));
  const writes = await put(await attachAll(prepared, attach, signal));
  return { ...writes, unresolvedMentions: [...new Set(found.flatMap(({ unresolved }) => unresolved))] };
}

/** The first failure ends the other uploads: the posts are written together or not at all. */
async function attachAll(
  prepared: readonly PreparedPost[],
  attach: Attach,
  signal: AbortSignal | undefined,
): Promise<readonly (MediaEmbed | undefined)[]> {
  const failing = new AbortController();
  const ending = prepared.length === 1 ? signal : AbortSignal.any([failing.signal, ...(signal ? [signal] : [])]);
  return Promise.all(
    prepared.map(async (post) => {
      try {
        return await attach(post, ending);
      } catch (error) {
        failing.abort(error);
        throw error;
      }
    }),
  );
}

/** What a post will show, with the blobs as they will be; that of a video is known to its service alone. */
async function likely({ draft, attachments }: PreparedPost): Promise<MediaEmbed | undefined> {
  const { video, gallery } = draft;
  if (video === undefined) return embedOf(attachments, gallery, blobOf);
  const { alt, presentation } = video;
  return {
    $type: "app.bsky.embed.video",
    video: await blobOf({ name: "", bytes: new Uint8Array(1), type: "video/mp4", aspectRatio: undefined }),
    ...(alt !== undefined && { alt }),
    ...(presentation !== undefined && { presentation }),
  };
}

async function lookUp({ draft }: PreparedPost, tools: PostTools, signal: AbortSignal | undefined) {
  const [mentioning, quote, threadgate] = await Promise.all([
    resolveMentions(draft.parts, tools),
    draft.quote && findQuote(draft.quote, tools, signal),
    draft.threadgate && gateWithDids(draft.threadgate, tools),
  ]);
  return { ...mentioning, quote, threadgate };
}
