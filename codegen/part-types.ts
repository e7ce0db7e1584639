import type { Place } from "./keywords.ts";
import { asObject } from "./keywords.ts";
import type { Json, JsonObject, LexiconDocument } from "./model.ts";
import { pageOf } from "./paging.ts";
import type { References } from "./references.ts";
import { parseReference } from "./references.ts";
import type { PartTypes } from "./type-names.ts";

/** The types that a document has for the parts of its endpoint or record, beside those of its definitions. */
export function partTypes(
  { nsid, json }: LexiconDocument,
  references: References,
  items: Readonly<Record<string, string>>,
): PartTypes {
  const main = (json.defs as Readonly<Record<string, JsonObject>>).main ?? {};
  const place: Place = { nsid, path: ["defs", "main"] };
  const isOfItself = (schema: Json | undefined, of: string): string | undefined => {
    const { type, ref } = memberOf(schema);
    const target = type === "ref" && typeof ref === "string" ? parseReference(ref, of) : undefined;
    return target?.nsid === nsid ? target.name : undefined;
  };
  const body = (name: string, part: Json | undefined): PartTypes => {
    const { schema } = memberOf(part);
    return schema === undefined ? {} : { [name]: isOfItself(schema, nsid) };
  };
  const params: PartTypes =
    Object.keys(memberOf(memberOf(main.parameters).properties)).length > 0 ? { Params: undefined } : {};
  const errors: PartTypes = Array.isArray(main.errors) && main.errors.length > 0 ? { ErrorName: undefined } : {};
  switch (main.type) {
    case "record":
      return { Input: undefined };
    case "procedure":
      return { ...params, ...errors, ...body("Input", main.input), ...body("Output", main.output) };
    case "subscription":
      return { ...params, ...errors, ...body("Message", main.message) };
    case "query": {
      const page = pageOf(asObject(main, place), place, references, items);
      const item: PartTypes = page === undefined ? {} : { Item: isOfItself(page.itemSchema, page.place.nsid) };
      return { ...params, ...errors, ...body("Output", main.output), ...item };
    }
    default:
      return {};
  }
}

const memberOf = (value: Json | undefined): JsonObject =>
  value !== null && typeof value === "object" && !Array.isArray(value) ? (value as JsonObject) : {};
