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
 * @throws LexiconError when several arrays could hold the items and `overrides.ts` does not say which one does, or when it
 * says so needlessly
 */
export function pageOf(json: JsonObject, place: Place, references: References): Page | undefined {
  const arrays = takesCursor(json, place) ? pageArrays(json, place, references) : [];
  const override = pageItems[place.nsid];
  if (override !== undefined && arrays.length < 2) {
    fail(place, "has not several arrays in its output any more: take its entry out of codegen/overrides.ts");
  }
  if (arrays.length < 2) return arrays[0];
  const names = arrays.map(({ items }) => items).join(", ");
  return (
    arrays.find(({ items }) => items === override) ??
    fail(
      within(place, "output", "schema"),
      `pages by cursor and has several arrays (${names}): say in codegen/overrides.ts which one holds the items`,
    )
  );
}

function takesCursor(json: JsonObject, place: Place): boolean {
  const at = within(place, "parameters");
  const params = asObject(json.parameters ?? {}, at);
  return Object.hasOwn(asObject(params.properties ?? {}, within(at, "properties")), "cursor");
}

/** A schema and where it stands. */
interface Found {
  readonly schema: JsonObject;
  readonly place: Place;
}

/** Every array in the output of a query that gives a cursor, as the page it could be. */
function pageArrays(json: JsonObject, place: Place, references: References): Page[] {
  const output = asObject(json.output ?? {}, within(place, "output"));
  const at = within(place, "output", "schema");
  const found = follow({ schema: asObject(output.schema ?? {}, at), place: at }, references);
  const properties = asObject(found.schema.properties ?? {}, within(found.place, "properties"));
  if (!Object.hasOwn(properties, "cursor")) return [];
  return Object.keys(properties).flatMap((items) => {
    const here = within(found.place, "properties", items);
    const property = follow({ schema: asObject(properties[items], here), place: here }, references);
    if (property.schema.type !== "array") return [];
    const itemsAt = within(property.place, "items");
    return { items, itemSchema: asObject(property.schema.items, itemsAt), place: itemsAt };
  });
}

/** The definition behind a reference; what is none is itself. */
function follow({ schema, place }: Found, references: References): Found {
  if (schema.type !== "ref") return { schema, place };
  const target = references.parse(schema.ref, within(place, "ref"));
  const definition = references.definition(target, within(place, "ref"));
  return { schema: definition, place: { nsid: target.nsid, path: ["defs", target.name] } };
}
