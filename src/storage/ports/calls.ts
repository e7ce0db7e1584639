/**
 * `reserved`: written before sending, outcome not yet known; after a crash it stays so and reads as unknown.
 * `done`, `failed`: finished; errors that the caller expects are `done`. `unknown`: given up without knowing whether the server acted.
 */
export type CallState = "reserved" | "done" | "failed" | "unknown";

/** One HTTP attempt of a call. */
export interface CallAttempt {
  /** HTTP status; `null` when no answer came */
  readonly status: number | null;
  /** Error name, if it failed */
  readonly error: string | null;
  /** Time in this attempt, ms */
  readonly durationMs: number;
  /** Waited after it before the next, ms */
  readonly waitMs: number;
}

/** The rate-limit headers of the last answer that had any. */
export interface RateLimitSnapshot {
  /** `RateLimit-Limit` */
  readonly limit: number | null;
  /** `RateLimit-Remaining` */
  readonly remaining: number | null;
  /** Epoch ms */
  readonly resetAt: number | null;
  /** `RateLimit-Policy`: limit and seconds, `5000;w=3600` */
  readonly policy: string | null;
}

/** A call as logged. Property names are the column names in camel case. */
export interface CallRow {
  /** What error lines and `error.logId` name */
  readonly id: number;
  /** Start of the call */
  readonly timestamp: number;
  /** Host really contacted */
  readonly hostname: string;
  /** `xrpc/<nsid>` */
  readonly endpoint: string;
  /** Account whose session was used */
  readonly requestDid: string | null;
  /** Name of the cursor that `.resume()` read with */
  readonly cursorKey: string | null;
  /** Cursor that was sent */
  readonly cursorPassed: string | null;
  /** Cursor of the answer */
  readonly cursorReceived: string | null;
  /** HTTP method; `null` for what was refused before it was sent */
  readonly method: "get" | "post" | null;
  /** `null` when no answer came */
  readonly httpStatusCode: number | null;
  /** Input as JSON text, secrets replaced, bounded by the writer */
  readonly params: string | null;
  /** Name of the error in the body, else class of the error */
  readonly exceptionClass: string | null;
  /** Message of the error */
  readonly exceptionText: string | null;
  /** Raw error body, bounded by the writer */
  readonly exceptionResponse: string | null;
  /** Top-level keys of the answer, sorted, comma-joined */
  readonly responseKeys: string | null;
  /** Points of all attempts that may have reached the server */
  readonly writeOpPointsConsumed: number;
  /** Whether the call was sent again with new tokens */
  readonly sessionWasRefreshed: boolean | null;
  /** Time in HTTP attempts, waits excluded */
  readonly durationMicroseconds: number | null;
  /** The same as `callId` of the call's error */
  readonly callId: string | null;
  /** How far it came */
  readonly state: CallState;
  /** HTTP requests sent; 0 for what was refused before */
  readonly attempts: number;
  /** Each of them, in order */
  readonly attemptLog: readonly CallAttempt[] | null;
  /** Sum of all waits between attempts, ms */
  readonly retryWaitMs: number;
  /** Origin the request went to */
  readonly service: string | null;
  /** Value of `atproto-proxy` */
  readonly proxy: string | null;
  /** AT-URI of the record a write is about */
  readonly subjectUri: string | null;
  /** Bytes of the body that was sent */
  readonly requestBytes: number | null;
  /** Bytes of the answer, decompressed */
  readonly responseBytes: number | null;
  /** What the server said of its limits */
  readonly rateLimit: RateLimitSnapshot | null;
}

/** A call to be logged. Left-out columns are `null`, 0 for counts, and `done` for the state. */
export type CallInput = Pick<CallRow, "timestamp" | "hostname" | "endpoint"> &
  Partial<Omit<CallRow, "id" | "timestamp" | "hostname" | "endpoint">>;

/** What is learnt after sending. Only what is given is written. */
export type CallOutcome = Partial<Omit<CallRow, "id" | "timestamp" | "endpoint">>;

export interface CallFilter {
  /** NSID, with or without the `xrpc/` prefix */
  readonly endpoint?: string;
  /** Account whose session was used */
  readonly did?: string;
  /** Only calls whose state is `failed` or `unknown` */
  readonly failed?: boolean;
  /** From this moment on */
  readonly since?: number;
  /** Before this moment */
  readonly until?: number;
  /** Only rows with a larger id. They then come in the order of ids, not of time, so that the next page begins where this one ends */
  readonly afterId?: number;
}

export interface CallQuery extends CallFilter {
  /** Default 100 */
  readonly limit?: number;
  /** Default `newest` first */
  readonly order?: "newest" | "oldest";
}

export interface PruneCalls {
  /** Rows before this moment go */
  readonly olderThan: number;
  /** Now, epoch ms: rows that were charged in the 24 hours before it stay, since budgets count them */
  readonly now: number;
  /** Keep rows that received a cursor. Default false. */
  readonly keepCursorRows?: boolean;
  /** Only count them. Default false. */
  readonly dryRun?: boolean;
}

/** Figures of one endpoint. */
export interface CallStats {
  /** `xrpc/<nsid>` */
  readonly endpoint: string;
  /** How many there were */
  readonly calls: number;
  /** How many of them are `failed` or `unknown` */
  readonly errors: number;
  /** Median and 95th percentile (nearest rank) of the time in HTTP, microseconds; `null` if no call has one */
  readonly p50Microseconds: number | null;
  /** See `p50Microseconds` */
  readonly p95Microseconds: number | null;
}

/** Figures of a stretch of time. */
export interface CallPeriod {
  /** Its first moment, epoch ms; it ends where the next one starts */
  readonly start: number;
  /** How many there were */
  readonly calls: number;
  /** How many of them are `failed` or `unknown` */
  readonly errors: number;
  /** Write points spent */
  readonly points: number;
  /** Median and 95th percentile (nearest rank) of the time in HTTP, microseconds; `null` if no call has one */
  readonly p50Microseconds: number | null;
  /** See `p50Microseconds` */
  readonly p95Microseconds: number | null;
}

export interface CallPeriods extends CallFilter {
  readonly since: number;
  readonly until: number;
  /** How many stretches of the same length the time between is cut into */
  readonly periods: number;
}

/** The call log. */
export interface CallStore {
  /** Writes rows in one transaction, all or none. The fast way: for what may be some ms late. */
  append(rows: readonly CallInput[]): Promise<void>;

  /**
   * Writes rows before it returns, for process exit, when no promise will be awaited any more; by another process if need
   * be. False where that cannot be done. Never throws.
   */
  appendSync(rows: readonly CallInput[]): boolean;

  /** Writes one row and gives its id: for a write that is about to be sent and for errors whose row is named. */
  insert(row: CallInput): Promise<number>;

  /** Fills in the outcome of a row. False if the row is gone. */
  complete(id: number, outcome: CallOutcome): Promise<boolean>;

  get(id: number): Promise<CallRow | undefined>;
  query(query?: CallQuery): Promise<readonly CallRow[]>;

  /** Deletes old rows, some thousand at a time so that others get their turn. Gives the number deleted. */
  prune(options: PruneCalls): Promise<number>;

  /** Figures by endpoint, most called first. */
  stats(filter?: CallFilter): Promise<readonly CallStats[]>;

  /** Figures by time, oldest first. Periods without a call may be left out. */
  timeline(query: CallPeriods): Promise<readonly CallPeriod[]>;
}
