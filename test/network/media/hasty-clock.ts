import { systemClock } from "../../../src/core/clock.ts";

/** Waits up to so many milliseconds are between attempts and polls; longer ones are limits. */
const WAIT = 10_000;

/** The system's clock, but that nothing waits: `waits` gets what would have been waited. */
export const hastyClock = (waits: number[] = []) => ({
  ...systemClock,
  after(ms: number, callback: () => void, background = false): () => void {
    if (ms > WAIT) return systemClock.after(ms, callback, background);
    if (!background) waits.push(ms);
    return systemClock.after(0, callback, background);
  },
});
