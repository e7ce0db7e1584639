import type { HandleOptions } from "../core/streams/stream-options.ts";

/** Something that was taken and has to be worked off. */
export interface Task<Event> {
  readonly event: Event;
  readonly done: () => void;
}

const CONCURRENCY = 16;
/** Events that wait for others of their key, for each that is worked on: enough that one busy key does not stop all others. */
const WAITING = 8;

/**
 * Works events off side by side, those of one key one after the other. Takes no more than it can keep. The first failure, of the
 * work or of the stream, stops the taking and what has not begun; what has begun is waited for.
 *
 * @param onFailure told of the first failure of the work, to end a stream from which nothing may come for hours
 */
export async function inOrder<Event>(
  tasks: AsyncIterable<Task<Event>>,
  work: (event: Event) => unknown,
  { concurrency = CONCURRENCY, keyBy = repository }: HandleOptions<Event>,
  onFailure: (error: unknown) => void = () => undefined,
): Promise<void> {
  const tails = new Map<string, Promise<void>>();
  const running = new Set<Promise<void>>();
  const room = new Gate(concurrency * (1 + WAITING));
  const hands = new Gate(concurrency);
  let failure: { readonly error: unknown } | undefined;

  const run = async ({ event, done }: Task<Event>): Promise<void> => {
    await hands.enter();
    try {
      if (failure !== undefined) return;
      await work(event);
      done();
    } catch (error) {
      if (failure === undefined) onFailure(error);
      failure ??= { error };
    } finally {
      hands.leave();
    }
  };

  const follow = async (before: Promise<void> | undefined, task: Task<Event>): Promise<void> => {
    await before;
    await run(task);
  };

  try {
    for await (const task of tasks) {
      const key = keyBy(task.event);
      const mine: Promise<void> = follow(key === undefined ? undefined : tails.get(key), task).finally(() => {
        if (key !== undefined && tails.get(key) === mine) tails.delete(key);
        running.delete(mine);
        room.leave();
      });
      running.add(mine);
      if (key !== undefined) tails.set(key, mine);
      await room.enter();
      if (failure !== undefined) break;
    }
  } catch (error) {
    failure ??= { error };
  }
  await Promise.all(running);
  if (failure !== undefined) throw failure.error;
}

/** Lets so many in at once. */
class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(size: number) {
    this.#free = size;
  }

  async enter(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}

/** The repository an event is about, by the names streams have for it. */
function repository(event: unknown): string | undefined {
  const { repo, did } = event as { readonly repo?: unknown; readonly did?: unknown };
  const name = repo ?? did;
  return typeof name === "string" ? name : undefined;
}
