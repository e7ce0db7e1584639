import type { JsonObject } from "../../../codegen/model.ts";
import { documentOf, generateAll } from "./generate.ts";
import { typeErrors, writeFiles } from "./workspace.ts";

/** Schemas, written short. */
export const string: JsonObject = { type: "string" };
export const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  type: "object",
  properties,
  ...more,
});
export const array = (items: JsonObject): JsonObject => ({ type: "array", items });
export const ref = (to: string): JsonObject => ({ type: "ref", ref: to });
export const json = (schema: JsonObject): JsonObject => ({ encoding: "application/json", schema });
export const params = (properties: JsonObject, required: readonly string[] = []): JsonObject => ({
  type: "params",
  properties,
  required,
});
export const query = (more: JsonObject): JsonObject => ({ type: "query", ...more });

export const generated = async (...documents: readonly JsonObject[]): ReturnType<typeof generateAll> =>
  generateAll(documents.map(documentOf));

/** What the compiler says of generated files, and of a program that uses them. */
export async function compile(folder: string, files: ReadonlyMap<string, string>, program = ""): Promise<string> {
  writeFiles(folder, [...files, ["program.ts", `${program}\nexport {};\n`]]);
  return typeErrors(folder, { noUnusedLocals: false });
}
