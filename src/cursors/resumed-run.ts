import { ValidationError } from "../core/errors/index.ts";
import type { CollectOptions } from "../core/call/paging.ts";
import { checkCount } from "../core/call/paging.ts";
import type { Delivery, ResumedPage, ResumedRun, ResumeOptions } from "../core/call/resumed-list.ts";
import type { Lease } from "../storage/ports/index.ts";
import type { CursorCommits } from "./cursor-commits.ts";
import type { Batches, Position } from "./position.ts";

export interface RunContext<Output, Item> {
  readonly nsid: string;
  readonly batches: Batches<Output, Item>;
  readonly ledger: CursorCommits;
  readonly lease: Lease;
  readonly options: ResumeOptions<Item>;
}

/** A page that was handed out. */
interface Handed {
  readonly position: Position;
  readonly items: number;
  /** What is still to be done before it counts as read */
  open: number;
  /** How many of those will not be done in this run */
  released: number;
}

/** One run over a list: hands out what is new, and stores what was read. */
export class Run<Output, Item> implements ResumedRun<Output, Item> {
  readonly #context: RunContext<Output, Item>;
  /** Pages that are not stored, in order: none is before those in front of it are */
  readonly #handed: Handed[] = [];
  #isOver = false;

  constructor(parts: RunContext<Output, Item>) {
    this.#context = parts;
  }

  async *items(): AsyncGenerator<Item, void, undefined> {
    const { nsid, options, lease } = this.#context;
    if (options.commit === "explicit") {
      await lease.release();
      throw new ValidationError(
        `${nsid}: with commit "explicit" somebody has to say what was read. Use .pages() and page.commit(), or .deliveries() and delivery.ack(). Nothing was sent.`,
        { nsid, issues: [{ path: "commit", message: "is explicit, and items have no commit()" }] },
      );
    }
    for await (const { items } of this.pages()) yield* items;
  }

  async *pages(): AsyncGenerator<ResumedPage<Output, Item>, void, undefined> {
    const { options, lease } = this.#context;
    try {
      for await (const { data, items, after } of this.#run(options.maxPages)) {
        const handed = this.#hand(after(items.length), items.length, 1);
        const commit = (): Promise<void> => this.#done(handed);
        if (options.commit === "onReceive") await commit();
        yield { data, items: items.map(({ item }) => item), commit };
        if (options.commit !== "explicit") await commit();
      }
    } finally {
      await lease.release();
    }
  }

  async *deliveries(): AsyncGenerator<Delivery<Item>, void, undefined> {
    const { options, lease } = this.#context;
    try {
      for await (const { items, after } of this.#run(options.maxPages)) {
        const handed = this.#hand(after(items.length), items.length, items.length);
        for (const { item } of items) {
          let done: Promise<void> | undefined;
          yield {
            item,
            ack: () => (done ??= this.#done(handed)),
            release: () => (done ??= this.#release(handed)),
          };
        }
      }
      // Work may go on after the loop: nobody else begins before it is done.
      this.#isOver = true;
    } finally {
      if (!this.#isOver || this.#isIdle()) await lease.release();
    }
  }

  async collect({ limit = Infinity, maxPages }: CollectOptions = {}): Promise<Item[]> {
    const { nsid, options, lease } = this.#context;
    const collected: Item[] = [];
    const pages: Handed[] = [];
    try {
      checkCount(nsid, "limit", limit);
      for await (const { items, after } of this.#run(maxPages ?? options.maxPages)) {
        const taken = items.slice(0, limit - collected.length);
        collected.push(...taken.map(({ item }) => item));
        pages.push(this.#hand(after(taken.length), taken.length, 1));
        if (options.commit === "onReceive") await this.#done(pages.pop() as Handed);
        if (collected.length === limit) break;
      }
      for (const page of pages) page.open = 0;
      await this.#settle();
      return collected;
    } finally {
      await lease.release();
    }
  }

  /** The pages that have something new. The others are stored with the next one, or at the end. */
  async *#run(maxPages = Infinity): Batches<Output, Item> {
    const { batches, nsid } = this.#context;
    checkCount(nsid, "maxPages", maxPages);
    let pages = 0;
    try {
      for await (const batch of batches) {
        if (batch.items.length > 0) yield batch;
        else this.#hand(batch.after(0), 0, 0);
        if (++pages === maxPages) break;
      }
    } catch (error) {
      // What was read before stays read.
      await this.#settle().catch(() => undefined);
      throw error;
    }
    await this.#settle();
  }

  #hand(position: Position, items: number, open: number): Handed {
    const handed = { position, items, open, released: 0 };
    this.#handed.push(handed);
    return handed;
  }

  async #done(handed: Handed): Promise<void> {
    if (handed.open === 0) return;
    handed.open--;
    if (handed.open === 0) await this.#settle();
  }

  async #release(handed: Handed): Promise<void> {
    handed.released++;
    await this.#settle();
  }

  /** Nobody works on anything any more. */
  #isIdle(): boolean {
    return this.#handed.every(({ open, released }) => open === released);
  }

  /** Stores the pages up to the first that is still open. */
  async #settle(): Promise<void> {
    const { ledger, lease } = this.#context;
    while (this.#handed[0]?.open === 0) {
      const { position, items } = this.#handed.shift() as Handed;
      ledger.move(position, items);
    }
    try {
      await ledger.write();
    } finally {
      if (this.#isOver && this.#isIdle()) await lease.release();
    }
  }
}
