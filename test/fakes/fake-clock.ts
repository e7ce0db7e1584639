import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../src/core/clock.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();
  /** Milliseconds of every wait that was not cancelled, in order */
  readonly fired: number[] = [];

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get pending(): number {
    return this.#timers.size;
  }

  /** Jumps to the next timer and runs it. */
  #advance(): boolean {
    const next = [...this.#timers].toSorted((a, b) => a.at - b.at)[0];
    if (next === undefined) return false;
    this.#timers.delete(next);
    this.fired.push(next.at - this.#now);
    this.#now = next.at;
    next.callback();
    return true;
  }

  /** Waits for a promise, jumping to the next timer whenever nothing else can go on. */
  async run<Value>(promise: PromiseLike<Value>): Promise<Value> {
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    void promise.then(settle, settle);
    for (;;) {
      await setImmediate();
      if (settled) return promise;
      if (!this.#advance()) throw new Error("Nothing is left to happen, and the promise is still pending.");
    }
  }
}
