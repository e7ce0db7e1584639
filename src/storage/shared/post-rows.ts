import { withinYears } from "./timestamps.ts";
import type { PostReservation, PostRow, WrittenPost } from "../ports/index.ts";
import { storable } from "./text.ts";

type NewPost = Omit<PostRow, "id">;

/** A reservation with every column. */
export function reservedPost(post: PostReservation, updatedAt: number): NewPost {
  return {
    ...post,
    clientUniqueKey: storable(post.clientUniqueKey),
    createdAt: withinYears(post.createdAt),
    apilogId: null,
    cid: null,
    replyTo: null,
    rootUri: null,
    rootCid: null,
    state: "pending",
    updatedAt,
  };
}

/** Posts that were written, with every column. The last one wins where a URI comes twice. */
export function writtenPostRows(posts: readonly WrittenPost[], updatedAt: number): readonly NewPost[] {
  const byUri = new Map(posts.map((post) => [post.uri, writtenPost(post, updatedAt)]));
  return [...byUri.values()];
}

function writtenPost(post: WrittenPost, updatedAt: number): NewPost {
  return {
    repo: post.repo,
    rkey: post.rkey,
    uri: post.uri,
    cid: post.cid,
    apilogId: post.apilogId ?? null,
    clientUniqueKey: null,
    contentHash: post.contentHash ?? null,
    replyTo: post.replyTo ?? null,
    rootUri: post.rootUri ?? null,
    rootCid: post.rootCid ?? null,
    state: "stored",
    createdAt: withinYears(post.createdAt),
    updatedAt,
  };
}

/** What writing a post changes in a row that is there already. */
export const writtenColumns = [
  "cid",
  "apilogId",
  "replyTo",
  "rootUri",
  "rootCid",
  "state",
  "createdAt",
  "updatedAt",
] as const;
