import type { AtUri, Bytes, CidLink, Datetime, Did, RecordKey, Tid, UnknownObject } from "./formats.ts";

declare const unknownCollection: unique symbol;

/** A collection that this version of the lexicons does not know: equals no known one, so `===` narrows. */
export type UnknownCollection = `${string}.${string}` & { readonly [unknownCollection]: true };

/** Where a record stands. */
interface Place<Collection extends string> {
  readonly collection: Collection;
  readonly rkey: RecordKey;
  /** `collection/rkey` */
  readonly path: string;
  readonly uri: AtUri;
}

/** A record that was created or changed. `op.collection === "app.bsky.feed.post"` narrows `op.record`. */
export interface RecordWrite<Collection extends string, Value> extends Place<Collection> {
  readonly action: "create" | "update";
  readonly cid: CidLink;
  /** The record before an update */
  readonly prev?: CidLink;
  readonly record: Value;
}

/** A record that was deleted. */
export interface RecordDelete extends Place<string> {
  readonly action: "delete";
  readonly cid: null;
  readonly prev?: CidLink;
}

/** A change whose record the commit does not hold, or not in a form that can be read. */
export interface UnreadableOp extends Place<string> {
  readonly action: "unreadable";
  /** What the server says was done: `create`, `update` or a kind that is not known */
  readonly intended: string;
  readonly cid: CidLink | null;
  readonly reason: string;
}

/** One change of a commit. `Records` maps collections to the types of their records. */
export type RepoOp<Records> =
  | { readonly [Nsid in keyof Records & string]: RecordWrite<Nsid, Records[Nsid]> }[keyof Records & string]
  | RecordWrite<UnknownCollection, UnknownObject>
  | RecordDelete
  | UnreadableOp;

/**
 * A commit to a repository, with its records decoded: https://atproto.com/specs/event-stream and the lexicon
 * com.atproto.sync.subscribeRepos.
 */
export interface CommitEvent<Records> {
  readonly $type: "com.atproto.sync.subscribeRepos#commit";
  /** Sequence number: the position in the stream */
  readonly seq: number;
  readonly repo: Did;
  readonly commit: CidLink;
  readonly rev: Tid;
  readonly since: Tid | null;
  readonly time: Datetime;
  /** The changes, in order; with `collections` only those asked for */
  readonly ops: readonly RepoOp<Records>[];
  /** The blocks of the commit as a CAR file. A view of the message: copy what is kept for long */
  readonly blocks: Bytes;
  readonly blobs: readonly CidLink[];
  readonly tooBig: boolean;
  readonly rebase: boolean;
  readonly prevData?: CidLink;
}

/** What a stream of repositories delivers: commits with decoded records, everything else as the lexicon has it. */
export type RepoEvent<Message, Records> =
  | CommitEvent<Records>
  | Exclude<Message, { readonly $type: "com.atproto.sync.subscribeRepos#commit" }>;
