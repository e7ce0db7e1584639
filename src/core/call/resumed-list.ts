import type { CollectOptions } from "./paging.ts";
import type { CallRequest, CallResult } from "../pipeline.ts";

/**
 * How a list grows, and so how it is read again. `forward`: new items come at the end, as in a log; goes on after the last
 * one. `untilKnown`: new items come first; from the top until one that was delivered before. `backfill`: to the end once, and
 * never again.
 */
export type CursorMode = "forward" | "backfill" | "untilKnown";

/** What a walk has done so far, in this run. */
export interface ResumeProgress {
  /** Answers of the server */
  readonly pages: number;
  /** Items that were new */
  readonly items: number;
  /** Cursor of the next page; `undefined` at the end */
  readonly cursor: string | undefined;
  /** Time of the newest item so far, for lists whose items say when they came */
  readonly newest: Date | undefined;
}

/** How a list is read on. Everything has a default. */
export interface ResumeOptions<Item = unknown> {
  /** Default: by endpoint. Needed for endpoints that the lexicons do not know */
  readonly mode?: CursorMode | undefined;
  /**
   * With `untilKnown`, which of the new items comes first. `newest` gives them as pages arrive; `oldest` reads all of them
   * before the first is given. Default `newest`
   */
  readonly order?: "newest" | "oldest" | undefined;
  /** Where the very first run begins: `now` passes over what is there already. Default `beginning` */
  readonly start?: "beginning" | "now" | undefined;
  /**
   * When a page counts as read. `onConsume`: when something after its last item is asked for; a page that was left early comes
   * again. `onReceive`: before its first item is given; what a crash cuts off is not given again. `explicit`: with
   * `page.commit()`. Default `onConsume`; `deliveries()` is always explicit
   */
  readonly commit?: "onConsume" | "onReceive" | "explicit" | undefined;
  /**
   * A name stands for one list: asked for with other parameters it is refused, since two lists under one name would lose items.
   * `any` lets parameters change that only bound the list, as `since` does. Default `same`
   */
  readonly params?: "same" | "any" | undefined;
  /** Pages of one run at most. Default: no limit */
  readonly maxPages?: number | undefined;
  /**
   * Milliseconds to wait while another walk under this name is under way, 0 for none. Default 20,000, which outlasts one whose
   * process was killed
   */
  readonly wait?: number | undefined;
  /** What tells an item from others, for endpoints that the lexicons do not know. Default: its uri, id, did or cid, else all of it */
  readonly identify?: ((item: Item) => string) | undefined;
  /** Is told of every page that arrives. */
  readonly onProgress?: ((progress: ResumeProgress) => void) | undefined;
}

/** A page of which some items were not delivered before. */
export interface ResumedPage<Output, Item> {
  /** As the server sent it */
  readonly data: Output;
  /** Those of its items that are new */
  readonly items: readonly Item[];
  /** Counts the page as read. It is stored once all pages before it are read, too. */
  commit(): Promise<void>;
}

/** An item whose reader says when it is done with it. */
export interface Delivery<Item> {
  /** The item, as the list has it */
  readonly item: Item;
  /** Says so. The page is stored once all of its items and all pages before it are done. */
  ack(): Promise<void>;
  /** Says that it is not done, and will not be in this run: its page, and what follows, comes again in the next one. */
  release(): Promise<void>;
}

/** A walk that has begun. */
export interface ResumedRun<Output, Item> {
  items(): AsyncGenerator<Item, void, undefined>;
  pages(): AsyncGenerator<ResumedPage<Output, Item>, void, undefined>;
  deliveries(): AsyncGenerator<Delivery<Item>, void, undefined>;
  collect(options: CollectOptions | undefined): Promise<Item[]>;
}

/** What is known of a list that is to be read on. */
export interface ResumableList<Output = unknown> {
  readonly nsid: string;
  readonly params: object | undefined;
  /** Output property that holds the items. Absent: the only array of the answer */
  readonly items: string | undefined;
  /** The cursor the caller gave */
  readonly cursor: string | undefined;
  readonly signal: AbortSignal | undefined;
  /** Calls for a page; the log names the key. */
  readonly fetchPage: (cursor: string | undefined, cursorKey: string) => Promise<CallResult<Output>>;
  /** The call for the first page, not sent */
  readonly request: () => CallRequest;
}

/** Begins a walk over a list. */
export type Resume = <Output, Item>(
  list: ResumableList<Output>,
  name: string | undefined,
  options: ResumeOptions<Item>,
) => Promise<ResumedRun<Output, Item>>;

/**
 * A list that is read on where it was left, in this process or another. `for await` gives the new items, `.pages()` the pages
 * that have any, `.deliveries()` items to be acknowledged one by one, `.collect()` an array. Each use is a run of its own.
 *
 * @throws CursorError when another run of the same name is under way, or was
 * @throws ValidationError for options that do not fit the list
 * @throws InvalidResponseError when the server repeats a cursor or never comes to an end, after its items were delivered
 * @throws StorageError when the position cannot be read or stored
 */
export class ResumedList<Output, Item = unknown> implements AsyncIterable<Item> {
  readonly #begin: () => Promise<ResumedRun<Output, Item>>;

  constructor(begin: () => Promise<ResumedRun<Output, Item>>) {
    this.#begin = begin;
  }

  /** The items that are new. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    yield* (await this.#begin()).items();
  }

  /** The pages that have new items. */
  async *pages(): AsyncGenerator<ResumedPage<Output, Item>, void, undefined> {
    yield* (await this.#begin()).pages();
  }

  /** The items that are new, each to be acknowledged or released: for work that goes on beside the loop. */
  async *deliveries(): AsyncGenerator<Delivery<Item>, void, undefined> {
    yield* (await this.#begin()).deliveries();
  }

  /**
   * New items as an array. They count as read when it is there: after a failure on the way all of them come again. What is
   * beyond `limit` comes next time.
   */
  async collect(options?: CollectOptions): Promise<Item[]> {
    return (await this.#begin()).collect(options);
  }
}
