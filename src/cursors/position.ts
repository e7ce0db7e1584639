import { EndlessGuard, itemsOf } from "../core/call/paging.ts";
import type { CallResult } from "../core/pipeline.ts";
import type { ResumableList, ResumeProgress } from "../core/call/resumed-list.ts";
import type { CursorRow } from "../storage/ports/index.ts";
import type { Identified, ItemIds } from "./item-ids.ts";

/** How far a list has been read: the part of a stored cursor that moves with its pages. */
export type Position = Pick<CursorRow, "cursor" | "state" | "lastPageIds" | "knownIds" | "pendingIds">;

/** Where nothing was read yet. */
export const beginning: Position = { cursor: null, state: "open", lastPageIds: [], knownIds: [], pendingIds: [] };

/** A page on its way to the consumer. */
export interface Batch<Output, Item> {
  readonly data: Output;
  /** What of it is new, in the order of delivery */
  readonly items: readonly Identified<Item>[];
  /** Where the list is read to once so many of the items were consumed */
  readonly after: (count: number) => Position;
}

export type Batches<Output, Item> = AsyncGenerator<Batch<Output, Item>, void, undefined>;

/** A page as it came. */
interface Page<Output, Item> {
  readonly data: Output;
  readonly items: readonly Identified<Item>[];
  readonly next: string | undefined;
  /** Why there is no going on, to be raised once the page was delivered */
  readonly error: Error | undefined;
}

/** Reads the pages of a list. */
export class PageReader<Output, Item> {
  readonly #list: ResumableList<Output>;
  readonly #fetch: (cursor: string | undefined) => Promise<CallResult<Output>>;
  readonly #marker: ItemIds<Item>;
  readonly #onProgress: ((progress: ResumeProgress) => void) | undefined;
  #pages = 0;
  #items = 0;
  #newest: number | undefined;

  constructor(
    list: ResumableList<Output>,
    fetch: (cursor: string | undefined) => Promise<CallResult<Output>>,
    marker: ItemIds<Item>,
    onProgress: ((progress: ResumeProgress) => void) | undefined,
  ) {
    this.#list = list;
    this.#fetch = fetch;
    this.#marker = marker;
    this.#onProgress = onProgress;
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

  /** Tells what of a page is new. */
  report(fresh: readonly Identified<Item>[], next: string | undefined): void {
    this.#pages++;
    this.#items += fresh.length;
    for (const { time } of fresh) {
      if (time !== undefined && time > (this.#newest ?? Number.NEGATIVE_INFINITY)) this.#newest = time;
    }
    const newest = this.#newest === undefined ? undefined : new Date(this.#newest);
    this.#onProgress?.({ pages: this.#pages, items: this.#items, cursor: next, newest });
  }
}
