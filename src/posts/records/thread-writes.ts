import type { AppBskyFeedPost } from "../../../generated/types.ts";
import { cidOfRecord } from "./record-cid.ts";
import type { DraftedPost, DraftedWrite } from "../content.ts";
import { postgateRecord, threadgateRecord } from "../references/gates.ts";
import { postRecord, type PostPart } from "./post-record.ts";
import { POST, uriOf, urlOf } from "../references/reference.ts";

export interface Thread {
  readonly parts: readonly PostPart[];
  /** What the first one answers */
  readonly reply: AppBskyFeedPost.ReplyRef | undefined;
  readonly repo: string;
  /** Key of each part */
  readonly rkeys: readonly string[];
  /** Of the first part, milliseconds since 1970. Others that do not say follow one millisecond after another */
  readonly createdAt: number;
}

export interface Writes {
  readonly posts: readonly DraftedPost[];
  /** Posts and their gates */
  readonly writes: readonly DraftedWrite[];
}

/**
 * The records of a thread. Each part names the one before it by its CID, which is computed here, so that all of them can be
 * written at once.
 */
export async function threadWrites({ parts, reply, repo, rkeys, createdAt }: Thread): Promise<Writes> {
  const posts: DraftedPost[] = [];
  const writes: DraftedWrite[] = [];
  for (const [index, part] of parts.entries()) {
    const rkey = rkeys[index] ?? "";
    const uri = uriOf({ repo, collection: POST, rkey });
    const [first] = posts;
    const last = posts.at(-1);
    const at = new Date(part.createdAt ?? createdAt + index).toISOString();
    const parent = last && { uri: last.uri, cid: last.cid };
    const root = reply?.root ?? (first && { uri: first.uri, cid: first.cid });
    const record = postRecord(part, at, parent && root ? { root, parent } : reply);
    posts.push({ uri, cid: await cidOfRecord(record), url: urlOf(repo, rkey), record });
    writes.push({ collection: POST, rkey, value: record });
    const { threadgate, postgate } = part.draft;
    if (threadgate !== undefined && index === 0) {
      writes.push({ collection: "app.bsky.feed.threadgate", rkey, value: threadgateRecord(uri, threadgate, at) });
    }
    if (postgate !== undefined) {
      writes.push({ collection: "app.bsky.feed.postgate", rkey, value: postgateRecord(uri, postgate, at) });
    }
  }
  return { posts, writes };
}
