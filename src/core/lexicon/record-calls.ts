import type { CallPromise } from "../call/call-promise.ts";
import type { RecordDefinition } from "./definition.ts";
import type { AtIdentifier, AtUri, Cid, Nsid, OtherString, RecordKey } from "./formats.ts";
import type { CallOptions } from "../call/options.ts";
import type { PagePromise } from "../call/page-promise.ts";

interface CommitRef {
  readonly cid: Cid;
  readonly rev: string;
}

/** A record as a repository has it. */
export interface RecordEntry<Value> {
  /** at:// URI */
  readonly uri: AtUri;
  /** CID of this version */
  readonly cid: Cid;
  /** The record */
  readonly value: Value;
}

/** A page of records. */
export interface RecordPage<Value> {
  /** Where the next page begins; absent at the end */
  readonly cursor?: string | undefined;
  /** Newest keys first, or oldest with `reverse` */
  readonly records: readonly RecordEntry<Value>[];
}

/** What the server says of a record that it has written. */
export interface WrittenRecord {
  /** at:// URI */
  readonly uri: AtUri;
  /** CID of the version that was written */
  readonly cid: Cid;
  /** Absent when nothing had to be changed, and when the answer was lost and the record was found by reading */
  readonly commit?: CommitRef | undefined;
  /** Whether the server knew the lexicon and checked the record */
  readonly validationStatus?: "valid" | "unknown" | OtherString | undefined;
}

/** What the server says of a record that it has deleted. */
export interface DeletedRecord {
  /** Absent when there was nothing to delete */
  readonly commit?: CommitRef | undefined;
}

/** Which record is read. */
export interface GetRecordOptions extends CallOptions {
  /** Handle or DID of whose record it is. Default: the client's account */
  readonly repo?: AtIdentifier | undefined;
  /** The version that is wanted. Default: the one there is */
  readonly cid?: Cid | undefined;
}

/** Which records are listed. */
export interface ListRecordsOptions extends CallOptions {
  /** Handle or DID of whose records they are. Default: the client's account */
  readonly repo?: AtIdentifier | undefined;
  /** Records of a page, at most 100. Default 100 */
  readonly limit?: number | undefined;
  /** Where to go on, as an answer gave it. Default: the beginning */
  readonly cursor?: string | undefined;
  /** Oldest keys first. Default false */
  readonly reverse?: boolean | undefined;
}

/** How a record is created. */
export interface CreateRecordOptions extends CallOptions {
  /** Default: a fresh TID */
  readonly rkey?: RecordKey | undefined;
  /** Write only if this is the newest commit of the repository; else the error is `InvalidSwap` */
  readonly swapCommit?: Cid | undefined;
}

/** How a record is written. */
export interface PutRecordOptions extends CallOptions {
  /** Write only over this version; `null`: only if there is none. Else the error is `InvalidSwap` */
  readonly swapRecord?: Cid | null | undefined;
  /** Write only if this is the newest commit of the repository; else the error is `InvalidSwap` */
  readonly swapCommit?: Cid | undefined;
}

/** How a record is deleted. */
export interface DeleteRecordOptions extends CallOptions {
  /** Delete only this version; else the error is `InvalidSwap` */
  readonly swapRecord?: Cid | undefined;
  /** Delete only if this is the newest commit of the repository; else the error is `InvalidSwap` */
  readonly swapCommit?: Cid | undefined;
}

/** How a record is changed. */
export interface UpdateRecordOptions extends CallOptions {
  /** How often the record is read, changed and written before others who change it win for good. Default 10 */
  readonly rounds?: number | undefined;
}

/** Whatever names a kind of record: `client.app.bsky.feed.like`, its definition, or an NSID. */
export type CollectionLike<Value = unknown, Input = unknown> =
  | { readonly definition: RecordDefinition<Value, Input> }
  | RecordDefinition<Value, Input>
  | Nsid;

/** Records of any kind: what stands behind the accessors of the tree. */
export interface RecordCalls {
  create<Value, Input extends object = object>(
    collection: CollectionLike<Value, Input>,
    value: NoInfer<Input>,
    options?: CreateRecordOptions,
  ): CallPromise<WrittenRecord, "InvalidSwap">;
  get<Value = Readonly<Record<string, unknown>>>(
    collection: CollectionLike<Value>,
    key: string,
    options?: GetRecordOptions,
  ): CallPromise<RecordEntry<Value>, "RecordNotFound">;
  list<Value = Readonly<Record<string, unknown>>>(
    collection: CollectionLike<Value>,
    options?: ListRecordsOptions,
  ): PagePromise<RecordPage<Value>, RecordEntry<Value>, never>;
  put<Value, Input extends object = object>(
    collection: CollectionLike<Value, Input>,
    key: string,
    value: NoInfer<Input>,
    options?: PutRecordOptions,
  ): CallPromise<WrittenRecord, "InvalidSwap">;
  update<Value = Readonly<Record<string, unknown>>, Input extends object = object>(
    collection: CollectionLike<Value, Input>,
    key: string,
    change: (value: Value) => NoInfer<Input> | Promise<NoInfer<Input>>,
    options?: UpdateRecordOptions,
  ): Promise<WrittenRecord>;
  delete(
    collection: CollectionLike,
    key: string,
    options?: DeleteRecordOptions,
  ): CallPromise<DeletedRecord, "InvalidSwap">;
}
