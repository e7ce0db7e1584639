/** How the tokens of a row came to be: by login or by refresh. */
export type SessionCreateMethod = "create" | "refresh";

/** A session without its tokens: what may be shown and listed. */
export interface SessionSummary {
  /** Of the row in `bsky_session` */
  readonly id: number;
  /** Origin the login was sent to, without a trailing slash: `https://bsky.social` */
  readonly service: string;
  /** Whose it is */
  readonly did: string;
  /** Lower case */
  readonly handle: string | null;
  /** The name the user logged in with: handle, DID or e-mail address, lower case unless a DID */
  readonly identifier: string | null;
  /** How its tokens came to be */
  readonly createMethod: SessionCreateMethod;
  /** Origin of the account's own server, once known. With a key, `find` gives it only if it was sealed with the tokens */
  readonly pdsServiceEndpoint: string | null;
  /** Milliseconds since 1970; `null` if the token does not say */
  readonly accessExpiresAt: number | null;
  /** Milliseconds since 1970; `null` if the token does not say */
  readonly refreshExpiresAt: number | null;
  /** 1 at first, one more with each stored replacement: tells whether somebody else stored a newer one */
  readonly generation: number;
  /** Why the session is dead; `null` while it is alive */
  readonly exception: string | null;
  /** First login, milliseconds since 1970 */
  readonly createdAt: number;
  /** Last login, refresh or end, milliseconds since 1970 */
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
  /** How long storage itself may take to answer, in ms, each time it is asked. Then `StorageError` with code `busy`. */
  readonly answerMs?: number;
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
   * is killed, the next one gets its turn at once where that can be known, and after at most 15 s elsewhere. `account` is any agreed name: the DID for a refresh,
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
