import type { Clock } from "../core/clock.ts";
import type { CollectionLike } from "../core/lexicon/record-calls.ts";
import type { Definition, RecordDefinition } from "../core/lexicon/definition.ts";
import { ValidationError } from "../core/errors/index.ts";
import { parseAtUri, parseNsid } from "../core/identifiers.ts";

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
  if (known !== undefined && known.kind !== "record")
    return refuse(collection, "collection", `it is a ${known.kind}, not a record`);
  if (known === undefined && parseNsid(collection) !== collection) {
    return refuse(
      JSON.stringify(collection),
      "collection",
      "not the name of a collection. Names look like app.bsky.feed.like",
    );
  }
  return (known ?? { kind: "record", nsid: collection, key: "any" }) as RecordDefinition<Value, Input>;
}

/** Where a record is. Without `repo` it is in the repository of the client's account. */
export interface Address {
  readonly repo: string | undefined;
  readonly rkey: string;
}

// https://atproto.com/specs/record-key#record-key-syntax
const rkeyPattern = /^(?!\.\.?$)[A-Za-z0-9_~.:-]{1,512}$/;

/**
 * Reads a record's key, or the at:// URI it is the end of.
 *
 * @throws ValidationError for what is neither, and for the URI of a record of another kind or in another repository
 */
export function addressOf(collection: string, key: string, repo?: string): Address {
  if (!key.startsWith("at://")) return { repo, rkey: checked(collection, key) };
  const uri = parseAtUri(key);
  if (uri?.rkey === undefined) return refuse(collection, "key", `${JSON.stringify(key)} is not the URI of a record`);
  if (uri.collection !== collection) return refuse(collection, "key", `${key} is a record of another kind`);
  if (repo !== undefined && repo !== uri.repo)
    return refuse(collection, "key", `${key} is not in the repository ${repo}`);
  return { repo: uri.repo, rkey: checked(collection, uri.rkey) };
}

function checked(collection: string, rkey: string): string {
  if (rkeyPattern.test(rkey)) return rkey;
  return refuse(
    collection,
    "key",
    `${JSON.stringify(rkey)} is not a record key: 1 to 512 of the characters A-Z a-z 0-9 . - _ : ~, but not . or ..`,
  );
}

/**
 * The key of a new record where its kind says it; `undefined` where any will do.
 *
 * @throws ValidationError for kinds whose keys only the caller can know
 */
export function keyOf({ nsid, key }: RecordDefinition): string | undefined {
  if (key.startsWith("literal:")) return key.slice("literal:".length);
  if (key !== "nsid") return undefined;
  return refuse(nsid, "options.rkey", "its keys are NSIDs, which nobody can make up: give one, { rkey }");
}

/**
 * A record as it is written: with its `$type`, and with `createdAt` where the lexicon asks for it. What was given is not
 * changed.
 *
 * @throws ValidationError for what is no object, or says that it is a record of another kind
 */
export function recordOf({ nsid, dated }: RecordDefinition, value: object, clock: Clock): object {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    return refuse(nsid, "record", "a record must be an object");
  }
  const { $type, createdAt } = value as { readonly $type?: unknown; readonly createdAt?: unknown };
  if ($type !== undefined && $type !== nsid) {
    return refuse(nsid, "record.$type", `the value says that it is a record of another kind, ${JSON.stringify($type)}`);
  }
  const date = dated === true && createdAt === undefined ? new Date(clock.now()).toISOString() : undefined;
  return { ...value, $type: nsid, ...(date !== undefined && { createdAt: date }) };
}

function refuse(collection: string, path: string, message: string): never {
  throw new ValidationError(`${collection}: ${message}. Nothing was sent.`, { issues: [{ path, message }] });
}
