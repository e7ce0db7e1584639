import {
  comAtprotoRepoCreateRecord,
  comAtprotoRepoDeleteRecord,
  comAtprotoRepoGetRecord,
  comAtprotoRepoListRecords,
  comAtprotoRepoPutRecord,
} from "../../generated/definitions/com.atproto.ts";
import type { CallPromise } from "../core/call/call-promise.ts";
import type { Clock } from "../core/clock.ts";
import type {
  CollectionLike,
  CreateRecordOptions,
  DeletedRecord,
  DeleteRecordOptions,
  GetRecordOptions,
  ListRecordsOptions,
  PutRecordOptions,
  RecordCalls,
  RecordEntry,
  RecordPage,
  UpdateRecordOptions,
  WrittenRecord,
} from "../core/lexicon/record-calls.ts";
import type { RecordDefinition } from "../core/lexicon/definition.ts";
import { ValidationError } from "../core/errors/index.ts";
import type { Call } from "../core/lexicon/namespace.ts";
import type { PagePromise } from "../core/call/page-promise.ts";
import { refused } from "../core/call/page-promise.ts";
import type { FindDefinition } from "./arguments.ts";
import { addressOf, definitionOf, keyOf, recordOf } from "./arguments.ts";

export interface RecordsConfig {
  readonly call: Call;
  readonly clock: Clock;
  readonly random: () => number;
  readonly find: FindDefinition;
}

type AnyObject = Readonly<Record<string, unknown>>;
/** `call`, with what it takes and gives said by hand: the lexicons know nothing of the record inside. */
type LooseCall = (definition: object, argument: object, options: object) => never;

/**
 * Records of any kind, in lexicons or not: `client.records.create("com.example.note", { text })`. What is known of a kind is
 * used: its `createdAt`, and how its keys are made. The accessors of the tree, `client.app.bsky.feed.like`, do the same, typed.
 *
 * Left-out repositories are that of the client's account, and left-out keys are minted, both before anything is sent.
 */
export class ClientRecords implements RecordCalls {
  readonly #config: RecordsConfig;
  readonly #call: LooseCall;

  constructor(config: RecordsConfig) {
    this.#config = config;
    this.#call = (definition, argument, options) =>
      (config.call as unknown as (...args: unknown[]) => never)(definition, argument, options);
  }

  /** Writes a new record. See `Collection.create`. */
  create<Value, Input extends object = object>(
    collection: CollectionLike<Value, Input>,
    value: NoInfer<Input>,
    { rkey, swapCommit, ...options }: CreateRecordOptions = {},
  ): CallPromise<WrittenRecord, "InvalidSwap"> {
    return refusing(() => {
      const definition = this.#definition(collection);
      const { nsid } = definition;
      const address = rkey === undefined ? { rkey: keyOf(definition) } : addressOf(nsid, rkey);
      const record = recordOf(definition, value, this.#config.clock);
      const input = { ...address, collection: nsid, record, swapCommit };
      return this.#call(comAtprotoRepoCreateRecord, input, options);
    });
  }

  /** Reads a record by its key or at:// URI. See `Collection.get`. */
  get<Value = AnyObject>(
    collection: CollectionLike<Value>,
    key: string,
    { repo, cid, ...options }: GetRecordOptions = {},
  ): CallPromise<RecordEntry<Value>, "RecordNotFound"> {
    return refusing(() => {
      const { nsid } = this.#definition(collection);
      return this.#call(comAtprotoRepoGetRecord, { ...addressOf(nsid, key, repo), collection: nsid, cid }, options);
    });
  }

  /** The records of a repository. See `Collection.list`. */
  list<Value = AnyObject>(
    collection: CollectionLike<Value>,
    { repo, limit = 100, cursor, reverse, ...options }: ListRecordsOptions = {},
  ): PagePromise<RecordPage<Value>, RecordEntry<Value>, never> {
    return refusing(() => {
      const { nsid } = this.#definition(collection);
      return this.#call(comAtprotoRepoListRecords, { repo, collection: nsid, limit, cursor, reverse }, options);
    });
  }

  /** Writes a record at its key or at:// URI. See `Collection.put`. */
  put<Value, Input extends object = object>(
    collection: CollectionLike<Value, Input>,
    key: string,
    value: NoInfer<Input>,
    { swapRecord, swapCommit, ...options }: PutRecordOptions = {},
  ): CallPromise<WrittenRecord, "InvalidSwap"> {
    return refusing(() => {
      const definition = this.#definition(collection);
      const record = recordOf(definition, value, this.#config.clock);
      const address = addressOf(definition.nsid, key);
      const input = { ...address, collection: definition.nsid, record, swapRecord, swapCommit };
      return this.#call(comAtprotoRepoPutRecord, input, options);
    });
  }

  /** Reads a record, changes it and writes it back. See `Collection.update`. */
  async update<Value = AnyObject, Input extends object = object>(
    collection: CollectionLike<Value, Input>,
    key: string,
    change: (value: Value) => NoInfer<Input> | Promise<NoInfer<Input>>,
    options: UpdateRecordOptions = {},
  ): Promise<WrittenRecord> {
    const { update } = await import("./update.ts");
    const { clock, random } = this.#config;
    return update({ records: this, clock, random }, this.#definition(collection), key, change, options);
  }

  /** Deletes a record by its key or at:// URI. See `Collection.delete`. */
  delete(
    collection: CollectionLike,
    key: string,
    { swapRecord, swapCommit, ...options }: DeleteRecordOptions = {},
  ): CallPromise<DeletedRecord, "InvalidSwap"> {
    return refusing(() => {
      const { nsid } = this.#definition(collection);
      const input = { ...addressOf(nsid, key), collection: nsid, swapRecord, swapCommit };
      return this.#call(comAtprotoRepoDeleteRecord, input, options);
    });
  }

  #definition<Value, Input>(collection: CollectionLike<Value, Input>): RecordDefinition<Value, Input> {
    return definitionOf(collection, this.#config.find);
  }
}

/** Calls that are refused reject like all others that fail. */
function refusing<Calling extends CallPromise<unknown>>(call: () => Calling): Calling {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    return refused(error) as never;
  }
}
