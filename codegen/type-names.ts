import type { JsonObject } from "./model.ts";
import { declarationName } from "./names.ts";

/** The types that codegen itself declares for the parts of a definition, by the name of each. */
export interface PartTypes {
  /** Name of the type, and the definition of the same document that it is no more than a reference to */
  readonly [name: string]: string | undefined;
}

/**
 * Names of the types of a document's definitions. Parts of an endpoint have theirs by their role, then comes the main
 * definition, then the others in their order: whatever would get a name that is taken gets a number.
 */
export function typeNames(defs: JsonObject, parts: PartTypes): ReadonlyMap<string, string> {
  const taken = new Set(
    Object.entries(parts).flatMap(([name, definition]) =>
      definition !== undefined && declarationName(definition) === name ? [] : name,
    ),
  );
  const names = new Map<string, string>();
  for (const definition of sortedNames(defs)) {
    const wanted = declarationName(definition);
    let name = wanted;
    for (let number = 2; taken.has(name); number++) name = `${wanted}_${number}`;
    taken.add(name);
    names.set(definition, name);
  }
  return names;
}

/** Names of definitions in the order in which they are generated: `main` first, the others by code unit. */
export const sortedNames = (defs: JsonObject): readonly string[] =>
  Object.keys(defs).toSorted((a, b) => (a === "main" ? -1 : b === "main" ? 1 : a < b ? -1 : 1));
