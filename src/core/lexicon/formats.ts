/**
 * The string formats of the lexicon language as types, and the plain-data shapes of its other primitives.
 *
 * Each format is a string that remembers what it is. A plain `string` is accepted wherever a format is asked for, so
 * calling never needs a cast; a `Did` is not accepted where a `Handle` is asked for, so mixing them up does not compile.
 *
 * Source: https://atproto.com/specs/lexicon#string-formats
 */
declare const format: unique symbol;

/** The mark is optional, so plain strings fit; `length` is there so that TypeScript does not see a type of optional members only. */
interface Formatted<Name extends string> {
  readonly length: number;
  readonly [format]?: Name;
}

/** `did:plc:…` or `did:web:…` */
export type Did = string & Formatted<"did">;
/** A domain name that stands for an account: `alice.bsky.social` */
export type Handle = string & Formatted<"handle">;
/** A {@link Did} or a {@link Handle} */
export type AtIdentifier = string & Formatted<"did" | "handle">;
/** `at://` URI of a repository, collection or record */
export type AtUri = string & Formatted<"at-uri">;
/** Any URI with a scheme */
export type Uri = string & Formatted<"uri" | "at-uri">;
/** Content identifier in string form */
export type Cid = string & Formatted<"cid">;
/** ISO 8601 / RFC 3339 timestamp: `2026-01-31T12:00:00.000Z` */
export type Datetime = string & Formatted<"datetime">;
/** A {@link Datetime} where one is given: a Date is sent as the text it stands for */
export type DatetimeInput = Datetime | Date;
/** BCP 47 language tag: `en`, `pt-BR` */
export type Language = string & Formatted<"language">;
/** Namespaced identifier of a lexicon: `app.bsky.feed.post` */
export type Nsid = string & Formatted<"nsid">;
/** Timestamp identifier: 13 characters of sortable base32 */
export type Tid = string & Formatted<"tid">;
/** Last part of a record's at:// URI */
export type RecordKey = string & Formatted<"record-key" | "tid">;

/** Keeps the known values of an open string set in editor completion while accepting every other string. */
export type OtherString = string & {};

/** Raw bytes. In JSON they travel as `{ "$bytes": base64 }`. */
export type Bytes = Uint8Array;

/** A data object whose shape the lexicon leaves open, such as the record inside a view. */
export interface UnknownObject {
  readonly [key: string]: unknown;
}

/** What every object inherits by a name, which stands where a property of that name is left out. */
export type Inherited<Name extends keyof typeof Object.prototype> = (typeof Object.prototype)[Name];

/** A link to other data by content identifier. */
export interface CidLink {
  /** The CID as text */
  readonly $link: string;
}

/** A file stored in a repository, as a record refers to it. Take it from the answer of `uploadBlob`. */
export interface BlobRef {
  /** Tells a reference to a blob from other objects */
  readonly $type: "blob";
  /** What the server knows the blob by */
  readonly ref: CidLink;
  /** As the server detected it: `image/jpeg` */
  readonly mimeType: string;
  /** Bytes */
  readonly size: number;
}

declare const unknownType: unique symbol;

/**
 * The `$type` of a union member that this version of the lexicons does not know. It is a string that equals no known
 * member, so `===` and `switch` narrow open unions and the default arm stays reachable.
 */
export type UnknownType = `${string}.${string}` & { readonly [unknownType]: true };

/** A member of an open union that this version of the lexicons does not know. */
export interface UnknownMember {
  /** What it is, by its lexicon */
  readonly $type: UnknownType;
  readonly [key: string]: unknown;
}
