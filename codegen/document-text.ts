import type { Json, JsonObject, LexiconDocument } from "./model.ts";
import type { References } from "./references.ts";
import { parseReference } from "./references.ts";

/** What is there for readers, and what types have taken up already. */
const prose = new Set(["description", "errors", "knownValues"]);

/** Keywords whose members are names, which may read like keywords. */
const namings = new Set(["defs", "properties"]);

/**
 * A document as JSON in one line, with what values are checked by and nothing else. A reference to what is not there becomes one
 * within the document that leads nowhere: values are not checked there, and nothing is loaded for them in vain.
 */
export function documentText({ nsid, json }: LexiconDocument, references: References): string {
  let nowhere = "?";
  while (Object.hasOwn(json.defs as JsonObject, nowhere)) nowhere += "?";
  const link = (ref: Json): Json =>
    typeof ref === "string" && references.has(parseReference(ref, nsid)) ? ref : `#${nowhere}`;
  return JSON.stringify(withoutProse(json, false, link));
}

function withoutProse(value: Json, naming: boolean, link: (ref: Json) => Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => withoutProse(item, false, link));
  if (value === null || typeof value !== "object") return value;
  const schema = value as JsonObject;
  // Without a prototype, so that `__proto__` is a name like any other.
  const kept = Object.create(null) as Record<string, Json>;
  for (const key in schema) {
    const member = schema[key] as Json;
    if (naming) kept[key] = withoutProse(member, false, link);
    else if (key === "ref" && schema.type === "ref") kept[key] = link(member);
    else if (key === "refs" && schema.type === "union" && Array.isArray(member)) kept[key] = member.map(link);
    else if (!prose.has(key)) kept[key] = withoutProse(member, namings.has(key), link);
  }
  return kept;
}
