import type { Json, JsonObject } from "./model.ts";
import { LexiconError } from "./errors.ts";
import type { Notes } from "./notes.ts";

/**
 * The keywords of the lexicon language, per type: https://atproto.com/specs/lexicon. A keyword that is not listed is passed over,
 * as the official tools do, and noted.
 */
const keywords: Readonly<Record<string, readonly string[]>> = {
  boolean: ["default", "const"],
  integer: ["default", "const", "enum", "minimum", "maximum"],
  string: [
    "format",
    "default",
    "const",
    "enum",
    "knownValues",
    "minLength",
    "maxLength",
    "minGraphemes",
    "maxGraphemes",
  ],
  bytes: ["minLength", "maxLength"],
  "cid-link": [],
  blob: ["accept", "maxSize"],
  unknown: [],
  token: [],
  array: ["items", "minLength", "maxLength"],
  object: ["properties", "required", "nullable"],
  params: ["properties", "required"],
  ref: ["ref"],
  union: ["refs", "closed"],
  record: ["key", "record"],
  query: ["parameters", "output", "errors"],
  procedure: ["parameters", "input", "output", "errors"],
  subscription: ["parameters", "message", "errors"],
  "permission-set": ["title", "title:lang", "detail", "detail:lang", "permissions"],
};

export const documentKeywords: readonly string[] = ["$type", "lexicon", "id", "revision", "description", "defs"];
export const bodyKeywords: readonly string[] = ["encoding", "schema", "description"];
export const errorKeywords: readonly string[] = ["name", "description"];

/** Whether the runtime parses a body of the encoding; of every other it hands the bytes over, whatever the schema says. */
export const isJson = (encoding: string): boolean => /^application\/(?:[^;]+\+)?json\b/i.test(encoding);

export type Path = readonly (string | number)[];

/** Where codegen stands in a document. */
export interface Place {
  readonly nsid: string;
  readonly path: Path;
  /** Takes down what is passed over. Absent where codegen only looks something up in another document */
  readonly notes?: Notes | undefined;
}

export const within = ({ nsid, path, notes }: Place, ...more: Path): Place => ({
  nsid,
  path: [...path, ...more],
  notes,
});

/** Notes something that does not keep code from being made. */
export const note = (kind: "gap" | "notice", { path, notes }: Place, message: string): void =>
  notes?.add(kind, path, message);

export function fail(place: Place, message: string): never {
  throw new LexiconError(place.nsid, place.path, message);
}

export function asObject(value: Json | undefined, place: Place): JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value)
    ? (value as JsonObject)
    : fail(place, "must be an object");
}

export function asStrings(value: Json | undefined, place: Place): readonly string[] {
  if (value === undefined) return [];
  return Array.isArray(value) && value.every((one) => typeof one === "string")
    ? value
    : fail(place, "must be an array of strings");
}

export const asText = (value: Json | undefined): string | undefined => (typeof value === "string" ? value : undefined);

/** Notes keywords outside the list. Vendors' own, which start with `$`, are none of codegen's business. */
export function checkKeywords(json: JsonObject, allowed: readonly string[], place: Place): void {
  for (const key in json) {
    if (!allowed.includes(key) && !key.startsWith("$"))
      note("notice", within(place, key), "is no keyword of the language here, and was ignored");
  }
}

const common: readonly string[] = ["type", "description"];

/** The keywords that a schema of a type may have. */
export const keywordsOf = (type: string): readonly string[] =>
  Object.hasOwn(keywords, type) ? [...common, ...(keywords[type] ?? [])] : common;

/** Reads the type of a schema and notes keywords that it does not have. */
export function typeOf(json: JsonObject, place: Place): string {
  const { type } = json;
  if (typeof type !== "string" || !Object.hasOwn(keywords, type)) {
    return fail(
      within(place, "type"),
      `unknown type ${JSON.stringify(type)}; there are ${Object.keys(keywords).join(", ")}`,
    );
  }
  checkKeywords(json, keywordsOf(type), place);
  return type;
}
