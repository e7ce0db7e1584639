/**
 * What the runtime needs to remember, as interfaces. Everything above storage knows these and nothing else: any object
 * that fulfils them can be given as the `storage` option, and `skylex/testing` has the suite that says whether it does.
 *
 * Conventions: moments are epoch milliseconds (UTC); absent values are `null` in rows and may be left out in what is
 * written; rows are never changed after they were handed out; every method rejects with `StorageError` only.
 */

/** Everything one database remembers. Making one does no I/O: the first call connects and brings the tables up to date. */
export interface Storage {
  readonly sessions: SessionStore;
  readonly calls: CallStore;
  readonly profiles: ProfileStore;
  /** Where it is, for messages: a file name, `host:port/database` or `memory`. Never holds a password. */
  readonly location: string;
  /** Connects and migrates now rather than on first use. After a failure it may be called again. */
  open(): Promise<void>;
  /** Ends connections this storage opened itself; later calls reject with code `closed`. May be called twice. */
  close(): Promise<void>;
}

// ---------------------------------------------------------------------------------------------------------- sessions

/** How the tokens of a row came to be: by login or by refresh. */
export type SessionCreateMethod = "create" | "refresh";

/** A session without its tokens: what may be shown and listed. */
export interface SessionSummary {
  readonly id: number;
  /** Origin the login was sent to, without a trailing slash: `https://bsky.social` */
  readonly service: string;
  readonly did: string;
  /** Lower case */
  readonly handle: string | null;
  /** The name the user logged in with: handle, DID or e-mail address, lower case unless a DID */
  readonly identifier: string | null;
  readonly createMethod: SessionCreateMethod;
  /** Origin of the account's own server, once known */
  readonly pdsServiceEndpoint: string | null;
  readonly accessExpiresAt: number | null;
  readonly refreshExpiresAt: number | null;
  /** 1 at first, one more with each stored replacement: tells whether somebody else stored a newer one */
  readonly generation: number;
  /** Why the session is dead; `null` while it is alive */
  readonly exception: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A session with its tokens, readable. */
export interface StoredSession extends SessionSummary {
  readonly accessJwt: string;
  readonly refreshJwt: string;
}

/** What is stored after a login or refresh. What is left out keeps its stored value, if there is one. */
export interface SessionInput {
  readonly service: string;
  readonly did: string;
  readonly handle?: string | null;
  /** An e-mail address that was stored is kept when the new name is the handle or DID: both then find the session */
  readonly identifier?: string | null;
  readonly accessJwt: string;
  readonly refreshJwt: string;
  readonly createMethod: SessionCreateMethod;
  readonly pdsServiceEndpoint?: string | null;
  readonly accessExpiresAt?: number | null;
  readonly refreshExpiresAt?: number | null;
}

export interface SaveSessionOptions {
  /** Store only if the live row still has this generation, as read under the lock. Default: store whatever is there. */
  readonly ifGeneration?: number;
}

/** Handed to the function that runs under a lock. */
export interface SessionLock {
  /** Aborts with a `StorageError` of code `lock-lost` when the claim ended early (process asleep, database away). */
  readonly signal: AbortSignal;
}

export interface SessionLockOptions {
  /** How long to wait for another holder, in ms. Default 60,000. Then `StorageError` with code `busy`. */
  readonly waitMs?: number;
  /** Ends the waiting, not the function. The promise then rejects with the signal's own reason. */
  readonly signal?: AbortSignal;
}

/** Sessions, one row per (service, DID): the newest, alive or dead. */
export interface SessionStore {
  /**
   * The newest live session of this service that goes by `name`: DID, handle (a leading `@` is fine) or the name used to
   * log in, ignoring case.
   *
   * @throws StorageError `wrong-key` or `missing-key` when its tokens are encrypted and cannot be read
   */
  find(service: string, name: string): Promise<StoredSession | undefined>;

  /**
   * Stores a session as the one of its (service, DID) and brings it to life; the replaced tokens are gone.
   * With `ifGeneration`, `undefined` means that the row changed meanwhile and nothing was stored: read again.
   */
  save(session: SessionInput): Promise<StoredSession>;
  save(session: SessionInput, options: SaveSessionOptions): Promise<StoredSession | undefined>;

  /**
   * Marks a session as dead and drops its tokens. Nothing happens, and the answer is false, if the row has another
   * generation by now or was dead before.
   */
  markDead(service: string, did: string, reason: string, generation: number): Promise<boolean>;

  /** All sessions, newest first; the dead ones only when asked for. Reads no token, so it needs no key. */
  list(options?: { readonly service?: string; readonly includeDead?: boolean }): Promise<readonly SessionSummary[]>;

  /** Forgets a session, alive or dead. False if there was none. */
  delete(service: string, did: string): Promise<boolean>;

  /** Deletes dead sessions last touched before `olderThan`. `save` does the same for those older than 30 days. */
  prune(olderThan: number): Promise<number>;

  /**
   * Runs `fn` while no other caller, in this process or any other on the database, runs one for the same (service,
   * account). No connection or transaction is held meanwhile, so `fn` may take its time over the network. If the holder
   * is killed, the next one gets its turn after at most 15 s. `account` is any agreed name: the DID for a refresh,
   * the login name for a first login. Not reentrant.
   *
   * A holder that stood still for longer may have lost its turn: check `lock.signal`, and store with `ifGeneration`.
   */
  withLock<T>(
    service: string,
    account: string,
    fn: (lock: SessionLock) => Promise<T>,
    options?: SessionLockOptions,
  ): Promise<T>;
}

// ------------------------------------------------------------------------------------------------------------- calls

/**
 * `reserved`: written before sending, outcome not yet known; after a crash it stays so and reads as unknown.
 * `done`, `failed`: finished. `unknown`: given up without knowing whether the server acted.
 */
export type CallState = "reserved" | "done" | "failed" | "unknown";

/** One HTTP attempt of a call. */
export interface CallAttempt {
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
  readonly limit: number | null;
  readonly remaining: number | null;
  /** Epoch ms */
  readonly resetAt: number | null;
  readonly policy: string | null;
}

/** A call as logged. Property names are the column names in camel case. */
export interface CallRow {
  readonly id: number;
  /** Start of the call */
  readonly timestamp: number;
  /** Host really contacted */
  readonly hostname: string;
  /** `xrpc/<nsid>` */
  readonly endpoint: string;
  /** Account whose session was used */
  readonly requestDid: string | null;
  readonly cursorKey: string | null;
  readonly cursorPassed: string | null;
  readonly cursorReceived: string | null;
  readonly method: "get" | "post" | null;
  /** `null` when no answer came */
  readonly httpStatusCode: number | null;
  /** Input as JSON text, secrets replaced, bounded by the writer */
  readonly params: string | null;
  readonly exceptionClass: string | null;
  readonly exceptionText: string | null;
  /** Raw error body, bounded by the writer */
  readonly exceptionResponse: string | null;
  /** Top-level keys of the answer, sorted, comma-joined */
  readonly responseKeys: string | null;
  /** Points of all attempts that may have reached the server */
  readonly writeOpPointsConsumed: number;
  readonly sessionWasRefreshed: boolean | null;
  /** Time in HTTP attempts, waits excluded */
  readonly durationMicroseconds: number | null;
  readonly callId: string | null;
  readonly state: CallState;
  readonly attempts: number;
  readonly attemptLog: readonly CallAttempt[] | null;
  /** Sum of all waits between attempts, ms */
  readonly retryWaitMs: number;
  /** Origin the request went to */
  readonly service: string | null;
  /** Value of `atproto-proxy` */
  readonly proxy: string | null;
  /** AT-URI of the record a write is about */
  readonly subjectUri: string | null;
  readonly requestBytes: number | null;
  readonly responseBytes: number | null;
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
  readonly did?: string;
  /** Only calls whose state is `failed` or `unknown` */
  readonly failed?: boolean;
  /** From this moment on */
  readonly since?: number;
  /** Before this moment */
  readonly until?: number;
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
  /** Now, epoch ms: rows with write points from the 24 hours before it stay, since the budget counts them */
  readonly now: number;
  /** Keep rows that received a cursor. Default false. */
  readonly keepCursorRows?: boolean;
}

/** Figures of one endpoint. */
export interface CallStats {
  /** `xrpc/<nsid>` */
  readonly endpoint: string;
  readonly calls: number;
  readonly errors: number;
  /** Median and 95th percentile (nearest rank) of the time in HTTP, microseconds; `null` if no call has one */
  readonly p50Microseconds: number | null;
  readonly p95Microseconds: number | null;
}

/** The call log. */
export interface CallStore {
  /** Writes rows in one transaction, all or none. The fast way: for what may be some ms late. */
  append(rows: readonly CallInput[]): Promise<void>;

  /**
   * Writes rows before it returns, for process exit, when no promise will be awaited any more. False, with nothing
   * written, where the database cannot do that or was not opened yet. Never throws.
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
}

// ---------------------------------------------------------------------------------------------------------- profiles

/** What a profile view says, flattened. */
export interface ProfileData {
  readonly did: string;
  /** Lower case; `null` for an account without a valid handle */
  readonly handle: string | null;
  readonly displayName?: string | null;
  readonly description?: string | null;
  /** URL */
  readonly avatar?: string | null;
  readonly followersCount?: number | null;
  readonly followsCount?: number | null;
  readonly postsCount?: number | null;
  /** Values only */
  readonly labels?: readonly string[];
  /** As the account states it; kept within the years 1 to 9999 */
  readonly createdAt?: number | null;
  readonly associatedLists?: number | null;
  readonly associatedFeedgens?: number | null;
  readonly associatedStarterPacks?: number | null;
  readonly associatedLabeler?: boolean | null;
  /** The account that asked; the `viewer*` values are its view */
  readonly viewerDid?: string | null;
  readonly viewerMuted?: boolean | null;
  readonly viewerBlockedBy?: boolean | null;
  /** AT-URI of the viewer's block record */
  readonly viewerBlocking?: string | null;
}

/** A cached profile, or the reason why there is none. Its `id` and `did` never change, so that other tables may refer to it. */
export type ProfileRow = Required<Omit<ProfileData, "did">> & {
  readonly id: number;
  /** `null` in an error row of a handle that could not be resolved */
  readonly did: string | null;
  /** When the profile was last received; `null` if never */
  readonly fetchedAt: number | null;
  /** Message, name and time of the account's error (suspended, deleted, unknown); cleared by the next `upsert` */
  readonly error: string | null;
  readonly errorName: string | null;
  readonly errorAt: number | null;
  readonly updatedAt: number;
};

export interface ProfileError {
  readonly name: string;
  readonly message: string;
  readonly at: number;
}

/** The profile cache. An actor is a DID or a handle; handles ignore case and a leading `@`. */
export interface ProfileStore {
  get(actor: string): Promise<ProfileRow | undefined>;
  /** The rows in the order of `actors`, `undefined` where there is none. */
  getMany(actors: readonly string[]): Promise<readonly (ProfileRow | undefined)[]>;
  /**
   * Stores profiles, in place where the DID is known. Errors are cleared, and a handle that belonged to another row
   * leaves it. Gives the rows in the order of `profiles`.
   *
   * @param fetchedAt when they were received
   */
  upsert(profiles: readonly ProfileData[], fetchedAt: number): Promise<readonly ProfileRow[]>;
  /** Notes why an actor has no profile, in its row if there is one. */
  saveError(actor: string, error: ProfileError): Promise<ProfileRow>;
}
