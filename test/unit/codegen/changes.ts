import type { Change } from "../../../codegen/change.ts";
import { compareVersions } from "../../../codegen/changelog.ts";
import { manifestOf } from "../../../codegen/manifest.ts";
import type { JsonObject } from "../../../codegen/model.ts";
import { documentOf, lexicon } from "./generate.ts";

/** Schemas and documents to compare, written short. */
export const pinned = { name: "@atproto/api", version: "1.0.0" };
export const nsid = "com.example.it";

/** Changes from some documents to others, as `sign pointer effect`. */
export function compare(before: readonly JsonObject[], after: readonly JsonObject[]): readonly Change[] {
  const old = before.map(documentOf);
  return compareVersions(manifestOf(old, pinned), old, after.map(documentOf));
}

export const line = ({ kind, pointer, effect }: Change): string => `${kind} ${pointer} ${effect}`;

export const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  type: "object",
  properties,
  ...more,
});
export const json = (schema: JsonObject): JsonObject => ({ encoding: "application/json", schema });
export const union = (refs: readonly string[], closed = false): JsonObject => ({ type: "union", refs, closed });
export const main = (definition: JsonObject): JsonObject =>
  lexicon(nsid, { main: definition, a: object({}), b: object({}) });

export const string = (more: JsonObject = {}): JsonObject => ({ type: "string", ...more });
export const integer = (more: JsonObject = {}): JsonObject => ({ type: "integer", ...more });
