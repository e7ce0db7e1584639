/**
 * Runs a few processes in every order of their steps, as far as that is wanted: a step is what nobody can come in between, such as one
 * statement of a database or one request. A process may die before any of its steps.
 */

/** Waits for its turn, and then does something in one step. */
export type Step = <Value>(act: () => Promise<Value>) => Promise<Value>;

export type Process = (step: Step) => Promise<unknown>;

/** What became of a process. */
export type Ending = { readonly ok: unknown } | { readonly error: unknown } | "died";

export interface World {
  readonly processes: readonly Process[];
  /** Looks at what is left when all processes have ended */
  readonly judge: (endings: readonly Ending[]) => Promise<void>;
}

export interface Bounds {
  /** Processes that may die in one run */
  readonly deaths: number;
  /** Runs at random in place of all */
  readonly sample?: { readonly runs: number; readonly random: () => number };
}

/**
 * Plays a world in all orders, or in some.
 *
 * @returns how many runs there were
 */
export async function explore(create: () => World, { deaths, sample }: Bounds): Promise<number> {
  if (sample !== undefined) {
    for (let run = 0; run < sample.runs; run++) {
      await play(create(), deaths, (_, options) => Math.floor(sample.random() * options));
    }
    return sample.runs;
  }
  let runs = 0;
  // The choices of the last run, each with the number it was taken from: the next run differs in the last that can be raised.
  let path: { choice: number; options: number }[] = [];
  do {
    const taken: { choice: number; options: number }[] = [];
    const given = path;
    await play(create(), deaths, (at, options) => {
      const choice = given[at]?.choice ?? 0;
      taken.push({ choice, options });
      return choice;
    });
    runs++;
    while (taken.length > 0 && lastOf(taken).choice + 1 >= lastOf(taken).options) taken.pop();
    if (taken.length > 0) lastOf(taken).choice++;
    path = taken;
  } while (path.length > 0);
  return runs;
}

const lastOf = <Item>(items: readonly Item[]): Item => items[items.length - 1] as Item;

type Choose = (at: number, options: number) => number;

async function play({ processes, judge }: World, deaths: number, choose: Choose): Promise<void> {
  const actors = processes.map((process) => new Actor(process));
  let left = deaths;
  const path: string[] = [];
  await Promise.all(actors.map((actor) => actor.rests()));
  for (let at = 0; ; at++) {
    const ready = actors.filter((actor) => actor.isWaiting);
    if (ready.length === 0) break;
    const choice = choose(at, left > 0 ? ready.length * 2 : ready.length);
    const actor = ready[choice % ready.length] as Actor;
    if (at > MOST_STEPS) throw new Error(`There is no end to it: ${path.join(", ")}`);
    path.push(`${actors.indexOf(actor)}${choice >= ready.length ? " dies" : ""}`);
    if (choice >= ready.length) {
      left--;
      actor.die();
    } else {
      await actor.go();
    }
  }
  try {
    await judge(actors.map(({ ending }) => ending));
  } catch (error) {
    throw new Error(`In the order ${path.join(", ")}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** Steps of one run, more than any protocol needs */
const MOST_STEPS = 500;

/** One process, which stands still before each of its steps. */
class Actor {
  ending: Ending = "died";
  readonly #waiting: (() => void)[] = [];
  #isOver = false;
  #arrival = Promise.withResolvers<void>();

  constructor(process: Process) {
    const step: Step = async (act) => {
      const turn = Promise.withResolvers<void>();
      this.#waiting.push(turn.resolve);
      this.#arrival.resolve();
      await turn.promise;
      return act();
    };
    const end = (ending: Ending): void => {
      this.ending = ending;
      this.#isOver = true;
      this.#arrival.resolve();
    };
    process(step).then(
      (ok) => end({ ok }),
      (error: unknown) => end({ error }),
    );
  }

  get isWaiting(): boolean {
    return !this.#isOver && this.#waiting.length > 0;
  }

  /** When it stands before a step, or has ended. */
  rests(): Promise<void> {
    return this.#arrival.promise;
  }

  async go(): Promise<void> {
    this.#arrival = Promise.withResolvers();
    const turn = this.#waiting.shift();
    // What it does at once may be waiting already.
    if (this.#waiting.length > 0) this.#arrival.resolve();
    turn?.();
    await this.rests();
  }

  /** It takes no further step. */
  die(): void {
    this.#isOver = true;
  }
}
