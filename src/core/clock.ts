/** Time as the runtime sees it. Tests inject their own, so that no fault test waits. */
export interface Clock {
  /** Milliseconds since 1970 */
  now(): number;
  /**
   * Runs `callback` once after `ms`; the returned function cancels it.
   *
   * @param background the wait alone does not keep the process alive. Default false
   */
  after(ms: number, callback: () => void, background?: boolean): () => void;
  /** Milliseconds with fractions since some moment, for measuring what a change of the system's time must not distort. Default: `now` */
  ticks?(): number;
}

/** Where a stopwatch stands, milliseconds. Only differences mean something. */
export const ticksOf = (clock: Clock): number => clock.ticks?.() ?? clock.now();

export const systemClock: Clock = {
  now: () => Date.now(),
  ticks: () => performance.now(),
  after(ms, callback, background = false) {
    const timer = setTimeout(callback, ms);
    if (background) timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Waits `ms`. Rejects with the signal's reason as soon as it aborts. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
