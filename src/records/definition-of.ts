import type { CollectionLike } from "../core/collection.ts";
import type { Definition, RecordDefinition } from "../core/definition.ts";
import { ValidationError } from "../core/errors.ts";
import { parseNsid } from "../core/syntax.ts";

/** Finds a definition of the lexicons by its NSID. */
export type FindDefinition = (nsid: string) => Definition | undefined;

/**
 * The definition behind whatever names a kind of record. Of a kind the lexicons do not have nothing is known: its keys may be
 * anything, and only `$type` is filled in.
 *
 * @throws ValidationError for names that are none, or name an endpoint
 */
export function definitionOf<Value, Input>(
  collection: CollectionLike<Value, Input>,
  find: FindDefinition,
): RecordDefinition<Value, Input> {
  if (typeof collection !== "string") return "definition" in collection ? collection.definition : collection;
  const known = find(collection);
  if (known !== undefined && known.kind !== "record") return refuse(collection, `is a ${known.kind}, not a record`);
  if (known === undefined && parseNsid(collection) !== collection) {
    return refuse(JSON.stringify(collection), "is not the name of a collection. Names look like app.bsky.feed.like");
  }
  return (known ?? { kind: "record", nsid: collection, key: "any" }) as RecordDefinition<Value, Input>;
}

function refuse(collection: string, message: string): never {
  throw new ValidationError(`${collection} ${message}. Nothing was sent.`, {
    issues: [{ path: "collection", message }],
  });
}
