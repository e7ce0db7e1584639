import { onAbort } from "./abort.ts";

interface Running {
  readonly outcome: Promise<unknown>;
  readonly controller: AbortController;
  waiting: number;
}

/**
 * Work that several callers may ask for at once and that is done once for all of them. A caller's signal ends the wait of that
 * caller only. The work itself is aborted when its last caller has left.
 */
export class SharedWork {
  readonly #running = new Map<string, Running>();

  /**
   * Joins the work of this name, or starts it.
   *
   * @param act must not use anything that belongs to one caller; the signal it is given is the work's own
   */
  async run<Outcome>(
    name: string,
    signal: AbortSignal | undefined,
    act: (signal: AbortSignal) => Promise<Outcome>,
  ): Promise<Outcome> {
    signal?.throwIfAborted();
    const running = this.#running.get(name) ?? this.#start(name, act);
    running.waiting++;
    const left = Promise.withResolvers<never>();
    const ignore = onAbort(signal, () => left.reject(signal?.reason));
    try {
      return (await Promise.race([running.outcome, left.promise])) as Outcome;
    } finally {
      ignore();
      running.waiting--;
      if (running.waiting === 0) this.#end(name, running, signal?.reason);
    }
  }

  #start(name: string, act: (signal: AbortSignal) => Promise<unknown>): Running {
    const controller = new AbortController();
    const running: Running = { outcome: act(controller.signal), controller, waiting: 0 };
    this.#running.set(name, running);
    // The outcome may come after everybody has left.
    const settled = (): void => this.#forget(name, running);
    running.outcome.then(settled, settled);
    return running;
  }

  /** Nobody waits any more, so nobody may join what is about to be aborted. */
  #end(name: string, running: Running, reason: unknown): void {
    this.#forget(name, running);
    running.controller.abort(reason);
  }

  #forget(name: string, running: Running): void {
    if (this.#running.get(name) === running) this.#running.delete(name);
  }
}
