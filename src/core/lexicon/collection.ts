import type { CallPromise } from "../call/call-promise.ts";
import type { RecordDefinition } from "./definition.ts";
import type { Nsid } from "./formats.ts";
import type { NamespaceOwner } from "./namespace.ts";
import { owner } from "./namespace.ts";
import type { PagePromise } from "../call/page-promise.ts";
import type {
  RecordEntry,
  RecordPage,
  WrittenRecord,
  DeletedRecord,
  GetRecordOptions,
  ListRecordsOptions,
  CreateRecordOptions,
  PutRecordOptions,
  DeleteRecordOptions,
  UpdateRecordOptions,
} from "./record-calls.ts";

/** What all kinds of records have in common. */
class RecordKind<Value, Input extends object> {
  /** The kind of record, as its lexicon describes it */
  readonly definition: RecordDefinition<Value, Input>;
  readonly [owner]: NamespaceOwner;

  constructor(by: NamespaceOwner, definition: RecordDefinition<Value, Input>) {
    this[owner] = by;
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
    return this[owner].records.create(this.definition, value, options);
  }

  /** Reads a record, of anybody with `{ repo }` or a URI. Rejects with `RecordNotFound` when there is none. */
  get(key: string, options?: GetRecordOptions): CallPromise<RecordEntry<Value>, "RecordNotFound"> {
    return this[owner].records.get(this.definition, key, options);
  }

  /** The records, newest keys first: `for await` gives each, `await` the first page. */
  list(options?: ListRecordsOptions): PagePromise<RecordPage<Value>, RecordEntry<Value>, never> {
    return this[owner].records.list(this.definition, options);
  }

  /** Writes a record at a key, over one that is there. See {@link create} for what is filled in. */
  put(key: string, value: Input, options?: PutRecordOptions): CallPromise<WrittenRecord, "InvalidSwap"> {
    return this[owner].records.put(this.definition, key, value, options);
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
    return this[owner].records.update(this.definition, key, change, options);
  }

  /** Deletes a record. One that is gone already is no error. */
  delete(key: string, options?: DeleteRecordOptions): CallPromise<DeletedRecord, "InvalidSwap"> {
    return this[owner].records.delete(this.definition, key, options);
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
export class SingletonRecord<Value, Input extends object = object> extends RecordKind<Value, Input> {
  get #key(): string {
    return this.definition.key.slice("literal:".length);
  }

  /** Reads the record, of anybody with `{ repo }`. Rejects with `RecordNotFound` when there is none. */
  get(options?: GetRecordOptions): CallPromise<RecordEntry<Value>, "RecordNotFound"> {
    return this[owner].records.get(this.definition, this.#key, options);
  }

  /** Writes the record, over the one that is there. `$type` and, where the lexicon asks for it, `createdAt` are filled in. */
  put(value: Input, options?: PutRecordOptions): CallPromise<WrittenRecord, "InvalidSwap"> {
    return this[owner].records.put(this.definition, this.#key, value, options);
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
    return this[owner].records.update(this.definition, this.#key, change, options);
  }

  /** Deletes the record. One that is gone already is no error. */
  delete(options?: DeleteRecordOptions): CallPromise<DeletedRecord, "InvalidSwap"> {
    return this[owner].records.delete(this.definition, this.#key, options);
  }
}
