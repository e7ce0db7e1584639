import type { Place } from "./keywords.ts";
import { asObject, asStrings, fail, within } from "./keywords.ts";
import type { BlobSlotModel, Json, JsonObject } from "./model.ts";

/**
 * The places of a definition that hold blobs and say which. Each is named by its path: the document, `#` and the definition
 * unless that is the main one, and the properties down to it; whether one blob or a list of them lies there makes no difference.
 */
export function blobSlotsOf(name: string, definition: JsonObject, place: Place): readonly BlobSlotModel[] {
  const slots: BlobSlotModel[] = [];
  collect(definition, name === "main" ? place.nsid : `${place.nsid}#${name}`, place, slots);
  return slots;
}

/** Keywords that lead to a schema without adding to the path. */
const transparent = ["record", "items", "input", "output", "message", "schema"];

function collect(value: Json | undefined, path: string, place: Place, slots: BlobSlotModel[]): void {
  if (value === undefined) return;
  const json = asObject(value, place);
  if (json.type === "blob") {
    const { maxSize } = json;
    if (maxSize !== undefined && typeof maxSize !== "number") fail(within(place, "maxSize"), "must be a number");
    const accept = json.accept === undefined ? undefined : asStrings(json.accept, within(place, "accept"));
    if (accept !== undefined || maxSize !== undefined) slots.push({ path, accept, maxSize });
    return;
  }
  for (const keyword of transparent) collect(json[keyword], path, within(place, keyword), slots);
  if (json.properties === undefined) return;
  const properties = within(place, "properties");
  for (const [name, property] of Object.entries(asObject(json.properties, properties))) {
    collect(property, `${path}.${name}`, within(properties, name), slots);
  }
}
