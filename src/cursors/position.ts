import { EndlessGuard, itemsOf } from "../core/paging.ts";
import type { CallResult } from "../core/pipeline.ts";
import type { ResumableList } from "../core/resumed-list.ts";
import type { CursorRow } from "../storage/ports.ts";
import type { Marked, Marker } from "./marks.ts";

/** How far a list has been read: the part of a stored cursor that moves with its pages. */
export type Position = Pick<CursorRow, "cursor" | "state" | "lastPageIds" | "knownIds" | "pendingIds">;

/** Where nothing was read yet. */
export const beginning: Position = { cursor: null, state: "open", lastPageIds: [], knownIds: [], pendingIds: [] };

/** A page on its way to the consumer. */
export interface Batch<Output, Item> {
  readonly data: Output;
  /** What of it is new, in the order of delivery */
  readonly items: readonly Marked<Item>[];
  /** Cursor of the next page */
  readonly next: string | undefined;
  /** Where the list is read to once so many of the items were consumed */
  readonly after: (count: number) => Position;
}

export type Batches<Output, Item> = AsyncGenerator<Batch<Output, Item>, void, undefined>;

/** A page as it came. */
interface Page<Output, Item> {
  readonly data: Output;
  readonly items: readonly Marked<Item>[];
  readonly next: string | undefined;
  /** Why there is no going on, to be raised once the page was delivered */
  readonly error: Error | undefined;
}

/** Reads the pages of a list. */
export class PageReader<Output, Item> {
  readonly #list: ResumableList<Output>;
  readonly #fetch: (cursor: string | undefined) => Promise<CallResult<Output>>;
  readonly #marker: Marker<Item>;

  constructor(
    list: ResumableList<Output>,
    fetch: (cursor: string | undefined) => Promise<CallResult<Output>>,
    marker: Marker<Item>,
  ) {
    this.#list = list;
    this.#fetch = fetch;
    this.#marker = marker;
  }

  /** Of one walk from its start to its end. */
  guard(): EndlessGuard {
    return new EndlessGuard(this.#list.nsid);
  }

  async read(cursor: string | undefined, guard: EndlessGuard): Promise<Page<Output, Item>> {
    const { nsid, items } = this.#list;
    const result = await this.#fetch(cursor);
    const marked = itemsOf<Item>(nsid, items, result.data).map((item) => this.#marker.mark(item));
    const { cursor: next, error } = guard.after(result, cursor);
    return { data: result.data, items: marked, next, error };
  }
}
