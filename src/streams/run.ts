import type { Clock } from "../core/clock.ts";
import type { StreamRun, Tell } from "../core/streams/event-stream.ts";
import { StreamError } from "../core/errors/index.ts";
import type { HandleOptions, StreamOptions } from "../core/streams/stream-options.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { Start } from "./border.ts";
import { Border } from "./border.ts";
import { hashOfIdentity } from "./checkpoint.ts";
import type { Line } from "./connection.ts";
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
  readonly start: Start | undefined;
  readonly checkpoint: Checkpoint | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly tell: Tell;
}

const LAG_MS = 30_000;
/** Milliseconds between two notices of one kind */
const TELL_EVERY_MS = 10_000;
/** Looking at the time of every event would cost more than some events do. */
const LOOK_EVERY = 64;

/** One pass over a stream: connections below, consumption above, and the position between them. */
export class Run<Event> implements StreamRun<Event> {
  readonly #config: RunConfig<Event>;
  readonly #progress: Progress;
  readonly #border: Border;
  #seen = 0;
  #toldLagAt = -Infinity;
  #toldSkippedAt = -Infinity;
  #skipped = 0;

  constructor(config: RunConfig<Event>) {
    this.#config = config;
    this.#border = new Border(config.start, hashOfIdentity);
    this.#progress = new Progress((...consumed) => config.checkpoint?.advance(...consumed));
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
    // A quiet stream has no next event that would tell it that the work has failed.
    const stop = new AbortController();
    try {
      await inOrder(this.#tasks(stop.signal), work, options, (error) => stop.abort(error));
    } catch (error) {
      // Aborting is how handling ends.
      if (!(signal?.aborted === true && error === signal.reason)) throw error;
    } finally {
      await this.#config.checkpoint?.close();
    }
  }

  async *#tasks(stop: AbortSignal): AsyncGenerator<Task<Event>, void, undefined> {
    for await (const { event, handed } of this.#deliveries(stop)) {
      yield { event, done: () => this.#progress.finish(handed) };
    }
  }

  async *#deliveries(
    stop?: AbortSignal,
  ): AsyncGenerator<{ readonly event: Event; readonly handed: Handed }, void, undefined> {
    const { source, options, headers, origin, checkpoint, clock, random, tell } = this.#config;
    const signals = [options.signal, checkpoint?.signal, stop].filter((signal) => signal !== undefined);
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
      url: async () => source.url(await origin(), this.#border.next(source.counts())),
      read: (message: Uint8Array | string) => this.#fresh(source.read(message)),
      tell: (name, notice) => {
        if (name === "connect") this.#connected();
        tell(name, notice);
      },
    } satisfies Line<Received<Event>>;
    for await (const { position, event, identity, counts } of receive(line)) {
      if (event === undefined) {
        if (position !== undefined) this.#progress.skip(position);
        continue;
      }
      this.#lookAtLag(event, position);
      yield { event, handed: this.#progress.hand(position, counts === "time" ? identity : undefined) };
    }
  }

  /** Until the first event, the time of connecting is the position, so that nothing in a gap after it is lost. */
  #connected(): void {
    const { source, clock } = this.#config;
    const position = source.connecting?.(clock.now());
    if (position !== undefined && this.#border.begin(position)) this.#progress.skip(position);
  }

  /** Drops what an earlier connection delivered, and reports what cannot be read or cannot be true. */
  #fresh(received: Received<Event>): Received<Event> | undefined {
    const { source, clock } = this.#config;
    const { position, problem, counts = "events" } = received;
    if (problem !== undefined) this.#reportSkipped(problem, position);
    const latest = source.latest(clock.now());
    if (position !== undefined && !this.#border.isPlausible(position, counts, latest)) {
      const message = `${source.nsid} sent the position ${position}, which cannot be right. It is not stored.`;
      if (problem === undefined) this.#reportSkipped(new StreamError(message, { nsid: source.nsid }), position);
      return { ...received, position: undefined };
    }
    return this.#border.isOld(received) ? undefined : received;
  }

  #reportSkipped(error: StreamError, position: number | undefined): void {
    this.#skipped++;
    const now = this.#config.clock.now();
    if (now - this.#toldSkippedAt < TELL_EVERY_MS) return;
    this.#toldSkippedAt = now;
    this.#config.tell("skip", { error, position, count: this.#skipped });
    this.#skipped = 0;
  }

  #lookAtLag(event: Event, position: number | undefined): void {
    if (this.#seen++ % LOOK_EVERY !== 0) return;
    const { clock, source, tell } = this.#config;
    const now = clock.now();
    const ms = now - source.time(event);
    if (!(ms > LAG_MS) || now - this.#toldLagAt < TELL_EVERY_MS) return;
    this.#toldLagAt = now;
    tell("lag", { ms, position });
  }
}
