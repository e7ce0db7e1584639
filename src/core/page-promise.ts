import { CallPromise } from "./call-promise.ts";
import { InvalidResponseError, ValidationError } from "./errors.ts";
import type { CallResult } from "./pipeline.ts";

/** How a list is walked. */
export interface Paging<Output> {
  readonly nsid: string;
  /** Calls for the page at a cursor; `undefined` asks for the first one. */
  readonly fetchPage: (cursor: string | undefined) => Promise<CallResult<Output>>;
  /** Output property that holds the items. Absent: the only array of the answer */
  readonly items: string | undefined;
  /** The cursor the caller gave */
  readonly cursor: string | undefined;
}

/**
 * What a call to a list returns. `await` gives the first page, `for await` gives the items of all pages, `.pages()` gives the
 * pages. A page is asked for only when the one before has been consumed, and the first one only when somebody waits for it.
 *
 * The walk ends when an answer has no cursor. It goes on over empty pages that have a new cursor, and raises
 * `InvalidResponseError` when a cursor comes back, because following it would never end:
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
    for await (const page of this.pages()) yield* this.#itemsOf(page);
  }

  /** The pages, each as the server sent it. */
  async *pages(): AsyncGenerator<Output, void, undefined> {
    const { nsid, fetchPage, cursor: given } = this.#paging;
    const seen = new Set(given ? [given] : []);
    for (let { data, http } = await this.start(); ;) {
      yield data;
      const cursor = cursorOf(data);
      if (!cursor) return;
      if (seen.has(cursor)) {
        throw new InvalidResponseError(
          `${nsid} returned the cursor ${JSON.stringify(cursor)} a second time. The walk was stopped, because it would never end.`,
          { nsid, http, issues: [{ path: "cursor", message: "was returned before" }] },
        );
      }
      seen.add(cursor);
      ({ data, http } = await fetchPage(cursor));
    }
  }

  #itemsOf(page: Output): readonly Item[] {
    const { nsid, items } = this.#paging;
    const values: Record<string, unknown> = { ...(page as object) };
    const arrays = items === undefined ? Object.keys(values).filter((key) => Array.isArray(values[key])) : [items];
    if (arrays.length !== 1) {
      throw new ValidationError(
        `${nsid} returned ${arrays.length === 0 ? "no array" : `several arrays (${arrays.join(", ")})`}. ` +
          "Name the one that holds the items in the call's options, { items: … }, or use .pages().",
        { nsid, issues: [{ path: "options.items", message: "is needed for this endpoint" }] },
      );
    }
    return (values[arrays[0] as string] ?? []) as readonly Item[];
  }
}

function cursorOf(page: unknown): string | undefined {
  const cursor = page !== null && typeof page === "object" && "cursor" in page ? page.cursor : undefined;
  return typeof cursor === "string" && cursor !== "" ? cursor : undefined;
}
