import type { ListFacts } from "./list-order.ts";

/** An item with what is remembered of it. */
export interface Identified<Item> {
  readonly item: Item;
  /** Short hash of what tells it from others */
  readonly id: string;
  /** What it is sorted by: when it came, or its key; compares as text */
  readonly sort: string | undefined;
  /** When it came, milliseconds since 1970, where that can be told */
  readonly time: number | undefined;
  /** It stands at the top whenever it came, and tells nothing of what comes after it */
  readonly pinned: boolean;
}

/** Properties that tell items of unknown endpoints apart, the first that is there */
const USUAL = ["uri", "id", "did", "cid"];
/** Characters of a hash: 60 bits, so that two of a million items are one with a chance of one in two million */
const ID_LENGTH = 10;
const PIN = "app.bsky.feed.defs#reasonPin";

/** A short hash of a text. */
export function hashOf(text: string, length: number): string {
  const crypto = process.getBuiltinModule("node:crypto");
  return crypto.createHash("sha256").update(text).digest("base64url").slice(0, length);
}

/** Marks the items of a list. */
export class ItemIds<Item> {
  readonly #facts: ListFacts | undefined;
  readonly #identify: ((item: Item) => string) | undefined;

  constructor(facts: ListFacts | undefined, identify: ((item: Item) => string) | undefined) {
    this.#facts = facts;
    this.#identify = identify;
  }

  mark(item: Item): Identified<Item> {
    const pinned = at(item, "reason.$type") === PIN;
    const by = pinned ? undefined : this.#sortedBy(item);
    // AT-URIs of one list differ in the key only.
    const isKey = by?.startsWith("at://") === true;
    const parsed = by === undefined || isKey ? Number.NaN : Date.parse(by);
    const time = Number.isNaN(parsed) ? undefined : parsed;
    const sort = isKey ? by.slice(by.lastIndexOf("/") + 1) : time === undefined ? undefined : timeText(time);
    return { item, id: hashOf(this.#identify?.(item) ?? this.#identity(item), ID_LENGTH), sort, time, pinned };
  }

  #identity(item: Item): string {
    const paths = this.#facts?.id ?? [];
    const parts = paths.map((path) => at(item, path) ?? null);
    if (parts.some((part) => part !== null)) return JSON.stringify(parts);
    const usual = this.#facts === undefined ? USUAL.find((name) => typeof at(item, name) === "string") : undefined;
    return JSON.stringify(usual === undefined ? item : at(item, usual)) ?? "";
  }

  #sortedBy(item: Item): string | undefined {
    return (this.#facts?.sort ?? []).map((path) => at(item, path)).find((value) => typeof value === "string");
  }
}

/** Times come with differing digits and zones. Nine digits of base 36 last until the year 5188. */
const timeText = (time: number): string => Math.max(0, Math.trunc(time)).toString(36).padStart(9, "0");

function at(value: unknown, path: string): unknown {
  let found = value;
  for (const name of path.split(".")) {
    if (found === null || typeof found !== "object") return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}

/** The mark as one text, for storage. */
export const markText = ({ id, sort }: Identified<unknown>): string => (sort === undefined ? id : `${id} ${sort}`);

const idOf = (mark: string): string => mark.slice(0, ID_LENGTH);
const sortOf = (mark: string): string | undefined => mark.slice(ID_LENGTH + 1) || undefined;

/** Newest marks that are remembered: enough for many of them to be deleted, or to come to the top again */
const REMEMBERED = 500;

/** Marks, newest first, those of an item twice once, and no more than are remembered. */
export function merged(newer: readonly string[], older: readonly string[]): readonly string[] {
  const byId = new Map<string, string>();
  for (const mark of [...newer, ...older]) {
    if (byId.size === REMEMBERED) break;
    if (!byId.has(idOf(mark))) byId.set(idOf(mark), mark);
  }
  return [...byId.values()];
}

/** Items in a row that must be known: a single one may have come to the top again, as who follows a second time */
const ROW = 3;

/** What was delivered before: where a walk from the top may stop. */
export class KnownGround {
  readonly #ids: ReadonlySet<string>;
  readonly #lowest: string | undefined;
  readonly #needed: number;
  #inRow = 0;

  constructor(marks: readonly string[]) {
    this.#ids = new Set(marks.map(idOf));
    const sorts = marks.flatMap((mark) => sortOf(mark) ?? []);
    // Where all that is remembered was deleted, what came before it still tells that it is past.
    this.#lowest = sorts.toSorted()[0];
    this.#needed = Math.min(ROW, this.#ids.size);
  }

  has({ id, sort, pinned }: Identified<unknown>): boolean {
    if (this.#ids.has(id)) return true;
    return !pinned && sort !== undefined && this.#lowest !== undefined && sort < this.#lowest;
  }

  /** Whether the walk has come to what was delivered before, with the items of one more page. */
  isReached(items: readonly Identified<unknown>[]): boolean {
    for (const item of items) {
      if (item.pinned) continue;
      this.#inRow = this.has(item) ? this.#inRow + 1 : 0;
      if (this.#needed > 0 && this.#inRow >= this.#needed) return true;
    }
    return false;
  }
}
