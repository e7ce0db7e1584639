import { ValidationError } from "../core/errors.ts";
import { parseAtUri } from "../core/syntax.ts";

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
  if (uri?.rkey === undefined) return refuse(collection, `${JSON.stringify(key)} is not the URI of a record`);
  if (uri.collection !== collection) return refuse(collection, `${key} is a record of another kind`);
  if (repo !== undefined && repo !== uri.repo) return refuse(collection, `${key} is not in the repository ${repo}`);
  return { repo: uri.repo, rkey: checked(collection, uri.rkey) };
}

function checked(collection: string, rkey: string): string {
  if (rkeyPattern.test(rkey)) return rkey;
  return refuse(
    collection,
    `${JSON.stringify(rkey)} is not a record key: 1 to 512 of the characters A-Z a-z 0-9 . - _ : ~, but not . or ..`,
  );
}

function refuse(collection: string, message: string): never {
  throw new ValidationError(`${collection}: ${message}. Nothing was sent.`, { issues: [{ path: "key", message }] });
}
