export interface ClaimOptions {
  /** How long to wait for another holder, in ms. Default 60,000; 0 asks once */
  readonly waitMs?: number | undefined;
  /** How long storage itself may take to answer, in ms, each time it is asked. Then `StorageError` with code `busy` */
  readonly answerMs?: number | undefined;
  /** Ends the waiting. The promise then rejects with the signal's own reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A name that nobody else holds. */
export interface Lease {
  /** Aborts with a `StorageError` of code `lock-lost` when the lease ended early (process asleep, database away). */
  readonly signal: AbortSignal;
  /** Gives the name back. Never rejects, and may be called twice */
  release(): Promise<void>;
}

/** Names that one holder has at a time, in this process and all others on the database. */
export interface LeaseStore {
  /**
   * Takes a name until it is released; waits for another holder, and gives `undefined` if that one outlasts `waitMs`. No
   * connection or transaction is held meanwhile. If the holder is killed, the name is free at once where that can be known, as on the
   * same machine, and after at most 15 s elsewhere. Not reentrant.
   *
   * A holder that stood still for longer may have lost the name: check `lease.signal`, and write under a condition that
   * fails when somebody else was there.
   */
  claim(name: string, options?: ClaimOptions): Promise<Lease | undefined>;
}
