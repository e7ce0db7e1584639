import { ValidationError } from "../errors/index.ts";
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

/** How a stream is opened; nothing is loaded or connected before. */
export interface StreamOpening<Event> {
  readonly nsid: string;
  /** Whether the caller gave a cursor by hand */
  readonly manual: boolean;
  readonly open: (resume: StreamResume | undefined, tell: Tell) => Promise<StreamRun<Event>>;
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
    this.#listeners = listeners ?? { connect: new Set(), disconnect: new Set(), lag: new Set() };
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
   */
  async handle(work: (event: Event) => unknown, options: HandleOptions<Event> = {}): Promise<void> {
    const run = await this.#run();
    await run.handle(work, options);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Event, void, undefined> {
    const run = await this.#run();
    yield* run.events();
  }

  #run(): Promise<StreamRun<Event>> {
    return this.#opening.open(this.#resume, (name, notice) => {
      for (const listener of this.#listeners[name]) listener(notice);
    });
  }
}
