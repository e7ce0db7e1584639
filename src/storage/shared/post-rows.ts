import { ValidationError } from "../../core/errors/index.ts";
import { LONGEST_PART, storableName } from "./names.ts";
import { withinYears } from "./timestamps.ts";
import type { PostReservation, PostRow, WrittenPost } from "../ports/index.ts";
import { storableOrNull } from "./text.ts";

type NewPost = Omit<PostRow, "id">;

/** A reservation with every column. */
export function reservedPost(post: PostReservation, updatedAt: number): NewPost {
  return {
    ...post,
    ...addressOf(post),
    clientUniqueKey: postKey(post.clientUniqueKey),
    createdAt: momentOf(post.createdAt, updatedAt),
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
    ...addressOf(post),
    cid: post.cid,
    apilogId: post.apilogId ?? null,
    clientUniqueKey: null,
    contentHash: post.contentHash ?? null,
    replyTo: storableOrNull(post.replyTo),
    rootUri: storableOrNull(post.rootUri),
    rootCid: post.rootCid ?? null,
    state: "stored",
    createdAt: momentOf(post.createdAt, updatedAt),
    updatedAt,
  };
}

/** The user's name for a post as it is stored. */
export const postKey = (key: string): string => storableName("key of the post", key);
/** The URI of a post as it is stored. */
export const postUri = (uri: string): string => storableName("URI of the post", uri);

const addressOf = ({
  repo,
  rkey,
  uri,
}: Pick<NewPost, "repo" | "rkey" | "uri">): Pick<NewPost, "repo" | "rkey" | "uri"> => ({
  repo: storableName("repo", repo, LONGEST_PART),
  rkey: storableName("rkey", rkey),
  uri: postUri(uri),
});

const momentOf = (stated: number, now: number): number => (Number.isNaN(stated) ? now : withinYears(stated));

/** A URI is one row, and a row has one key. */
export function otherKey({ uri, clientUniqueKey }: Pick<PostRow, "uri" | "clientUniqueKey">): ValidationError {
  const message = `cannot be given to ${uri}, which has the key ${JSON.stringify(clientUniqueKey)}`;
  return new ValidationError(
    `${uri} has the key ${JSON.stringify(clientUniqueKey)} already, and cannot get another one. Free that key first, or take another record key. Nothing was written.`,
    { issues: [{ path: "clientUniqueKey", message }] },
  );
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
