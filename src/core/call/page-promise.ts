import { CallPromise } from "./call-promise.ts";
import type { CollectOptions } from "./paging.ts";
import { checkCount, EndlessGuard, itemsOf } from "./paging.ts";
import type { CallResult } from "../pipeline.ts";
import type { ResumedRun, ResumeOptions } from "./resumed-list.ts";
import { ResumedList } from "./resumed-list.ts";

/** How a list is walked. */
export interface Paging<Output> {
  readonly nsid: string;
  /** Calls for the page at a cursor; `undefined` asks for the first one. */
  readonly fetchPage: (cursor: string | undefined) => Promise<CallResult<Output>>;
  /** Output property that holds the items. Absent: the only array of the answer */
  readonly items: string | undefined;
  /** The cursor the caller gave */
  readonly cursor: string | undefined;
  /** Begins a walk from where the last one ended */
  readonly resume: <Item>(name: string | undefined, options: ResumeOptions<Item>) => Promise<ResumedRun<Output, Item>>;
}

/**
 * What a call to a list returns. `await` gives the first page, `for await` gives the items of all pages, `.pages()` gives the
 * pages, `.collect()` an array. `.resume()` gives what is new since last time. A page is asked for only when the one before has
 * been consumed, and the first one only when somebody waits for it.
 *
 * The walk ends when an answer has no cursor. It goes on over empty pages that have a new cursor, and raises
 * `InvalidResponseError` when a cursor comes back, or after 500 empty pages, because following it would never end:
 * https://atproto.com/specs/xrpc#cursors-and-pagination
 */
export class PagePromise<Output, Item = unknown, ErrorName extends string = string>
  extends CallPromise<Output, ErrorName>
  implements AsyncIterable<Item>
{
  override readonly [Symbol.toStringTag] = "PagePromise";
  readonly #paging: Paging<Output>;

  constructor(paging: Paging<Output>, errors?: readonly string[]) {
    super(() => paging.fetchPage(paging.cursor), errors);
    this.#paging = paging;
  }

  /** The items of all pages, in the server's order. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    const { nsid, items } = this.#paging;
    for await (const page of this.pages()) yield* itemsOf<Item>(nsid, items, page);
  }

  /** The pages, each as the server sent it. */
  async *pages(): AsyncGenerator<Output, void, undefined> {
    const { nsid, fetchPage, cursor: given } = this.#paging;
    const guard = new EndlessGuard(nsid);
    for (let sent = given || undefined, result = await this.start(); ; result = await fetchPage(sent)) {
      yield result.data;
      const { cursor, error } = guard.after(result, sent);
      if (error !== undefined) throw error;
      if (cursor === undefined) return;
      sent = cursor;
    }
  }

  /**
   * The items of all pages as an array; `limit` and `maxPages` say where to stop.
   *
   * @throws ValidationError for a `limit` or `maxPages` that is no whole number above 0
   */
  async collect({ limit = Infinity, maxPages = Infinity }: CollectOptions = {}): Promise<Item[]> {
    const { nsid, items } = this.#paging;
    checkCount(nsid, "limit", limit);
    checkCount(nsid, "maxPages", maxPages);
    const found: Item[] = [];
    let pages = 0;
    for await (const page of this.pages()) {
      for (const item of itemsOf<Item>(nsid, items, page)) {
        found.push(item);
        if (found.length === limit) return found;
      }
      if (++pages === maxPages) break;
    }
    return found;
  }

  /**
   * The items that are new since the last time, in this process or any other on the database. How the list grows is known by
   * endpoint: what is new may be at its top or at its end; see `mode`.
   *
   * @param name tells walks over the same list apart. Default: a hash of the parameters, without `limit`
   * @example
   * for await (const notification of client.app.bsky.notification.listNotifications().resume("bot")) answer(notification);
   */
  resume(name?: string, options: ResumeOptions<Item> = {}): ResumedList<Output, Item> {
    return new ResumedList(() => this.#paging.resume(name, options));
  }
}

/** A call that was refused before it was made: it rejects like all others that fail, whatever is asked of it. */
export function refused(reason: Error): PagePromise<never> {
  const refuse = (): Promise<never> => Promise.reject(reason);
  return new PagePromise({ nsid: "", fetchPage: refuse, resume: refuse, items: undefined, cursor: undefined });
}
