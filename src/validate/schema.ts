/** As much of the lexicon language as values are checked by: https://atproto.com/specs/lexicon */
export interface Schema {
  readonly type: string;
  readonly ref?: string;
  readonly refs?: readonly string[];
  readonly closed?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly nullable?: readonly string[];
  readonly items?: Schema;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minGraphemes?: number;
  readonly maxGraphemes?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly accept?: readonly string[];
  readonly maxSize?: number;
  /** Of a record */
  readonly record?: Schema;
  readonly key?: string;
  /** Of an endpoint */
  readonly parameters?: Schema;
  readonly input?: Body;
  readonly output?: Body;
}

interface Body {
  readonly encoding: string;
  readonly schema?: Schema;
}

/** Properties that hold facets, and those beside them that hold their text */
const annotated = [
  ["facets", "text"],
  ["descriptionFacets", "description"],
] as const;

/** Which properties of an object hold facets, and which their text. */
export const annotatedTexts = (properties: Readonly<Record<string, Schema>>): (typeof annotated)[number][] =>
  annotated.filter(([facets]) => properties[facets]?.items?.ref === "lex:app.bsky.richtext.facet");

/** What of a definition a value is checked by. */
export type Part = "parameters" | "input" | "output" | "record";

export function schemaOf(definition: Schema | undefined, part: Part): Schema | undefined {
  if (part === "parameters" || part === "record") return definition?.[part];
  return definition?.[part]?.schema;
}

/** What `$type` says of a value that a reference describes: the NSID, and `#name` unless it is the main definition. */
export const typeOfRef = (ref: string): string => ref.replace(/^lex:/, "").replace(/#main$/, "");

/** Whether values of a definition may say what they are. */
export const isTyped = ({ type }: Schema): boolean => type === "object" || type === "record";
