import type { Clock } from "../core/clock.ts";
import type { CallFilter, CallRow, CallStats, CallStore } from "../storage/ports.ts";
import type { RedactOptions } from "./redact.ts";
import type { CallWriter } from "./writer.ts";

/** What the call log keeps. */
export interface LogOptions extends RedactOptions {
  /** Whether the input of calls is kept, secrets replaced and long values shortened. Default true */
  readonly params?: boolean | undefined;
}

export interface LogFilter extends Omit<CallFilter, "since" | "until"> {
  /** Calls that began at this moment or later; a number is milliseconds since 1970 */
  readonly since?: Date | number;
  /** Calls that began before this moment; a number is milliseconds since 1970 */
  readonly until?: Date | number;
}

export interface LogQuery extends LogFilter {
  /** Default 100 */
  readonly limit?: number;
  /** Default `newest` first */
  readonly order?: "newest" | "oldest";
}

export interface LogPruneOptions {
  /** Rows of calls before this moment go; a number is an age in milliseconds, `30 * 24 * 3600_000` for 30 days */
  readonly olderThan: Date | number;
  /** Keep rows that received a cursor. Default false: nothing in skylex reads them again */
  readonly keepCursorRows?: boolean;
}

/** `client.log`: every call this database has seen, by all clients and processes that share it. */
export class CallLog {
  readonly #store: CallStore;
  readonly #writer: CallWriter;
  readonly #clock: Clock;

  constructor(store: CallStore, writer: CallWriter, clock: Clock) {
    this.#store = store;
    this.#writer = writer;
    this.#clock = clock;
  }

  /** Rows that match, this client's calls up to now among them. */
  async query(query: LogQuery = {}): Promise<readonly CallRow[]> {
    await this.#writer.flush();
    const { limit, order } = query;
    return this.#store.query({
      ...filterOf(query),
      ...(limit !== undefined && { limit }),
      ...(order !== undefined && { order }),
    });
  }

  /** The row with this id: `error.logId`, or the one a line of the logger names. */
  get(id: number): Promise<CallRow | undefined> {
    return this.#store.get(id);
  }

  /**
   * Deletes old rows and gives their number. Rows with write points of the last 24 hours stay whatever is asked for, since
   * the write budget counts them; nothing else depends on rows.
   */
  prune({ olderThan, keepCursorRows = false }: LogPruneOptions): Promise<number> {
    const now = this.#clock.now();
    const before = typeof olderThan === "number" ? now - olderThan : olderThan.getTime();
    return this.#store.prune({ olderThan: before, now, keepCursorRows });
  }

  /** Calls, errors, and the median and 95th percentile of the time in HTTP, by endpoint, most called first. */
  async stats(filter: LogFilter = {}): Promise<readonly CallStats[]> {
    await this.#writer.flush();
    return this.#store.stats(filterOf(filter));
  }

  /** Writes what waits to be written. Never rejects: see {@link failures}. */
  flush(): Promise<void> {
    return this.#writer.flush();
  }

  /** How often the database refused or did not answer. Calls go on all the same, and rows wait for the next attempt. */
  get failures(): number {
    return this.#writer.failures;
  }

  /** Rows that were given up: more waited than memory is for, or the process ended. */
  get lost(): number {
    return this.#writer.lost;
  }
}

function filterOf({ endpoint, did, failed, since, until }: LogFilter): CallFilter {
  return {
    ...(endpoint !== undefined && { endpoint }),
    ...(did !== undefined && { did }),
    ...(failed !== undefined && { failed }),
    ...(since !== undefined && { since: Number(since) }),
    ...(until !== undefined && { until: Number(until) }),
  };
}
