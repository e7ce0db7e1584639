/**
 * `pending`: the key is taken, the post may or may not have been written. `unknown`: the same, after an answer that was lost.
 * `stored`: it is in the repository. `deleted`: it was.
 */
export type PostState = "pending" | "stored" | "unknown" | "deleted";

/** A post of an account of ours. */
export interface PostRow {
  readonly id: number;
  /** Row of the call that wrote it in the log, as long as that is kept */
  readonly apilogId: number | null;
  /** DID of the account */
  readonly repo: string;
  readonly rkey: string;
  /** at:// URI, known before the post is written */
  readonly uri: string;
  /** `null` until it is written */
  readonly cid: string | null;
  /** The user's name for it, unique in its repository; gone once the post is deleted or the key given to another */
  readonly clientUniqueKey: string | null;
  /** Tells whether what was posted under a key is what is to be posted now */
  readonly contentHash: string | null;
  /** at:// URI of the post it answers */
  readonly replyTo: string | null;
  /** First post of the thread it is in; `null` for a post that answers none */
  readonly rootUri: string | null;
  readonly rootCid: string | null;
  readonly state: PostState;
  /** As its record says */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Takes a key for a post that is about to be written. */
export interface PostReservation {
  readonly repo: string;
  readonly rkey: string;
  readonly uri: string;
  readonly clientUniqueKey: string;
  readonly contentHash: string;
  readonly createdAt: number;
}

/** A post that was written. */
export type WrittenPost = Pick<PostRow, "repo" | "rkey" | "uri" | "createdAt"> & {
  readonly cid: string;
} & Partial<Pick<PostRow, "apilogId" | "replyTo" | "rootUri" | "rootCid" | "contentHash">>;

/** The posts of our accounts, one row per URI. */
export interface PostStore {
  get(uri: string): Promise<PostRow | undefined>;
  /** The post a key stands for: stored, or still to be settled. */
  getByKey(repo: string, clientUniqueKey: string): Promise<PostRow | undefined>;
  /**
   * Stores the reservation in one statement, unless the key is taken; gives the row that has the key now. A row of the same URI
   * that has no key gets it: a stored post stays as it is, a deleted one is to be written again.
   */
  reserve(post: PostReservation): Promise<PostRow>;
  /** The content of a post that was never written is another now. False if it is stored or gone by now. */
  revise(uri: string, contentHash: string): Promise<boolean>;
  /** Notes that nobody knows whether a pending post was written. */
  markUnknown(uri: string): Promise<void>;
  /** Gives a key back whose post was surely not written. A stored post stays. */
  release(uri: string): Promise<void>;
  /** Takes the key from its post, so that it may be given to another. */
  freeKey(repo: string, clientUniqueKey: string): Promise<void>;
  /** Gives a key to another post that was written, in one transaction: at no moment has neither of them the key. */
  moveKey(repo: string, clientUniqueKey: string, uri: string, contentHash: string): Promise<void>;
  /**
   * Posts that were written, known before or not. One that is stored keeps its hash unless another is given. One that was reserved keeps its
   * key and loses its hash, since somebody else may have written it than reserved it last: who wrote it says so, by `moveKey`.
   */
  save(posts: readonly WrittenPost[]): Promise<void>;
  /** Posts that were deleted; their keys are free again. Unknown ones are passed over. */
  markDeleted(uris: readonly string[]): Promise<void>;
}
