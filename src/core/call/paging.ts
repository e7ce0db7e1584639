import { InvalidResponseError, ValidationError } from "../errors/index.ts";
import type { CallResult } from "../pipeline.ts";

/**
 * Stands before the first entry of a log: `chat.bsky.convo.getLog` without a cursor begins with now. It is the lowest
 * TID: https://atproto.com/specs/tid
 */
export const ZERO_CURSOR = "2222222222222";

/** Pages without any item in a row, after which a walk is given up */
const MAX_EMPTY_PAGES = 500;

/** How much of a list is collected. */
export interface CollectOptions {
  /** Items at most. Default: no limit */
  readonly limit?: number | undefined;
  /** Pages at most; what follows them is left out. Default: no limit */
  readonly maxPages?: number | undefined;
}

/** The cursor of the next page, if the answer has one; an empty one is none. */
export function cursorOf(page: unknown): string | undefined {
  const cursor = page !== null && typeof page === "object" && "cursor" in page ? page.cursor : undefined;
  return typeof cursor === "string" && cursor !== "" ? cursor : undefined;
}

/**
 * The items of a page.
 *
 * @param items output property that holds them. Absent: the only array of the answer
 * @throws ValidationError when there is not one such array
 */
export function itemsOf<Item>(nsid: string, items: string | undefined, page: unknown): readonly Item[] {
  const values: Record<string, unknown> = { ...(page as object) };
  const arrays = items === undefined ? Object.keys(values).filter((key) => Array.isArray(values[key])) : [items];
  if (arrays.length !== 1) {
    throw new ValidationError(
      `${nsid} returned ${arrays.length === 0 ? "no array" : `several arrays (${arrays.join(", ")})`}. ` +
        "Name the one that holds the items in the call's options, { items: … }, or use .pages().",
      { nsid, issues: [{ path: "options.items", message: "is needed for this endpoint" }] },
    );
  }
  const name = arrays[0] as string;
  const found = values[name] ?? undefined;
  if (Array.isArray(found)) return found as readonly Item[];
  const others = Object.keys(values).filter((key) => Array.isArray(values[key]));
  // Some servers leave a list out that is empty; one that stands under another name was misnamed.
  if (found === undefined && others.length === 0) return [];
  throw new ValidationError(
    `${nsid} returned ${found === undefined ? "nothing" : "something other than an array"} under ${JSON.stringify(name)}, where its items should be${others.length > 0 ? `; its arrays are: ${others.join(", ")}` : ""}. ` +
      "Name the one that holds the items in the call's options, { items: … }, or use .pages().",
    { nsid, issues: [{ path: "options.items", message: "does not name an array of the response" }] },
  );
}

/** @throws ValidationError unless the value is a whole number above 0, or `Infinity` */
export function checkCount(nsid: string, name: string, value: number): void {
  if (value === Infinity || (Number.isInteger(value) && value > 0)) return;
  throw new ValidationError(`${nsid}: ${name} is ${value}, and must be a whole number above 0. Nothing was sent.`, {
    nsid,
    issues: [{ path: name, message: "must be a whole number above 0" }],
  });
}

/** What follows a page: another one, nothing, or a reason to give up, to be raised once the page was delivered. */
export interface Onward {
  readonly cursor?: string;
  readonly error?: InvalidResponseError;
}

/** Sees to it that a walk has an end, whatever the server says: https://atproto.com/specs/xrpc#cursors-and-pagination */
export class EndlessGuard {
  readonly #nsid: string;
  readonly #seen = new Set<string>();
  #empty = 0;

  constructor(nsid: string) {
    this.#nsid = nsid;
  }

  after({ data, http }: CallResult, sent: string | undefined): Onward {
    const nsid = this.#nsid;
    if (sent !== undefined) this.#seen.add(sent);
    const cursor = cursorOf(data);
    if (cursor === undefined) return {};
    const isEmpty = !Object.values(data as object).some((value) => Array.isArray(value) && value.length > 0);
    // A log that has nothing more to say repeats what it was asked with.
    if (isEmpty && cursor === sent) return {};
    if (this.#seen.has(cursor)) {
      const message = `${nsid} returned the cursor ${JSON.stringify(cursor)} a second time. The walk was stopped, because it would never end.`;
      const issues = [{ path: "cursor", message: "was returned before" }];
      return { error: new InvalidResponseError(message, { nsid, http, issues }) };
    }
    this.#empty = isEmpty ? this.#empty + 1 : 0;
    if (this.#empty >= MAX_EMPTY_PAGES) {
      const message = `${nsid} returned ${MAX_EMPTY_PAGES} pages in a row without an item, each with a new cursor. The walk was stopped, because it may never end.`;
      const issues = [{ path: "cursor", message: "leads from one empty page to the next" }];
      return { cursor, error: new InvalidResponseError(message, { nsid, http, issues }) };
    }
    return { cursor };
  }
}
