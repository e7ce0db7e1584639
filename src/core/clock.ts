import { onAbort } from "./abort.ts";

/** Time as the runtime sees it. Tests inject their own, so that no fault test waits. */
export interface Clock {
  /** Milliseconds since 1970 */
  now(): number;
  /**
   * Runs `callback` once after `ms`, however many those are, and never after `Infinity`; the returned function cancels it.
   *
   * @param background the wait alone does not keep the process alive. Default false
   */
  after(ms: number, callback: () => void, background?: boolean): () => void;
  /** Milliseconds with fractions since some moment, for measuring what a change of the system's time must not distort. Default: `now` */
  ticks?(): number;
}

/** Where a stopwatch stands, milliseconds. Only differences mean something. */
export const ticksOf = (clock: Clock): number => clock.ticks?.() ?? clock.now();

/** Milliseconds; a timer that is set for longer fires at once: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const LONGEST_TIMER = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  ticks: () => performance.now(),
  after(ms, callback, background = false) {
    if (ms === Infinity) return () => undefined;
    let timer: ReturnType<typeof setTimeout>;
    const wait = (left: number): void => {
      const next = Math.min(left, LONGEST_TIMER);
      timer = setTimeout(() => (left > next ? wait(left - next) : callback()), next);
      if (background) timer.unref();
    };
    wait(ms);
    return () => clearTimeout(timer);
  },
};

/** Waits `ms`. Rejects with the signal's reason as soon as it aborts. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const cancel = clock.after(ms, () => {
      ignore();
      resolve();
    });
    const ignore = onAbort(signal, () => {
      cancel();
      reject(signal?.reason);
    });
  });
}
