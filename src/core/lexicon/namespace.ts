import type { CallPromise } from "../call/call-promise.ts";
import type { RecordCalls } from "./record-calls.ts";
import type { DefinitionModules, PagedQuery, Procedure, Query, Subscription, Vocabulary } from "./definition.ts";
import type { EventStream } from "../streams/event-stream.ts";
import type { CallOptions } from "../call/options.ts";
import type { PagePromise } from "../call/page-promise.ts";
import type { StreamOptions } from "../streams/stream-options.ts";

/** Options of a procedure that takes URL parameters beside its input. */
export interface ProcedureOptions<Params extends object> extends CallOptions {
  /** Parameters in the URL */
  readonly params: Params;
}

/** The one function under every method: a definition, its input and options in, a promise out. */
export interface Call {
  <Params, Output, Item, ErrorName extends string>(
    definition: PagedQuery<Params, Output, Item, ErrorName>,
    params?: Params,
    options?: CallOptions,
  ): PagePromise<Output, Item, ErrorName>;
  <Params, Output, ErrorName extends string>(
    definition: Query<Params, Output, ErrorName>,
    params?: Params,
    options?: CallOptions,
  ): CallPromise<Output, ErrorName>;
  <Input, Output, ErrorName extends string, Params>(
    definition: Procedure<Input, Output, ErrorName, Params>,
    input?: Input,
    options?: CallOptions,
  ): CallPromise<Output, ErrorName>;
}

/** Key under which a client keeps the definitions it knows: a symbol, so that no name of a lexicon can meet it. */
export const vocabulary: unique symbol = Symbol("vocabulary");

/** The one function under every subscription. */
export type Subscribe = <Params, Message, ErrorName extends string>(
  definition: Subscription<Params, Message, ErrorName>,
  params?: Params,
  options?: StreamOptions,
) => EventStream<Message, ErrorName>;

/** What a namespace needs of a client. */
export interface NamespaceOwner {
  /** Sends a call */
  readonly call: Call;
  /** Records of any kind */
  readonly records: RecordCalls;
  readonly [vocabulary]?: Vocabulary;
  /** Opens a stream */
  readonly subscribe: Subscribe;
}

/** Key under which a namespace keeps its caller: a symbol, so that no name of a lexicon can meet it. */
export const owner: unique symbol = Symbol("caller");

/** Base of the generated namespaces. Without a caller it is its own: that is what a client is. */
export class Namespace {
  readonly [owner]: NamespaceOwner;

  /** `definitions` are those of a tree that is hung on a client: it finds them by their NSIDs from then on. */
  constructor(by?: NamespaceOwner, definitions?: DefinitionModules) {
    this[owner] = by ?? (this as unknown as NamespaceOwner);
    if (definitions !== undefined) by?.[vocabulary]?.add(definitions);
  }
}

/** Makes the member of a namespace on first use and keeps it, so that `client.app === client.app`. */
export function member<Value>(namespace: Namespace, name: string, make: (by: NamespaceOwner) => Value): Value {
  const value = make(namespace[owner]);
  Object.defineProperty(namespace, name, { value, configurable: true });
  return value;
}
