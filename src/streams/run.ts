import type { Clock } from "../core/clock.ts";
import type { StreamRun, Tell } from "../core/streams/event-stream.ts";
import type { HandleOptions, StreamOptions } from "../core/streams/stream-options.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { receive } from "./connection.ts";
import type { Task } from "./ordered.ts";
import { inOrder } from "./ordered.ts";
import type { Handed } from "./progress.ts";
import { Progress } from "./progress.ts";
import type { Received, Source } from "./source.ts";

/** Everything a pass over a stream needs. */
export interface RunConfig<Event> {
  readonly source: Source<Event>;
  readonly options: StreamOptions;
  readonly headers: Readonly<Record<string, string>>;
  /** Origin of the server; asked for each connection, since servers move */
  readonly origin: () => string | Promise<string>;
  /** Where to begin; undefined: with what comes from now on */
  readonly start: number | undefined;
  readonly checkpoint: Checkpoint | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly tell: Tell;
}

const LAG_MS = 30_000;
const LAG_EVERY_MS = 10_000;
/** Looking at the time of every event would cost more than some events do. */
const LOOK_EVERY = 64;

/** One pass over a stream: connections below, consumption above, and the position between them. */
export class Run<Event> implements StreamRun<Event> {
  readonly #config: RunConfig<Event>;
  readonly #progress: Progress;
  /** The last position that was read: what a new connection goes on after */
  #last: number | undefined;
  #seen = 0;
  #toldLagAt = -Infinity;

  constructor(config: RunConfig<Event>) {
    this.#config = config;
    this.#last = config.start;
    this.#progress = new Progress((position, events) => config.checkpoint?.advance(position, events));
  }

  async *events(): AsyncGenerator<Event, void, undefined> {
    try {
      for await (const { event, handed } of this.#deliveries()) {
        yield event;
        this.#progress.finish(handed);
      }
    } finally {
      await this.#config.checkpoint?.close();
    }
  }

  async handle(work: (event: Event) => unknown, options: HandleOptions<Event>): Promise<void> {
    const { signal } = this.#config.options;
    try {
      await inOrder(this.#tasks(), work, options);
    } catch (error) {
      // Aborting is how handling ends.
      if (!(signal?.aborted === true && error === signal.reason)) throw error;
    } finally {
      await this.#config.checkpoint?.close();
    }
  }

  async *#tasks(): AsyncGenerator<Task<Event>, void, undefined> {
    for await (const { event, handed } of this.#deliveries()) {
      yield { event, done: () => this.#progress.finish(handed) };
    }
  }

  async *#deliveries(): AsyncGenerator<{ readonly event: Event; readonly handed: Handed }, void, undefined> {
    const { source, options, headers, origin, checkpoint, clock, random, tell } = this.#config;
    const signals = [options.signal, checkpoint?.signal].filter((signal) => signal !== undefined);
    const line = {
      nsid: source.nsid,
      clock,
      random,
      headers,
      reconnect: options.reconnect,
      heartbeat: options.heartbeat,
      idleTimeout: options.idleTimeout,
      highWaterMark: options.highWaterMark,
      signal: signals.length > 1 ? AbortSignal.any(signals) : signals[0],
      url: async () => source.url(await origin(), this.#last),
      read: (message: Uint8Array | string) => this.#fresh(source.read(message)),
      tell,
    };
    for await (const { position, event } of receive(line)) {
      if (event === undefined) {
        if (position !== undefined) this.#progress.skip(position);
        continue;
      }
      this.#lookAtLag(event, position);
      yield { event, handed: this.#progress.hand(position) };
    }
  }

  /** Drops what was delivered before the connection was replaced. */
  #fresh(received: Received<Event>): Received<Event> | undefined {
    const { position } = received;
    if (position === undefined) return received;
    if (this.#last !== undefined && position <= this.#last) return undefined;
    this.#last = position;
    return received;
  }

  #lookAtLag(event: Event, position: number | undefined): void {
    if (this.#seen++ % LOOK_EVERY !== 0) return;
    const { clock, source, tell } = this.#config;
    const now = clock.now();
    const ms = now - source.time(event);
    if (!(ms > LAG_MS) || now - this.#toldLagAt < LAG_EVERY_MS) return;
    this.#toldLagAt = now;
    tell("lag", { ms, position });
  }
}
