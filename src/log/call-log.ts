import type { Clock } from "../core/clock.ts";
import type { Later } from "../core/lazy.ts";
import type { CallFilter, CallPeriod, CallRow, CallStats, CallStore } from "../storage/ports/index.ts";
import type { RedactOptions } from "./redact.ts";
import type { CallWriter } from "./writer.ts";

/** What the call log keeps. */
export interface LogOptions extends RedactOptions {
  /** Whether the input of calls is kept, secrets replaced and long values shortened. Default true */
  readonly params?: boolean | undefined;
}

/** Which calls are meant. Conditions are joined by and. */
export interface LogFilter extends Omit<CallFilter, "since" | "until"> {
  /** Calls that began at this moment or later; a number is milliseconds since 1970 */
  readonly since?: Date | number;
  /** Calls that began before this moment; a number is milliseconds since 1970 */
  readonly until?: Date | number;
}

/** Which rows are read, and how many. */
export interface LogQuery extends LogFilter {
  /** Default 100 */
  readonly limit?: number;
  /** Default `newest` first */
  readonly order?: "newest" | "oldest";
}

/** What a timeline shows, and in how many steps. */
export interface LogTimelineOptions extends LogFilter {
  /** How many stretches of the same length the time is cut into. Default 24 */
  readonly periods?: number;
}

/** Which rows go. */
export interface LogPruneOptions {
  /** Rows of calls before this moment go; a number is an age in milliseconds, `30 * 24 * 3600_000` for 30 days */
  readonly olderThan: Date | number;
  /** Keep rows that received a cursor. Default false: nothing in skylex reads them again */
  readonly keepCursorRows?: boolean;
  /** Only give the number of rows that would go. Default false */
  readonly dryRun?: boolean;
}

/** Milliseconds that a timeline shows where nothing else is said: a day */
const TIMELINE = 24 * 3_600_000;

/** What the log reads from and writes through. */
export interface LogContext {
  readonly store: CallStore;
  readonly writer: CallWriter;
}

/** `client.log`: every call this database has seen, by all clients and processes that share it. */
export class CallLog {
  readonly #context: Later<LogContext>;
  readonly #clock: Clock;

  constructor(parts: Later<LogContext>, clock: Clock) {
    this.#context = parts;
    this.#clock = clock;
  }

  /** Rows that match, this client's calls up to now among them. */
  async query(query: LogQuery = {}): Promise<readonly CallRow[]> {
    const store = await this.#written();
    const { limit, order } = query;
    return store.query({
      ...filterOf(query),
      ...(limit !== undefined && { limit }),
      ...(order !== undefined && { order }),
    });
  }

  /** The row with this id: `error.logId`, or the one a line of the logger names. */
  async get(id: number): Promise<CallRow | undefined> {
    return (await this.#context.get()).store.get(id);
  }

  /**
   * Deletes old rows and gives their number. Rows with write points of the last 24 hours stay whatever is asked for, since
   * the write budget counts them; nothing else depends on rows.
   */
  async prune({ olderThan, keepCursorRows = false, dryRun = false }: LogPruneOptions): Promise<number> {
    const now = this.#clock.now();
    const before = typeof olderThan === "number" ? now - olderThan : olderThan.getTime();
    return (await this.#context.get()).store.prune({ olderThan: before, now, keepCursorRows, dryRun });
  }

  /** Calls, errors, and the median and 95th percentile of the time in HTTP, by endpoint, most called first. */
  async stats(filter: LogFilter = {}): Promise<readonly CallStats[]> {
    return (await this.#written()).stats(filterOf(filter));
  }

  /**
   * Calls, errors, write points, and the median and 95th percentile of the time in HTTP, by time, oldest first: for charts.
   * `since` defaults to a day before `until`, `until` to now. Every period is there, also without a call.
   */
  async timeline({ periods = 24, ...filter }: LogTimelineOptions = {}): Promise<readonly CallPeriod[]> {
    const until = Number(filter.until ?? this.#clock.now() + 1);
    const since = Number(filter.since ?? until - TIMELINE);
    const length = Math.max(1, Math.ceil((until - since) / periods));
    const found = await (await this.#written()).timeline({ ...filterOf(filter), since, until, periods });
    const byStart = new Map(found.map((period) => [period.start, period]));
    const none = { calls: 0, errors: 0, points: 0, p50Microseconds: null, p95Microseconds: null };
    return Array.from({ length: Math.max(0, Math.ceil((until - since) / length)) }, (_, index) => {
      const start = since + index * length;
      return byStart.get(start) ?? { start, ...none };
    });
  }

  /** Writes what waits to be written. Never rejects: see {@link failures}. */
  async flush(): Promise<void> {
    await this.#context.now?.writer.flush();
  }

  /** How often the database refused or did not answer. Calls go on all the same, and rows wait for the next attempt. */
  get failures(): number {
    return this.#context.now?.writer.failures ?? 0;
  }

  /** Rows that were given up: more waited than memory is for, or the process ended. */
  get lost(): number {
    return this.#context.now?.writer.lost ?? 0;
  }

  async #written(): Promise<CallStore> {
    const { store, writer } = await this.#context.get();
    await writer.flush();
    return store;
  }
}

function filterOf({ endpoint, did, failed, since, until, afterId }: LogFilter): CallFilter {
  return {
    ...(endpoint !== undefined && { endpoint }),
    ...(did !== undefined && { did }),
    ...(failed !== undefined && { failed }),
    ...(since !== undefined && { since: Number(since) }),
    ...(until !== undefined && { until: Number(until) }),
    ...(afterId !== undefined && { afterId }),
  };
}
