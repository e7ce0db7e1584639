import { comAtprotoRepoGetRecord } from "../../../generated/definitions/com.atproto.ts";
import { RecordConflictError, XrpcError } from "../../core/errors/index.ts";
import { laterTid } from "../../core/tid.ts";
import type { PostRow, PostStore, WrittenPost } from "../../storage/ports/index.ts";
import type { PostOptions, PostRef } from "../content.ts";
import { POST, uriOf, urlOf } from "../references/reference.ts";
import { refuse } from "../parse/issues.ts";
import { allows } from "../records/content-hash.ts";
import { keyedTid } from "./keyed-tid.ts";
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
  | { readonly posts?: undefined; readonly row: Pick<PostRow, "repo" | "rkey" | "uri" | "createdAt"> };

/** Times that a key may have been given to another post: each takes a request to find out where nothing is remembered. */
const MOST_GENERATIONS = 1000;

/**
 * Takes a key. The key decides where its post is written, the same for every process and every database, so that two who post under
 * it at once, or one who crashed and comes again, write at the same place, where the server takes only one post.
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
    const held = await store.getByKey(repo, key);
    const { row, isFree } = held ? { row: held, isFree: false } : await reserve(keyed, store, tools, signal);
    const written = row.state === "stored" || (!isFree && (await settle(row, keyed, store, tools, signal)));
    if (!written) {
      if (row.contentHash === contentHash || (await store.revise(row.uri, contentHash))) return { row };
      continue; // Somebody else has just written it.
    }
    // Of a post that another database knows, or an earlier version wrote, the content is not known: it counts as the same.
    const isSame = allows(row.contentHash, contentHash);
    if (policy === "post") return { row: { ...(await freePlace(keyed, store, tools, signal)), createdAt } };
    if (policy === "return" || (policy === undefined && isSame)) {
      return { posts: await knownPosts(row, keyed.count, store, tools, signal) };
    }
    throw taken(row, key, isSame);
  }
}

/** Posts that a key has for certain, without a look at what is to be posted. */
export async function postsOfKey(
  repo: string,
  key: string,
  tools: PostTools,
  signal: AbortSignal | undefined,
): Promise<readonly PostRef[] | undefined> {
  const store = await tools.posts();
  const row = await store.getByKey(repo, key);
  return row?.state === "stored" ? knownPosts(row, 1, store, tools, signal) : undefined;
}

type Place = Pick<PostRow, "repo" | "rkey" | "uri">;

/**
 * Reserves the place of a key that this database does not know. What is there already was written from another one. `isFree`: nothing was
 * there a moment ago; whoever else writes there in between is refused by the server.
 */
async function reserve(
  keyed: Keyed,
  store: PostStore,
  tools: PostTools,
  signal?: AbortSignal,
): Promise<{ readonly row: PostRow; readonly isFree: boolean }> {
  const { key, repo, contentHash, createdAt } = keyed;
  const free = await freePlace(keyed, store, tools, signal);
  let place = free;
  const before = placeOf(keyed, place.generation - 1);
  // The newest post of the key, if there is any that this database has never seen.
  if (place.generation > 0 && (await store.get(before.uri)) === undefined) place = before;
  const reserved = { repo, rkey: place.rkey, uri: place.uri, clientUniqueKey: key, contentHash, createdAt };
  const row = await store.reserve(reserved);
  const isOurs = row.contentHash === contentHash && row.createdAt === createdAt && row.state === "pending";
  return { row, isFree: isOurs && place === free && row.uri === free.uri };
}

const placeOf = ({ repo, key }: Keyed, generation: number): Place & { readonly generation: number } => {
  const rkey = keyedTid(repo, key, generation);
  return { repo, rkey, uri: uriOf({ repo, collection: POST, rkey }), generation };
};

/** The first place of a key where no post is, nor was as far as is known here. */
async function freePlace(
  keyed: Keyed,
  store: PostStore,
  tools: PostTools,
  signal?: AbortSignal,
): Promise<Place & { readonly generation: number }> {
  for (let generation = 0; generation < MOST_GENERATIONS; generation++) {
    const place = placeOf(keyed, generation);
    const known = await store.get(place.uri);
    if (known !== undefined && known.state !== "pending" && known.state !== "unknown") continue;
    if ((await readPost(place.repo, place.rkey, tools, signal)) === undefined) return place;
  }
  return refuse("key", `${JSON.stringify(keyed.key)} was given to ${MOST_GENERATIONS} posts; take another one`);
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

/** A post as it is in the account's repository; `undefined` if it is not. */
export async function readPost(
  repo: string,
  rkey: string,
  tools: Pick<PostTools, "call">,
  signal?: AbortSignal,
): Promise<WrittenPost | undefined> {
  const found = await readRecord(repo, rkey, tools, signal);
  return found && postRowOf(found.uri, found.cid, found.value);
}

/** The record of a post, with its version; `undefined` if there is none. */
export async function readRecord(
  repo: string,
  rkey: string,
  { call }: Pick<PostTools, "call">,
  signal?: AbortSignal,
): Promise<{ readonly uri: string; readonly cid: string; readonly value: unknown } | undefined> {
  try {
    const { uri, cid, value } = await call(
      comAtprotoRepoGetRecord,
      { repo, collection: POST, rkey },
      { signal, expectedErrors: ["RecordNotFound"] },
    );
    return cid === undefined ? undefined : { uri, cid, value };
  } catch (error) {
    if (error instanceof XrpcError && error.error === "RecordNotFound") return undefined;
    throw error;
  }
}

export async function knownPosts(
  row: Pick<PostRow, "repo" | "rkey">,
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

/** The refusal of a key that has another post. */
export function taken(
  { uri, cid, repo }: Pick<PostRow, "uri" | "cid" | "repo">,
  key: string,
  isSame: boolean,
): RecordConflictError {
  return new RecordConflictError(
    `The key ${JSON.stringify(key)} of ${repo} has the post ${uri}${isSame ? "" : ", which says something else"}. Give this one a key of its own, or say what is to happen, { ifKeyExists: "return" } or { ifKeyExists: "post" }. Nothing was sent.`,
    { uri, cid: cid ?? undefined },
  );
}
