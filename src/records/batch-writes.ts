import type { Clock } from "../core/clock.ts";
import type { CollectionLike } from "../core/lexicon/record-calls.ts";
import { toJson } from "../core/lexicon/data-model.ts";
import type { RecordDefinition } from "../core/lexicon/definition.ts";
import { ValidationError } from "../core/errors/index.ts";
import { isHandle } from "../core/identifiers.ts";
import type { AtUri, Cid, RecordKey } from "../core/lexicon/formats.ts";
import { nextTid } from "../core/tid.ts";
import type { FindDefinition } from "./arguments.ts";
import { addressOf, definitionOf, keyOf, recordOf } from "./arguments.ts";

/** A record that a batch has created or changed. */
export interface BatchedRecord {
  /** at:// URI */
  readonly uri: AtUri;
  /** CID of the version that was written */
  readonly cid: Cid;
}

/** A record that a batch has deleted. */
export interface BatchedDeletion {
  /** at:// URI that the record had */
  readonly uri: AtUri;
}

/** One write of a batch. Its key and URI are known before anything is sent, so that other writes of the batch may name it. */
export interface BatchWrite<Result extends BatchedDeletion = BatchedDeletion> {
  /** What is done to the record */
  readonly action: "create" | "update" | "delete";
  /** NSID */
  readonly collection: string;
  /** Key of the record, made here unless you gave one */
  readonly rkey: RecordKey;
  /** at:// URI of the record */
  readonly uri: AtUri;
  /** As it will be sent; absent where the record is deleted */
  readonly value: object | undefined;
  /** What the batch gives for it; no write has this member */
  readonly result?: Result;
}

export interface BatchWritesConfig {
  /** Whose repository it is */
  readonly did: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly find: FindDefinition;
}

/** What the writes of a batch are made with: `client.batch((b) => [b.create(client.app.bsky.feed.like, { subject })])`. */
export class BatchWrites {
  /** DID of the account, in whose repository all is written */
  readonly did: string;
  readonly #config: BatchWritesConfig;
  /** Handles that keys were given with, each with the first key that names it. Whose they are is not known yet. */
  readonly #handles: Map<string, string>;

  /** @param handles filled with the handles in keys, which the caller has to look up before anything is sent */
  constructor(config: BatchWritesConfig, handles = new Map<string, string>()) {
    this.#handles = handles;
    this.did = config.did;
    this.#config = config;
  }

  /**
   * A new record. See `Collection.create` for what is filled in.
   *
   * @throws ValidationError for what cannot be written
   */
  create<Value, Input extends object = object>(
    collection: CollectionLike<Value, Input>,
    value: NoInfer<Input>,
    { rkey }: { readonly rkey?: RecordKey | undefined } = {},
  ): BatchWrite<BatchedRecord> {
    const definition = this.#definition(collection);
    const { clock, random } = this.#config;
    const key = rkey === undefined ? (keyOf(definition) ?? nextTid(clock, random)) : this.#rkey(definition, rkey);
    return this.#write("create", definition, key, value);
  }

  /**
   * A record in place of the one that is there, by its key or at:// URI. The whole batch is refused if there is none.
   *
   * @throws ValidationError for what cannot be written
   */
  update<Value, Input extends object = object>(
    collection: CollectionLike<Value, Input>,
    key: string,
    value: NoInfer<Input>,
  ): BatchWrite<BatchedRecord> {
    const definition = this.#definition(collection);
    return this.#write("update", definition, this.#rkey(definition, key), value);
  }

  /**
   * The end of a record, by its key or at:// URI. The whole batch is refused if there is none.
   *
   * @throws ValidationError for a key that is none, or of another repository
   */
  delete(collection: CollectionLike, key: string): BatchWrite {
    const definition = this.#definition(collection);
    return this.#write("delete", definition, this.#rkey(definition, key), undefined);
  }

  #write(
    action: BatchWrite["action"],
    definition: RecordDefinition,
    rkey: string,
    value: object | undefined,
  ): BatchWrite<BatchedRecord> {
    const { nsid } = definition;
    // What was given is taken now, whatever becomes of it.
    const record = value && (toJson(recordOf(definition, value, this.#config.clock), "value") as object);
    return { action, collection: nsid, rkey, uri: `at://${this.did}/${nsid}/${rkey}`, value: record };
  }

  #rkey({ nsid }: RecordDefinition, key: string): string {
    const { repo = this.did, rkey } = addressOf(nsid, key);
    if (repo === this.did) return rkey;
    if (isHandle(repo)) {
      if (!this.#handles.has(repo)) this.#handles.set(repo, key);
      return rkey;
    }
    throw otherRepository(nsid, key, this.did);
  }

  #definition<Value, Input>(collection: CollectionLike<Value, Input>): RecordDefinition<Value, Input> {
    return definitionOf(collection, this.#config.find);
  }
}

/** The refusal of a write into a repository that is not the account's own. */
export function otherRepository(nsid: string, key: string, did: string): ValidationError {
  const message = `${key} is in another repository than ${did}`;
  return new ValidationError(`${nsid}: ${message}. Nothing was sent.`, { issues: [{ path: "key", message }] });
}
