import type { UnknownMember } from "./formats.ts";

/**
 * Definitions: what the runtime must know of an endpoint or record, as data. Generated code holds one constant for each.
 * The type parameters are carried by phantom members, which no value has.
 */
declare const types: unique symbol;

/** Lexicon documents as JSON, by their NSIDs. */
export type DocumentTexts = Readonly<Record<string, string>>;

/** Loads the documents of an authority (`app.bsky`): all that are known where a definition comes from. */
export type Documents = Readonly<Record<string, () => Promise<{ readonly texts: DocumentTexts }>>>;

/** Facts of an endpoint that the runtime acts on. Absent means: none. */
interface EndpointFacts {
  /** What values are checked by. Without them nothing is checked */
  readonly documents?: Documents;
  /** Parameters in the URL that a procedure cannot do without */
  readonly required?: readonly string[];
  /** Encoding of the request body: `application/json`, `video/mp4`, `*\/*` … */
  readonly input?: string;
  /** Encoding of the answer's body */
  readonly output?: string;
  /** Names of the errors the lexicon declares */
  readonly errors?: readonly string[];
  /** Output property that holds the items of a page; present on endpoints that page by `cursor` */
  readonly items?: string;
}

/** The parameters of a query that takes none. */
export interface NoParams {
  readonly [name: string]: never;
}

/** Any endpoint, seen only as something that declares errors. */
export interface DeclaresErrors<Name extends string> {
  readonly errors?: readonly string[];
  readonly [types]?: { error: Name };
}

/** A read: HTTP GET, parameters in the URL. */
export interface Query<
  Params = unknown,
  Output = unknown,
  DeclaredError extends string = string,
> extends EndpointFacts {
  /** Tells definitions apart */
  readonly kind: "query";
  /** Name of the endpoint */
  readonly nsid: string;
  readonly [types]?: { params: Params; output: Output; error: DeclaredError };
}

/** A query that pages by `cursor`. */
export interface PagedQuery<
  Params = unknown,
  Output = unknown,
  Item = unknown,
  DeclaredError extends string = string,
> extends Query<Params, Output, DeclaredError> {
  /** Output property that holds the items of a page */
  readonly items: string;
  readonly [types]?: { params: Params; output: Output; error: DeclaredError; item: Item };
}

/** A write or other effect: HTTP POST, input in the body. `Params` are further parameters in the URL. */
export interface Procedure<
  Input = unknown,
  Output = unknown,
  DeclaredError extends string = string,
  Params = undefined,
> extends EndpointFacts {
  /** Tells definitions apart */
  readonly kind: "procedure";
  /** Name of the endpoint */
  readonly nsid: string;
  readonly [types]?: { input: Input; params: Params; output: Output; error: DeclaredError };
}

/** A stream of messages over a WebSocket. */
export interface Subscription<Params = unknown, Message = unknown, DeclaredError extends string = string> {
  /** Tells definitions apart */
  readonly kind: "subscription";
  /** Name of the stream */
  readonly nsid: string;
  /** Errors that its lexicon declares */
  readonly errors?: readonly string[];
  /** Parameters that it cannot do without */
  readonly required?: readonly string[];
  readonly [types]?: { params: Params; message: Message; error: DeclaredError };
}

/** How the keys of a collection's records are made: https://atproto.com/specs/record-key */
export type RecordKeyKind = "tid" | "nsid" | "any" | `literal:${string}`;

/** A kind of record. The NSID is also the name of its collection. `Input` is what is given to write one. */
export interface RecordDefinition<Value = unknown, Input = unknown> {
  /** Tells definitions apart */
  readonly kind: "record";
  /** Name of the lexicon, and of the collection */
  readonly nsid: string;
  /** What keys may be */
  readonly key: RecordKeyKind;
  /** It must say when it was made, as `createdAt` */
  readonly dated?: boolean;
  /** What values are checked by. Without them nothing is checked */
  readonly documents?: Documents;
  readonly [types]?: { value: Value; input: Input };
}

/** What a place for a blob takes, as its lexicon says. Absent means: anything. */
export interface BlobSlot {
  /** Media types, `image/*` or exact */
  readonly accept?: readonly string[];
  /** Bytes */
  readonly maxSize?: number;
}

export type Endpoint = Query | Procedure<unknown, unknown, string, unknown>;

/** What a lexicon describes: an endpoint, a stream or a kind of record. */
export type Definition = Endpoint | Subscription | RecordDefinition;

// Each maker gives what the constant is declared as: the lexicon, not the runtime, knows the type parameters.

/** Makes the definition of a query. */
export const query = <Declared extends { readonly kind: "query" }>(nsid: string, facts: EndpointFacts = {}): Declared =>
  ({ kind: "query", nsid, ...facts }) as unknown as Declared;

/** Makes the definition of a procedure. */
export const procedure = <Declared extends { readonly kind: "procedure" }>(
  nsid: string,
  facts: EndpointFacts = {},
): Declared => ({ kind: "procedure", nsid, ...facts }) as unknown as Declared;

/** Makes the definition of a subscription. */
export const subscription = <Declared extends { readonly kind: "subscription" }>(
  nsid: string,
  facts: Pick<Subscription, "errors" | "required"> = {},
): Declared => ({ kind: "subscription", nsid, ...facts }) as unknown as Declared;

/** Makes the definition of a record. */
export const record = <Value, Input>(
  nsid: string,
  key: RecordKeyKind,
  facts: Pick<RecordDefinition, "dated" | "documents"> = {},
): RecordDefinition<Value, Input> => ({ kind: "record", nsid, key, ...facts });

/** Definitions as the modules of generated code hold them. */
export type DefinitionModules = readonly Readonly<Record<string, Definition>>[];

/** The definitions a client knows by their NSIDs. */
export interface Vocabulary {
  /** The definition of an NSID, if it is known */
  find(nsid: string): Definition | undefined;
  /** What is added replaces what was known by the same NSID. */
  add(modules: DefinitionModules): void;
}

/**
 * Marks a value as a member of an open union that the lexicons do not list, so that it may be sent where the union is
 * asked for. The server decides what it makes of it.
 */
export function unknownMember<Member extends { readonly $type: `${string}.${string}` }>(
  member: Member,
): Member & UnknownMember {
  return member as Member & UnknownMember;
}
