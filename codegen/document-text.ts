import type { Json, JsonObject } from "./model.ts";

/** What is there for readers, and what types have taken up already. */
const prose = new Set(["description", "errors", "knownValues"]);

/** Keywords whose members are names, which may read like keywords. */
const namings = new Set(["defs", "properties"]);

/** A document as JSON in one line, with what values are checked by and nothing else. */
export const documentText = (document: JsonObject): string => JSON.stringify(withoutProse(document, false));

function withoutProse(value: Json, naming: boolean): Json {
  if (Array.isArray(value)) return value.map((item: Json) => withoutProse(item, false));
  if (value === null || typeof value !== "object") return value;
  const kept: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value as JsonObject)) {
    if (naming || !prose.has(key)) kept[key] = withoutProse(member, !naming && namings.has(key));
  }
  return kept;
}
