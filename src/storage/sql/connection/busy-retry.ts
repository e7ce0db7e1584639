import { setTimeout as sleep } from "node:timers/promises";

/** better-sqlite3 waits for a lock by standing still, and everything in the process with it: only a blink of that. */
export const SYNCHRONOUS_WAIT_MS = 5;
const LONGEST_PAUSE_MS = 50;
/** Somebody should hear of a wait that is longer */
const LONG_WAIT_MS = 1000;

function isBusy(error: unknown): boolean {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === "string" && code.startsWith("SQLITE_BUSY");
}

/**
 * Repeats `step` while another writer is in the way, up to `waitMs`; waits on timers, so the event loop goes on.
 *
 * @param onLocked is told once that this takes long
 */
export async function retryWhileBusy<T>(waitMs: number, step: () => T | Promise<T>, onLocked: () => void): Promise<T> {
  const start = performance.now();
  let isTold = false;
  for (let pause = 1; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
    try {
      return await step();
    } catch (error) {
      if (!isBusy(error) || performance.now() - start > waitMs) throw error;
    }
    if (!isTold && performance.now() - start > LONG_WAIT_MS) {
      isTold = true;
      onLocked();
    }
    await sleep(pause * (0.5 + Math.random()));
  }
}
