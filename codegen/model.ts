import type { Note } from "./notes.ts";

/** What codegen knows of the lexicons once they are resolved: types only, no decisions. */

/** A JSON value with members that may be anything; documents are checked before they are read as this. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** A lexicon document and where it came from. */
export interface LexiconDocument {
  readonly nsid: string;
  /** The pinned package, `lexicons/custom`, or the folder it was read from */
  readonly source: string;
  /** The file it was read from, as messages name it */
  readonly file?: string;
  /** Hex digest of the document as codegen writes it */
  readonly sha256: string;
  readonly json: JsonObject;
  /** With the definitions that are not wanted, where `json` leaves some of them out */
  readonly whole?: JsonObject | undefined;
}

/** A definition that something refers to. */
export interface Target {
  readonly nsid: string;
  /** Name inside the document; `main` for the document's own definition */
  readonly name: string;
}

/** A definition that a type refers to. */
export interface TypeTarget extends Target {
  /** Name of its type inside the document */
  readonly typeName: string;
}

export type Type =
  | { readonly kind: "boolean" | "integer" | "string" | "bytes" | "cid-link" | "blob" }
  /** Any data object. `sent`: it only ever travels to the server, so any object may be given. */
  | { readonly kind: "unknown"; readonly sent: boolean }
  | { readonly kind: "literal"; readonly values: readonly (string | number | boolean)[] }
  /** A string for which some values are known */
  | { readonly kind: "known"; readonly values: readonly string[] }
  /** A string format, by the name of its type in the runtime */
  | { readonly kind: "format"; readonly name: string }
  | { readonly kind: "array"; readonly items: Type }
  | { readonly kind: "object"; readonly properties: readonly Property[] }
  | { readonly kind: "ref"; readonly target: TypeTarget }
  /** What it refers to is not there, so it may be anything */
  | { readonly kind: "gap" }
  | { readonly kind: "union"; readonly members: readonly TypeTarget[]; readonly closed: boolean };

export interface Docs {
  readonly description: string | undefined;
  /** `@tag text` lines: constraints, defaults, deprecation */
  readonly tags: readonly (readonly [tag: string, text: string])[];
}

export interface Property {
  readonly name: string;
  readonly type: Type;
  readonly required: boolean;
  readonly nullable: boolean;
  readonly docs: Docs;
}

/** An exported type of a document. */
export type Declaration =
  | {
      readonly kind: "interface";
      readonly name: string;
      /** Value of `$type`; absent on params, inputs and outputs, which are no definitions */
      readonly $type: string | undefined;
      /** Records always carry `$type`; other objects only inside unions */
      readonly typeRequired: boolean;
      /** It is a member of some union, so a variant with a required `$type` is needed */
      readonly isMember: boolean;
      readonly properties: readonly Property[];
      readonly docs: Docs;
    }
  | { readonly kind: "alias"; readonly name: string; readonly type: Type; readonly docs: Docs };

export interface DeclaredErrorModel {
  readonly name: string;
  readonly description: string | undefined;
}

/** What methods and definition constants are made from. */
export type MainModel =
  | {
      readonly kind: "query";
      readonly hasParams: boolean;
      readonly requiredParams: readonly string[];
      readonly output: string | undefined;
      readonly outputType: boolean;
      readonly errors: readonly DeclaredErrorModel[];
      /** Output property that holds a page's items */
      readonly items: string | undefined;
      readonly docs: Docs;
    }
  | {
      readonly kind: "procedure";
      readonly hasParams: boolean;
      readonly requiredParams: readonly string[];
      readonly input: string | undefined;
      readonly inputType: boolean;
      readonly inputRequired: boolean;
      readonly output: string | undefined;
      readonly outputType: boolean;
      readonly errors: readonly DeclaredErrorModel[];
      readonly docs: Docs;
    }
  | {
      readonly kind: "subscription";
      readonly hasParams: boolean;
      readonly requiredParams: readonly string[];
      readonly messageType: boolean;
      /** Its commits are delivered with their records decoded */
      readonly commits: boolean;
      readonly errors: readonly DeclaredErrorModel[];
      readonly docs: Docs;
    }
  | {
      readonly kind: "record";
      readonly key: string;
      /** It must say when it was made */
      readonly dated: boolean;
      readonly docs: Docs;
    };

/** A place for a blob that says what it takes. */
export interface BlobSlotModel {
  /** `app.bsky.embed.images#image.image`: document, definition unless it is the main one, property */
  readonly path: string;
  readonly accept: readonly string[] | undefined;
  /** Bytes */
  readonly maxSize: number | undefined;
}

/** What a document means for files that many documents share. */
export interface DocumentSummary {
  readonly notes: readonly Note[];
  readonly blobSlots: readonly BlobSlotModel[];
  readonly main: MainModel | undefined;
}

export interface DocumentModel extends DocumentSummary {
  readonly nsid: string;
  /** Stands for everything the model is made from: the document, those it refers to, and how it is used */
  readonly key: string;
  /** Documents that were looked into to make it */
  readonly consulted: readonly string[];
  /** Resolved when it is asked for, unless it had to be anyway */
  readonly declarations: readonly Declaration[];
  /** The document as JSON, without what is there for readers only */
  readonly text: string;
}
