import { StorageError } from "../../core/errors/index.ts";

interface Waiting {
  readonly start: () => void;
}

/** Milliseconds; a timer that is set for longer fires at once: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const LONGEST_TIMER = 2 ** 31 - 1;

export interface KeyedMutexOptions {
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** One at a time for each name, in the order of asking, within this process. */
export class KeyedMutex {
  readonly #queues = new Map<string, Waiting[]>();

  /**
   * Waits for its turn; the function it gives ends the turn. `undefined` when `waitMs` were not enough.
   *
   * @throws the reason of `signal`
   */
  async take(name: string, { waitMs, signal }: KeyedMutexOptions): Promise<(() => void) | undefined> {
    signal?.throwIfAborted();
    const end = () => this.#next(name);
    const queue = this.#queues.get(name);
    if (!queue) {
      this.#queues.set(name, []);
      return end;
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
      };
      const giveUp = (): void => {
        leave();
        queue.splice(queue.indexOf(waiting), 1);
      };
      const onAbort = (): void => {
        giveUp();
        const reason: unknown = signal?.reason;
        reject(reason instanceof Error ? reason : new Error("aborted", { cause: reason }));
      };
      const waiting: Waiting = {
        start: () => {
          leave();
          resolve(end);
        },
      };
      const onTime = (): void => {
        giveUp();
        resolve(undefined);
      };
      // Who waits for weeks waits until it is free.
      const timer = waitMs > LONGEST_TIMER ? undefined : setTimeout(onTime, waitMs);
      signal?.addEventListener("abort", onAbort);
      queue.push(waiting);
    });
  }

  #next(name: string): void {
    const next = this.#queues.get(name)?.shift();
    if (next) next.start();
    else this.#queues.delete(name);
  }
}

export function mutexTimeout(name: string, waitMs: number): StorageError {
  return new StorageError(
    `Waited ${waitMs} ms for the lock ${JSON.stringify(name)}, and its holder is still at work. Wait longer (waitMs), or look for a process that hangs.`,
    { code: "busy" },
  );
}

/** The name of a lock: the same account on two services is two accounts. */
export function lockName(service: string, account: string): string {
  return `session ${service} ${account}`;
}
