/** Figures of session storage that every backend shares. */

/** Dead sessions older than this are forgotten at the next login. */
export const DEAD_SESSION_MS = 30 * 24 * 60 * 60 * 1000;
/** How long `withLock` waits for its turn unless told otherwise. */
export const DEFAULT_LOCK_WAIT_MS = 60_000;
