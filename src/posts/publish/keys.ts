import { comAtprotoRepoGetRecord } from "../../../generated/definitions/com.atproto.ts";
import { RecordConflictError, SkylexError, XrpcError } from "../../core/errors/index.ts";
import { laterTid, nextTid } from "../../core/tid.ts";
import type { PostRow, PostStore, WrittenPost } from "../../storage/ports/index.ts";
import type { PostOptions, PostRef } from "../content.ts";
import { POST, uriOf, urlOf } from "../references/reference.ts";
import { postRowOf } from "./post-row.ts";
import type { PostTools } from "../tools.ts";

/** A key that is to have a post. */
export interface Keyed {
  readonly key: string;
  readonly repo: string;
  /** Tells what is to be posted from other posts */
  readonly contentHash: string;
  /** How many posts it has: 1, or those of a thread */
  readonly count: number;
  /** Milliseconds since 1970 */
  readonly createdAt: number;
}

/** `posts`: it has them already. `row`: they are to be written there, and nowhere else. */
export type Claim =
  | { readonly posts: readonly PostRef[]; readonly row?: undefined }
  | { readonly posts?: undefined; readonly row: PostRow };

/**
 * Takes a key. The key decides where its post is written, so that two who post under it at once, or one who crashed and comes
 * again, write at the same place, where only one post can be.
 *
 * @throws RecordConflictError when the key has a post that says something else
 */
export async function claimKey(
  keyed: Keyed,
  tools: PostTools,
  { ifKeyExists: policy, signal }: PostOptions,
): Promise<Claim> {
  const { key, repo, contentHash, createdAt } = keyed;
  const store = await tools.posts();
  for (;;) {
    const rkey = nextTid(tools.clock, tools.random);
    const uri = uriOf({ repo, collection: POST, rkey });
    const row = await store.reserve({ repo, rkey, uri, clientUniqueKey: key, contentHash, createdAt });
    if (row.uri === uri) return { row };
    const isWritten = row.state === "stored" || (await settle(row, keyed, store, tools, signal));
    if (!isWritten) {
      if (row.contentHash === contentHash || (await store.revise(row.uri, contentHash))) return { row };
      continue; // Somebody else has just written it.
    }
    const isSame = row.contentHash === contentHash;
    if (policy === "post") {
      await store.freeKey(repo, key);
      continue;
    }
    if (policy === "return" || (policy === undefined && isSame)) {
      return { posts: await knownPosts(row, keyed.count, store, tools, signal) };
    }
    throw taken(row, key, isSame);
  }
}

/** Finds out whether a post that was begun is there, and if so stores it. */
async function settle(
  { rkey, repo }: PostRow,
  { count }: Keyed,
  store: PostStore,
  tools: PostTools,
  signal?: AbortSignal,
): Promise<boolean> {
  const first = await readPost(repo, rkey, tools, signal);
  if (first === undefined) return false;
  // A thread is written whole or not at all.
  const others = Array.from({ length: count - 1 }, (_, index) =>
    readPost(repo, laterTid(rkey, index + 1), tools, signal),
  );
  await store.save([first, ...(await Promise.all(others)).filter((post) => post !== undefined)]);
  return true;
}

/**
 * After a post under a key failed: gives the key back if the post was surely not written, and says what is there if it may have
 * been.
 */
export async function releaseKey(
  { uri, repo, rkey }: PostRow,
  wasSent: boolean,
  error: unknown,
  tools: PostTools,
  signal?: AbortSignal,
): Promise<WrittenPost | undefined> {
  const store = await tools.posts();
  const isRefusal = error instanceof SkylexError && !error.ambiguous && !(error instanceof RecordConflictError);
  if (!wasSent || isRefusal) {
    await store.release(uri);
    return undefined;
  }
  try {
    const landed = await readPost(repo, rkey, tools, signal);
    if (landed !== undefined) return landed;
  } catch {
    // Nobody knows, which the key remembers until it is used again.
  }
  await store.markUnknown(uri);
  return undefined;
}

/** A post as it is in the account's repository; `undefined` if it is not. */
export async function readPost(
  repo: string,
  rkey: string,
  { call }: PostTools,
  signal?: AbortSignal,
): Promise<WrittenPost | undefined> {
  try {
    const { uri, cid, value } = await call(
      comAtprotoRepoGetRecord,
      { repo, collection: POST, rkey },
      { signal, expectedErrors: ["RecordNotFound"] },
    );
    return cid === undefined ? undefined : postRowOf(uri, cid, value);
  } catch (error) {
    if (error instanceof XrpcError && error.error === "RecordNotFound") return undefined;
    throw error;
  }
}

async function knownPosts(
  row: PostRow,
  count: number,
  store: PostStore,
  tools: PostTools,
  signal?: AbortSignal,
): Promise<readonly PostRef[]> {
  const posts: PostRef[] = [];
  for (let index = 0; ; index++) {
    const rkey = index === 0 ? row.rkey : laterTid(row.rkey, index);
    const uri = uriOf({ repo: row.repo, collection: POST, rkey });
    const known = await store.get(uri);
    const cid = known?.cid ?? (index < count ? (await readPost(row.repo, rkey, tools, signal))?.cid : undefined);
    if (cid === undefined) return posts;
    posts.push({ uri, cid, url: urlOf(row.repo, rkey) });
  }
}

function taken({ uri, cid, repo }: PostRow, key: string, isSame: boolean): RecordConflictError {
  return new RecordConflictError(
    `The key ${JSON.stringify(key)} of ${repo} has the post ${uri}${isSame ? "" : ", which says something else"}. Give this one a key of its own, or say what is to happen, { ifKeyExists: "return" } or { ifKeyExists: "post" }. Nothing was sent.`,
    { uri, cid: cid ?? undefined },
  );
}
