import type { Place } from "./keywords.ts";
import { asObject, fail, note, within } from "./keywords.ts";
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
 * Tells from the shape of a query whether it pages: a parameter `cursor`, an output with `cursor`, and one array in it. Of
 * several arrays `items` names the one that is meant; where nobody says, the query is a plain call.
 *
 * @throws LexiconError when the user names an array that is not there
 */
export function pageOf(
  json: JsonObject,
  place: Place,
  references: References,
  items: Readonly<Record<string, string>>,
): Page | undefined {
  const arrays = takesCursor(json, place) ? pageArrays(json, place, references) : [];
  const { nsid } = place;
  const at = within(place, "output", "schema");
  const names = arrays.map((array) => array.items).join(", ");
  if (Object.hasOwn(items, nsid)) {
    return (
      arrays.find((array) => array.items === items[nsid]) ??
      fail(at, `--items says ${items[nsid]}, but the arrays of its pages are ${names === "" ? "none" : names}`)
    );
  }
  if (arrays.length < 2) return arrays[0];
  const known = Object.hasOwn(pageItems, nsid) ? pageItems[nsid] : undefined;
  const found = arrays.find((array) => array.items === known);
  if (found === undefined) {
    note(
      "notice",
      at,
      `pages by cursor and has several arrays (${names}), so it is a plain call; --items ${nsid}=${arrays[0]?.items} makes it a list of that one`,
    );
  }
  return found;
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
  const found = references.follow(schema.ref, within(place, "ref"));
  if (found === undefined) return { schema: {}, place };
  const { target, json } = found;
  return { schema: json, place: { nsid: target.nsid, path: ["defs", target.name] } };
}
