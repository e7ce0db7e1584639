import { ValidationError } from "../../core/errors/index.ts";
import { storable } from "./text.ts";

/** How names are compared and how long they may be, the same in every backend. */

/** Bytes in UTF-8. PostgreSQL keeps no more than 2,704 bytes of all columns of an index together. */
const LONGEST_NAME = 1000;
/** Of DIDs, origins and endpoints, which share an index with another name. */
export const LONGEST_PART = 500;
/** Names of locks are made of other names. */
const LONGEST_LOCK = 2000;

/**
 * A name as it is stored.
 *
 * @throws ValidationError if it is too long for an index
 */
export function storableName(what: string, name: string, longest = LONGEST_NAME): string {
  const kept = storable(name);
  // A character has three bytes at most.
  const bytes = kept.length * 3 <= longest ? 0 : Buffer.byteLength(kept);
  if (bytes <= longest) return kept;
  const message = `has ${bytes} bytes, and ${longest} are the most that databases can look up`;
  throw new ValidationError(`The ${what} ${JSON.stringify(kept.slice(0, 40))}… ${message}. Nothing was written.`, {
    issues: [{ path: what, message }],
  });
}

/** The same for the name of a lock. */
export const storableLockName = (name: string): string => storableName("name of the lock", name, LONGEST_LOCK);

/** `app.bsky.feed.getTimeline` and `xrpc/app.bsky.feed.getTimeline` -> the latter, as the log writes it. */
export function endpointName(endpoint: string): string {
  return endpoint.startsWith("xrpc/") ? endpoint : `xrpc/${endpoint}`;
}

/** The name to keep for finding a session: an e-mail address is in no other column, so nothing but another replaces it. */
export function keptIdentifier(stored: string | null, next: string): string {
  return stored !== null && stored.includes("@") && !next.includes("@") ? stored : next;
}
