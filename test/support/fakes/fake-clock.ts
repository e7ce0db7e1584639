// A client loads the greater part of itself with its first call: here, so that no test waits for it in real time.
import "../../../src/client/client-runtime.ts";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../../src/core/clock.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
  readonly background: boolean;
}

/** Milliseconds, about, that real things may take before a test is said to hang */
const PATIENCE = 10_000;

/** Milliseconds from which a timer is the end of all patience, which must not come while code is being loaded */
const FAR = 60_000;
/** Milliseconds, about, in which nothing happens before such a timer is due */
const IDLE_BEFORE_FAR = 100;

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();
  /** Milliseconds of every wait that was not cancelled, in order; those in the background left out */
  readonly fired: number[] = [];

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void, background = false): () => void {
    const timer = { at: this.#now + ms, callback, background };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get pending(): number {
    return this.#sorted().filter((timer) => !timer.background).length;
  }

  #sorted(): Timer[] {
    return [...this.#timers].toSorted((a, b) => a.at - b.at);
  }

  #nextIn(): number {
    const timers = this.#sorted();
    const next = timers.find((timer) => !timer.background) ?? timers[0];
    return next === undefined ? 0 : next.at - this.#now;
  }

  /** Jumps to the next timer somebody waits for and runs it, and on the way those of the background. */
  #advance(): boolean {
    const timers = this.#sorted();
    const next = timers.find((timer) => !timer.background) ?? timers[0];
    if (next === undefined) return false;
    const start = this.#now;
    for (const timer of timers.slice(0, timers.indexOf(next) + 1)) {
      if (!this.#timers.delete(timer)) continue;
      this.#now = timer.at;
      if (timer === next && !next.background) this.fired.push(next.at - start);
      timer.callback();
    }
    return true;
  }

  /** Lets time pass in which nothing happens, a request for instance that takes so many milliseconds. */
  jump(ms: number): void {
    this.#now += ms;
  }

  /** Moves by so many milliseconds, and lets what is due happen. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await setImmediate();
      const next = this.#sorted()[0];
      if (next === undefined || next.at > end) break;
      this.#timers.delete(next);
      this.#now = next.at;
      next.callback();
    }
    this.#now = end;
    await setImmediate();
  }

  /** Waits for a promise, jumping to the next timer whenever nothing else can go on. */
  async run<Value>(promise: PromiseLike<Value>): Promise<Value> {
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    void promise.then(settle, settle);
    let idleSince = 0;
    for (let idle = 0; idle < PATIENCE;) {
      await setImmediate();
      if (settled) return promise;
      const isFar = this.#nextIn() >= FAR && idle - idleSince < IDLE_BEFORE_FAR;
      if (!isFar && this.#advance()) {
        idleSince = idle;
        continue;
      }
      // Code that is loaded on first use comes in real time, and takes its own.
      idle++;
      await sleep(1);
    }
    throw new Error("Nothing is left to happen, and the promise is still pending.");
  }
}
