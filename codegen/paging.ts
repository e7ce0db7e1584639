import type { Place } from "./keywords.ts";
import { asObject, fail, within } from "./keywords.ts";
import type { JsonObject } from "./model.ts";
import { pageItems } from "./overrides.ts";
import type { References } from "./references.ts";

/** How a query pages. */
export interface Page {
  /** Output property that holds the items */
  readonly items: string;
  readonly itemSchema: JsonObject;
  readonly place: Place;
}

/**
 * Tells from the shape of a query whether it pages: a parameter `cursor`, an output with `cursor`, and one array in it.
 *
 * @throws LexiconError when several arrays could hold the items and `overrides.ts` does not say which one does
 */
export function pageOf(json: JsonObject, place: Place, references: References): Page | undefined {
  const params = asObject(json.parameters ?? {}, within(place, "parameters"));
  if (!Object.hasOwn(asObject(params.properties ?? {}, within(place, "parameters", "properties")), "cursor"))
    return undefined;
  const found = outputSchema(json, place, references);
  if (found === undefined) return undefined;
  const properties = asObject(found.schema.properties ?? {}, within(found.place, "properties"));
  if (!Object.hasOwn(properties, "cursor")) return undefined;

  const arrays = Object.keys(properties).filter(
    (name) => asObject(properties[name], within(found.place, "properties", name)).type === "array",
  );
  const override = pageItems[place.nsid];
  if (override !== undefined && arrays.length === 1) {
    fail(place, "has only one array in its output now: take the entry out of codegen/overrides.ts");
  }
  if (arrays.length === 0) return undefined;
  const items = arrays.length === 1 ? arrays[0] : override;
  if (items === undefined || !arrays.includes(items)) {
    return fail(
      within(found.place, "properties"),
      `pages by cursor and has several arrays (${arrays.join(", ")}): say in codegen/overrides.ts which one holds the items`,
    );
  }
  const at = within(found.place, "properties", items, "items");
  return { items, itemSchema: asObject(asObject(properties[items], at).items, at), place: at };
}

function outputSchema(
  json: JsonObject,
  place: Place,
  references: References,
): { schema: JsonObject; place: Place } | undefined {
  const output = asObject(json.output ?? {}, within(place, "output"));
  const at = within(place, "output", "schema");
  const schema = asObject(output.schema ?? {}, at);
  if (schema.type === "object") return { schema, place: at };
  if (schema.type !== "ref") return undefined;
  const target = references.parse(schema.ref, within(at, "ref"));
  const definition = references.definition(target, within(at, "ref"));
  return definition.type === "object"
    ? { schema: definition, place: { nsid: target.nsid, path: ["defs", target.name] } }
    : undefined;
}
