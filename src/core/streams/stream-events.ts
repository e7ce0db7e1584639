import type { KnownRecords } from "./custom-records.ts";
import type { AtUri, Bytes, CidLink, Datetime, Did, RecordKey, Tid, UnknownObject } from "../lexicon/formats.ts";

declare const unknownCollection: unique symbol;

/** A collection that this version of the lexicons does not know: equals no known one, so `===` narrows. */
export type UnknownCollection = `${string}.${string}` & { readonly [unknownCollection]: true };

/** Where a record stands. */
interface Place<Collection extends string> {
  /** NSID */
  readonly collection: Collection;
  /** Key of the record */
  readonly rkey: RecordKey;
  /** `collection/rkey` */
  readonly path: string;
  /** at:// URI of the record */
  readonly uri: AtUri;
}

/** A record that was created or changed. `op.collection === "app.bsky.feed.post"` narrows `op.record`. */
export interface RecordWrite<Collection extends string, Value> extends Place<Collection> {
  /** What was done */
  readonly action: "create" | "update";
  /** CID of the record */
  readonly cid: CidLink;
  /** The record before an update */
  readonly prev?: CidLink;
  /** The record, decoded */
  readonly record: Value;
}

/** A record that was deleted. */
export interface RecordDelete extends Place<string> {
  /** What was done */
  readonly action: "delete";
  /** There is none any more */
  readonly cid: null;
  /** The record that was deleted, where the server says */
  readonly prev?: CidLink;
}

/** A change whose record the commit does not hold, or not in a form that can be read. */
export interface UnreadableOp extends Place<string> {
  /** Tells it from changes that can be read */
  readonly action: "unreadable";
  /** What the server says was done: `create`, `update` or a kind that is not known */
  readonly intended: string;
  /** CID of the record; `null` if it was deleted */
  readonly cid: CidLink | null;
  /** What is wrong with it */
  readonly reason: string;
}

/** A write of each kind of record. */
type RecordWrites<Records> = {
  readonly [Nsid in keyof Records & string]: RecordWrite<Nsid, Records[Nsid]>;
}[keyof Records & string];

/** One change of a commit. `Records` maps collections to the types of their records; those of {@link CustomRecords} are known, too. */
export type RepoOp<Records> =
  | RecordWrites<KnownRecords<Records>>
  | RecordWrite<UnknownCollection, UnknownObject>
  | RecordDelete
  | UnreadableOp;

/**
 * A commit to a repository, with its records decoded: https://atproto.com/specs/event-stream and the lexicon
 * com.atproto.sync.subscribeRepos.
 */
export interface CommitEvent<Records> {
  /** Tells commits from the other events */
  readonly $type: "com.atproto.sync.subscribeRepos#commit";
  /** Sequence number: the position in the stream */
  readonly seq: number;
  /** Whose repository it is */
  readonly repo: Did;
  /** CID of the commit */
  readonly commit: CidLink;
  /** Revision of the repository: grows with each commit */
  readonly rev: Tid;
  /** Revision before it; `null` for the first */
  readonly since: Tid | null;
  /** When the server sent it */
  readonly time: Datetime;
  /** The changes, in order; with `collections` only those asked for */
  readonly ops: readonly RepoOp<Records>[];
  /** The blocks of the commit as a CAR file. A view of the message: copy what is kept for long */
  readonly blocks: Bytes;
  /** No longer filled by servers; see the lexicon */
  readonly blobs: readonly CidLink[];
  /** No longer used by servers: the commit was too large to be sent as a whole */
  readonly tooBig: boolean;
  /** No longer used by servers */
  readonly rebase: boolean;
  /** CID of the tree of records before the commit, by which it can be verified */
  readonly prevData?: CidLink;
}

/** What a stream of repositories delivers: commits with decoded records, everything else as the lexicon has it. */
export type RepoEvent<Message, Records> =
  | CommitEvent<Records>
  | Exclude<Message, { readonly $type: "com.atproto.sync.subscribeRepos#commit" }>;
