import type { CallPromise } from "./call-promise.ts";
import type { RecordDefinition } from "./definition.ts";
import type { AtIdentifier, AtUri, Cid, Nsid, OtherString, RecordKey } from "./formats.ts";
import type { Caller } from "./namespace.ts";
import { caller } from "./namespace.ts";
import type { CallOptions } from "./options.ts";
import type { PagePromise } from "./page-promise.ts";

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

interface CommitRef {
  readonly cid: Cid;
  readonly rev: string;
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

/** What all kinds of records have in common. */
class RecordKind<Value, Input extends object> {
  /** The kind of record, as its lexicon describes it */
  readonly definition: RecordDefinition<Value, Input>;
  readonly [caller]: Caller;

  constructor(by: Caller, definition: RecordDefinition<Value, Input>) {
    this[caller] = by;
    this.definition = definition;
  }

  /** NSID of the collection, which is also the `$type` of its records */
  get nsid(): string {
    return this.definition.nsid;
  }

  /** Tells whether a value says that it is a record of this kind, for instance `post.record` of a feed. */
  is(value: unknown): value is Value {
    return value !== null && typeof value === "object" && "$type" in value && value.$type === this.nsid;
  }
}

/**
 * The records of one kind in a repository, by default that of the client's account. Keys may be given as at:// URIs too.
 *
 * @example
 * const { uri } = await client.app.bsky.feed.like.create({ subject: { uri: post.uri, cid: post.cid } });
 * await client.app.bsky.feed.like.delete(uri);
 */
export class Collection<Value, Input extends object = object> extends RecordKind<Value, Input> {
  /**
   * Writes a new record. `$type` and, where the lexicon asks for it, `createdAt` are filled in, and the key is made before
   * anything is sent: whatever happens on the way, there is one record or none.
   *
   * Rejects with `RecordConflictError` when there is another record at the key that was given, and with `UnsettledError`
   * when it could not be found out whether the record was written.
   */
  create(value: Input, options?: CreateRecordOptions): CallPromise<WrittenRecord, "InvalidSwap"> {
    return this[caller].records.create(this.definition, value, options);
  }

  /** Reads a record, of anybody with `{ repo }` or a URI. Rejects with `RecordNotFound` when there is none. */
  get(key: string, options?: GetRecordOptions): CallPromise<RecordEntry<Value>, "RecordNotFound"> {
    return this[caller].records.get(this.definition, key, options);
  }

  /** The records, newest keys first: `for await` gives each, `await` the first page. */
  list(options?: ListRecordsOptions): PagePromise<RecordPage<Value>, RecordEntry<Value>, never> {
    return this[caller].records.list(this.definition, options);
  }

  /** Writes a record at a key, over one that is there. See {@link create} for what is filled in. */
  put(key: string, value: Input, options?: PutRecordOptions): CallPromise<WrittenRecord, "InvalidSwap"> {
    return this[caller].records.put(this.definition, key, value, options);
  }

  /**
   * Reads a record, changes it and writes it back, again if somebody else has changed it meanwhile: nobody's change is lost.
   * `change` may therefore be called several times.
   *
   * Rejects with `RecordNotFound` when there is none, and with `RecordConflictError` when others were faster in every round.
   */
  update(
    key: string,
    change: (value: Value) => Input | Promise<Input>,
    options?: UpdateRecordOptions,
  ): Promise<WrittenRecord> {
    return this[caller].records.update(this.definition, key, change, options);
  }

  /** Deletes a record. One that is gone already is no error. */
  delete(key: string, options?: DeleteRecordOptions): CallPromise<DeletedRecord, "InvalidSwap"> {
    return this[caller].records.delete(this.definition, key, options);
  }
}

/** The records of a kind whose keys are NSIDs: only you know the key of a new one. */
export class NsidCollection<Value, Input extends object = object> extends Collection<Value, Input> {
  /** See {@link Collection.create} */
  override create(
    value: Input,
    options: CreateRecordOptions & { readonly rkey: Nsid },
  ): CallPromise<WrittenRecord, "InvalidSwap"> {
    return super.create(value, options);
  }
}

/** A record of which a repository has one at most, such as the profile: its key is always the same. */
export class SingleRecord<Value, Input extends object = object> extends RecordKind<Value, Input> {
  get #key(): string {
    return this.definition.key.slice("literal:".length);
  }

  /** Reads the record, of anybody with `{ repo }`. Rejects with `RecordNotFound` when there is none. */
  get(options?: GetRecordOptions): CallPromise<RecordEntry<Value>, "RecordNotFound"> {
    return this[caller].records.get(this.definition, this.#key, options);
  }

  /** Writes the record, over the one that is there. `$type` and, where the lexicon asks for it, `createdAt` are filled in. */
  put(value: Input, options?: PutRecordOptions): CallPromise<WrittenRecord, "InvalidSwap"> {
    return this[caller].records.put(this.definition, this.#key, value, options);
  }

  /**
   * Reads the record, changes it and writes it back, again if somebody else has changed it meanwhile: nobody's change is
   * lost. `change` may therefore be called several times, with `undefined` if there is no record yet.
   *
   * Rejects with `RecordConflictError` when others were faster in every round.
   *
   * @example
   * await client.app.bsky.actor.profile.update((profile) => ({ ...profile, displayName: "Alice" }));
   */
  update(
    change: (value: Value | undefined) => Input | Promise<Input>,
    options?: UpdateRecordOptions,
  ): Promise<WrittenRecord> {
    return this[caller].records.update(this.definition, this.#key, change, options);
  }

  /** Deletes the record. One that is gone already is no error. */
  delete(options?: DeleteRecordOptions): CallPromise<DeletedRecord, "InvalidSwap"> {
    return this[caller].records.delete(this.definition, this.#key, options);
  }
}
