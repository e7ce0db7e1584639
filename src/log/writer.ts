import { counted } from "../core/counted.ts";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/logger.ts";
import type { CallInput, CallOutcome, CallStore } from "../storage/ports/index.ts";
import type { Pending } from "./process-end.ts";
import { nothingLeft, writeBeforeEnd } from "./process-end.ts";

export interface WriterConfig {
  readonly store: CallStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where the store is, for messages */
  readonly location: string;
}

/** Milliseconds a row waits for others to be written with */
const BATCH_DELAY = 100;
/** Rows written in one go: SQLite's inserts are synchronous, and this many take some milliseconds */
const BATCH_ROWS = 200;
/** Rows that wait at most, while the store does not take them: some megabytes. Then the oldest are dropped */
const MAX_WAITING = 5000;
/** Milliseconds a call waits for the store at most, before it goes on without */
const PATIENCE = 2000;
/** Milliseconds between attempts while the store fails: doubled from the first to the second */
const RETRY = { first: 200, longest: 10_000 };

/** A write from before it is sent until its outcome is stored. */
interface OpenCall {
  /** What the log does not have yet: the row, or how the call of a stored row ended */
  missing: "nothing" | "outcome" | CallInput;
}

/** A row that waits, or the outcome of one that is stored. */
type Waiting = { readonly row: CallInput } | { readonly id: number; readonly outcome: CallOutcome };

/**
 * Brings rows to the store in its own time. No method rejects: what fails is counted, said once, and tried again with the
 * next batch.
 */
export class CallWriter implements Pending {
  readonly #config: WriterConfig;
  #waiting: Waiting[] = [];
  /** Taken from those that wait, not known to be stored */
  #underWay: Waiting[] = [];
  readonly #inserting = new Set<Waiting>();
  /** Writes that are under way, and by their reservations */
  readonly #open = new Set<OpenCall>();
  readonly #reservations = new WeakMap<Promise<number | undefined>, OpenCall>();
  #cancelTimer: (() => void) | undefined;
  #draining: Promise<void> | undefined;
  #rowsAtOnce = BATCH_ROWS;
  #retryDelay = RETRY.first;
  /** The store failed or did not answer, and nothing has worked since: nobody waits for it */
  #isDown = false;
  #wasReported = false;
  /** Why the store failed last */
  #reason = "";
  /** How often the store failed */
  failures = 0;
  /** Rows that were given up */
  lost = 0;

  constructor(config: WriterConfig) {
    this.#config = config;
  }

  /** Writes a row at most 100 ms later, together with others. */
  add(row: CallInput): void {
    this.#enqueue({ row });
  }

  /**
   * Writes a row now. Waits for the store at most 2 s, and not at all while it fails: `undefined` then means that the
   * row is not stored yet.
   */
  insert(row: CallInput): Promise<number | undefined> {
    if (this.#isDown) {
      this.add(row);
      return Promise.resolve(undefined);
    }
    const one = { row };
    this.#inserting.add(one);
    const inserted = this.#insert(row).then((id) => {
      this.#inserting.delete(one);
      if (id === undefined) this.add(row);
      else this.#settle();
      return id;
    });
    writeBeforeEnd(this);
    return this.#withPatience(inserted);
  }

  /**
   * Writes the row of a call that is about to be sent. The result is for {@link finish}, and is never rejected;
   * `ready` is when the call may go on.
   */
  reserve(row: CallInput): { readonly id: Promise<number | undefined>; readonly ready: Promise<unknown> } {
    const open: OpenCall = { missing: row };
    const id = (this.#isDown ? Promise.resolve(undefined) : this.#insert(row)).then((stored) => {
      if (stored !== undefined) open.missing = open.missing === row ? "nothing" : "outcome";
      return stored;
    });
    this.#reservations.set(id, open);
    this.#open.add(open);
    writeBeforeEnd(this);
    return { id, ready: this.#withPatience(id) };
  }

  /** Writes how a reserved call ended: into its row, or into a new one if it has none. Gives the row's id if it is stored. */
  finish(reserved: Promise<number | undefined>, row: CallInput): Promise<number | undefined> {
    const open = this.#reservations.get(reserved) ?? { missing: "nothing" };
    open.missing = open.missing === "nothing" ? "outcome" : row;
    this.#open.add(open);
    writeBeforeEnd(this);
    const finished = reserved.then(async (id) => {
      if (id === undefined) {
        open.missing = "nothing";
        return this.insert(row);
      }
      const { timestamp: _begin, endpoint: _same, ...outcome } = row;
      const wasThere = this.#isDown ? undefined : await this.#try(() => this.#config.store.complete(id, outcome));
      open.missing = "nothing";
      if (wasThere === false) return this.insert(row);
      if (wasThere === undefined) this.#enqueue({ id, outcome });
      return id;
    });
    return this.#withPatience(this.#closing(open, finished));
  }

  async #closing(open: OpenCall, finished: Promise<number | undefined>): Promise<number | undefined> {
    try {
      return await finished;
    } finally {
      this.#open.delete(open);
      this.#settle();
    }
  }

  /** Writes all that waits. Resolves when it is stored, or the store failed. */
  async flush(): Promise<void> {
    // What is under way may have begun before the last row came.
    while (this.#draining) await this.#draining;
    if (this.#waiting.length > 0) await this.#startDraining(this.#waiting.length);
  }

  async #startDraining(count: number): Promise<void> {
    this.#draining = this.#drain(count);
    try {
      await this.#draining;
    } finally {
      this.#draining = undefined;
    }
  }

  write(): void {
    // A store that fails would be tried for ever: each attempt brings another last moment.
    if (!this.#isDown) void this.flush();
  }

  writeNow(): void {
    const left = [...this.#inserting, ...this.#underWay, ...this.#waiting];
    const missing = [...this.#open].map((open) => open.missing);
    const rows = [
      ...left.flatMap((one) => ("row" in one ? one.row : [])),
      ...missing.filter((one) => typeof one === "object"),
    ];
    const outcomes = left.filter((one) => "id" in one).length + missing.filter((one) => one === "outcome").length;
    if (rows.length > 0 && !this.#writesNow(rows))
      this.#lose(rows.length, `${counted(rows.length, "call")} ${rows.length === 1 ? "is" : "are"} missing`);
    // Only whole rows can be written here: another one would count its points twice.
    if (outcomes > 0)
      this.#lose(
        outcomes,
        `${counted(outcomes, "write stays", "writes stay")} \`reserved\`, as if nobody knew the end,`,
      );
    this.#waiting = [];
    this.#underWay = [];
    this.#inserting.clear();
    this.#open.clear();
    nothingLeft(this);
  }

  #writesNow(rows: readonly CallInput[]): boolean {
    try {
      return this.#config.store.appendSync(rows);
    } catch {
      return false;
    }
  }

  #lose(count: number, what: string): void {
    this.lost += count;
    this.#config.logger.warn(
      `${what} in the log at ${this.#config.location}: ${this.#isDown ? this.#reason : "the process ended before they were written. Call client.close() first."}`,
    );
  }

  #settle(): void {
    const left = this.#waiting.length + this.#underWay.length + this.#inserting.size + this.#open.size;
    if (left === 0) nothingLeft(this);
  }

  #enqueue(one: Waiting): void {
    this.#waiting.push(one);
    if (this.#waiting.length > MAX_WAITING) {
      this.#waiting.shift();
      this.lost++;
    }
    if (this.#waiting.length === 1) writeBeforeEnd(this);
    if (this.#waiting.length >= BATCH_ROWS && !this.#isDown && this.#draining === undefined) {
      void this.#startDraining(BATCH_ROWS);
    } else this.#schedule(this.#isDown ? this.#retryDelay : BATCH_DELAY);
  }

  #schedule(delay: number): void {
    this.#cancelTimer ??= this.#config.clock.after(
      delay,
      () => {
        this.#cancelTimer = undefined;
        void this.flush();
      },
      true,
    );
  }

  /** Writes so many of those that wait, and no more: rows that come meanwhile would be written one by one. */
  async #drain(count: number): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    let taken: number;
    for (let left = count; left > 0 && this.#waiting.length > 0; left -= taken) {
      this.#underWay = this.#waiting.splice(0, Math.min(left, this.#rowsAtOnce));
      taken = this.#underWay.length;
      const written = await this.#try(() => this.#write());
      if (written === undefined && !this.#giveUp()) {
        this.#waiting = [...this.#underWay, ...this.#waiting];
        this.#underWay = [];
        this.#schedule(this.#retryDelay);
        this.#retryDelay = Math.min(this.#retryDelay * 2, RETRY.longest);
        return;
      }
      if (written !== undefined) {
        this.#rowsAtOnce = BATCH_ROWS;
        this.#retryDelay = RETRY.first;
      }
    }
    this.#underWay = [];
    if (this.#waiting.length > 0) this.#schedule(BATCH_DELAY);
    this.#settle();
  }

  /** After a failure: halves the next batch, and drops a row that fails alone for no reason that could pass. */
  #giveUp(): boolean {
    const alone = this.#underWay.length === 1;
    this.#rowsAtOnce = Math.max(1, Math.floor(this.#underWay.length / 2));
    if (!alone || this.#mayPass) return false;
    this.lost++;
    return true;
  }

  /** Writes what is under way. What is stored is not under way any more, so that it is not stored again when the next fails. */
  async #write(): Promise<true> {
    const rows = this.#underWay.flatMap((one) => ("row" in one ? one.row : []));
    if (rows.length > 0) await this.#config.store.append(rows);
    this.#underWay = this.#underWay.filter((one) => "id" in one);
    for (const one of this.#underWay) {
      if ("id" in one) await this.#config.store.complete(one.id, one.outcome);
      this.#underWay = this.#underWay.slice(1);
    }
    return true;
  }

  #insert(row: CallInput): Promise<number | undefined> {
    return this.#try(() => this.#config.store.insert(row));
  }

  #mayPass = true;

  async #try<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
    try {
      const value = await work();
      this.#isDown = false;
      return value;
    } catch (error) {
      const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
      this.#mayPass = typeof code === "string" && code !== "unexpected" && code !== "closed";
      this.failures++;
      this.#report(typeof message === "string" ? message : String(error));
      return undefined;
    }
  }

  #report(reason: string): void {
    this.#isDown = true;
    this.#reason = reason;
    if (this.#wasReported) return;
    this.#wasReported = true;
    this.#config.logger.warn(
      `Calls cannot be logged at ${this.#config.location}: ${reason} Calls go on without it; client.log.failures counts.`,
    );
  }

  /** The store's answer if it comes soon. One that takes longer is treated like one that fails, until something works. */
  async #withPatience(promise: Promise<number | undefined>): Promise<number | undefined> {
    if (this.#isDown) return undefined;
    let cancel: (() => void) | undefined;
    const late = new Promise<undefined>((resolve) => {
      cancel = this.#config.clock.after(
        PATIENCE,
        () => {
          this.failures++;
          this.#report(`No answer within ${PATIENCE} ms.`);
          resolve(undefined);
        },
        true,
      );
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      cancel?.();
    }
  }
}
