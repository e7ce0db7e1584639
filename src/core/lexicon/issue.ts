/**
 * What a value breaks: a keyword of the lexicon language (https://atproto.com/specs/lexicon), or one of these. `$type`: a record of
 * another kind than its collection, or an object that does not say which member of a union it is. `key`: a record key that is
 * not of the collection's kind. `data-model`: a number that is no whole one, which atproto does not have. `facet`: a
 * facet that does not fit its text. `other`: what `@atproto/lexicon` refuses for a reason of its own.
 */
export type Rule =
  | "type"
  | "required"
  | "const"
  | "enum"
  | "minLength"
  | "maxLength"
  | "minGraphemes"
  | "maxGraphemes"
  | "minimum"
  | "maximum"
  | "format"
  | "closed"
  | "accept"
  | "maxSize"
  | "$type"
  | "key"
  | "data-model"
  | "facet"
  | "other";

/** One thing wrong with a value. `path` and `message` together are a sentence. */
export interface Issue {
  /** Where in the value: `params.limit`, `input.record.facets[0].index` */
  readonly path: string;
  /** `has 301 graphemes, 300 are allowed` */
  readonly message: string;
  /** Present when a lexicon, not the form of what was given, is the reason */
  readonly rule?: Rule | undefined;
  /** Size of the value, where the rule limits sizes: graphemes, bytes, items, or the number itself */
  readonly actual?: number | undefined;
  /** What the rule allows */
  readonly limit?: number | undefined;
}
