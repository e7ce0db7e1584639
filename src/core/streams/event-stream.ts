import { ValidationError } from "../errors/index.ts";
import type { Logger } from "../logger.ts";
import type { HandleOptions, StreamNotices, StreamResumeOptions } from "./stream-options.ts";

/** One pass over a stream, from connecting to closing. */
export interface StreamRun<Event> {
  /** The events; each is consumed when the next one is asked for */
  events(): AsyncGenerator<Event, void, undefined>;
  /** Works the events off; see `EventStream.handle`. */
  handle(work: (event: Event) => unknown, options: HandleOptions<Event>): Promise<void>;
}

/** Where the position of a stream is kept. */
export interface StreamResume extends StreamResumeOptions {
  readonly name: string | undefined;
}

export type Tell = <Name extends keyof StreamNotices>(name: Name, notice: StreamNotices[Name]) => void;

/** Calls the listeners of a stream; those that throw are reported to the logger. */
export type Notify = <Name extends keyof StreamNotices>(
  name: Name,
  notice: StreamNotices[Name],
  logger: Logger,
) => void;

/** How a stream is opened; nothing is loaded or connected before. */
export interface StreamOpening<Event> {
  readonly nsid: string;
  /** Whether the caller gave a cursor by hand */
  readonly manual: boolean;
  readonly open: (resume: StreamResume | undefined, notify: Notify) => Promise<StreamRun<Event>>;
}

type Listeners = { readonly [Name in keyof StreamNotices]: Set<(notice: StreamNotices[Name]) => void> };

/**
 * What a subscription returns. `for await` gives its events, over any number of connections, until the loop is left or the
 * `signal` aborts. Nothing is connected before somebody asks for events, and the server is slowed down when events are
 * consumed more slowly than they come.
 *
 * Rejects with `StreamError` when the server refuses the stream (`error.error`: `FutureCursor` …) or cannot be reached.
 */
export class EventStream<Event, ErrorName extends string = string> implements AsyncIterable<Event> {
  /** For the type alone: names of the errors the lexicon declares */
  declare readonly errorName?: ErrorName;
  readonly #opening: StreamOpening<Event>;
  readonly #resume: StreamResume | undefined;
  readonly #listeners: Listeners;

  constructor(opening: StreamOpening<Event>, resume?: StreamResume, listeners?: Listeners) {
    this.#opening = opening;
    this.#resume = resume;
    this.#listeners = listeners ?? { connect: new Set(), disconnect: new Set(), skip: new Set(), lag: new Set() };
  }

  /**
   * The same stream with its position kept in the database under `name`: it goes on where the last run stopped, in another process
   * too. An event is delivered at least once; after a crash those since the last stored position come again. One
   * process at a time may use a name.
   *
   * @param name default: one for each combination of parameters
   * @throws ValidationError when the call was given a cursor by hand
   */
  resume(name?: string, options: StreamResumeOptions = {}): EventStream<Event, ErrorName> {
    if (this.#opening.manual) {
      const { nsid } = this.#opening;
      throw new ValidationError(
        `${nsid}: a stream that was given a cursor by hand has no kept position. Leave out the cursor, or resume(). Nothing was sent.`,
        { nsid, issues: [{ path: "params.cursor", message: "cannot be combined with resume" }] },
      );
    }
    checkNumbers(this.#opening.nsid, "options", options, { everyEvents: 1, everyMs: 0, wait: 0 });
    const { start } = options;
    if (start !== undefined && start !== "beginning" && start !== "now") {
      throw refusal(this.#opening.nsid, "options.start", 'must be "beginning" or "now"');
    }
    return new EventStream(this.#opening, { ...options, name }, this.#listeners);
  }

  /** Tells of connections that are made or lost, and of falling behind. The function it gives ends that. */
  on<Name extends keyof StreamNotices>(name: Name, listener: (notice: StreamNotices[Name]) => void): () => void {
    this.#listeners[name].add(listener);
    return () => void this.#listeners[name].delete(listener);
  }

  /**
   * Calls `work` for every event, for several at the same time, those of one repository one after the other. An event counts as
   * consumed when its work and that of all before it is done. Resolves when the `signal` aborts; rejects with the first
   * error of `work`, after waiting for what has begun.
   *
   * @throws ValidationError when `concurrency` is not a whole number from 1 on
   */
  async handle(work: (event: Event) => unknown, options: HandleOptions<Event> = {}): Promise<void> {
    checkNumbers(this.#opening.nsid, "options", options, { concurrency: 1 });
    const run = await this.#run();
    await run.handle(work, options);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Event, void, undefined> {
    const run = await this.#run();
    yield* run.events();
  }

  #run(): Promise<StreamRun<Event>> {
    const { nsid, open } = this.#opening;
    return open(this.#resume, (name, notice, logger) => {
      for (const listener of this.#listeners[name]) {
        try {
          listener(notice);
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          logger.warn(`A listener of ${nsid} failed on "${name}": ${reason}`);
        }
      }
    });
  }
}

/**
 * Refuses numbers that a stream cannot work with.
 *
 * @param least the smallest number that each option may have; those from 1 on have to be whole
 * @throws ValidationError naming the first option that is wrong
 */
export function checkNumbers(
  nsid: string,
  path: string,
  options: object,
  least: Readonly<Record<string, number>>,
): void {
  for (const [name, smallest] of Object.entries(least)) {
    const value = (options as Readonly<Record<string, unknown>>)[name];
    if (value === undefined || value === false) continue;
    const isWhole = smallest === 0 || Number.isSafeInteger(value);
    if (typeof value === "number" && value >= smallest && isWhole) continue;
    throw refusal(nsid, `${path}.${name}`, `must be a ${smallest === 0 ? "" : "whole "}number from ${smallest} on`);
  }
}

const refusal = (nsid: string, path: string, message: string): ValidationError =>
  new ValidationError(`${nsid}: ${path} ${message}. Nothing was sent.`, { nsid, issues: [{ path, message }] });
