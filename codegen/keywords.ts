import type { Json, JsonObject } from "./model.ts";
import { LexiconError } from "./errors.ts";

/**
 * The keywords of the lexicon language, per type: https://atproto.com/specs/lexicon. A keyword that is not listed is an error,
 * because passing over it would make types that say less than the document.
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
}

export const within = (place: Place, ...path: Path): Place => ({ nsid: place.nsid, path: [...place.path, ...path] });

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

/** Refuses keywords outside the list. Vendors' own, which start with `$`, are none of codegen's business. */
export function checkKeywords(json: JsonObject, allowed: readonly string[], place: Place): void {
  const unknown = Object.keys(json).find((key) => !allowed.includes(key) && !key.startsWith("$"));
  if (unknown !== undefined) fail(within(place, unknown), `unknown keyword; here may stand ${allowed.join(", ")}`);
}

/** Reads the type of a schema and refuses keywords that it does not have. */
export function typeOf(json: JsonObject, place: Place): string {
  const type = json.type;
  const allowed = typeof type === "string" && Object.hasOwn(keywords, type) ? keywords[type] : undefined;
  if (typeof type !== "string" || allowed === undefined) {
    return fail(
      within(place, "type"),
      `unknown type ${JSON.stringify(type)}; there are ${Object.keys(keywords).join(", ")}`,
    );
  }
  checkKeywords(json, ["type", "description", ...allowed], place);
  return type;
}
