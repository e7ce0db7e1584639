import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "../support/servers/faults.ts";
import { Worker } from "./crew.ts";
import { type Evidence, openEvidence, WORKERS, writeEnd } from "./evidence.ts";
import { LANES } from "./settings.ts";

export interface TortureOptions {
  readonly seed: number;
  /** Milliseconds after which the work ends; checks come on top */
  readonly duration: number;
  /** Things that each worker does at most */
  readonly operations: number;
  /** How many workers are killed, at moments spread over the work */
  readonly kills: number;
  /** Milliseconds until what a killed worker held is free */
  readonly leaseMs: number;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly phase: "starting" | "working" | "finishing" | "reading";
  /** 0 to 1 */
  readonly share: number;
  readonly operations: number;
  readonly requests: number;
  readonly faults: number;
  readonly kills: number;
}

/**
 * Eight processes on two databases do what users do, through a proxy that fails one request in ten, and are killed meanwhile. Then
 * the faults end, and everybody finishes what was begun. What is left is for the checks.
 */
export async function torture(options: TortureOptions): Promise<Evidence> {
  const evidence = await openEvidence(options.seed);
  const run = new Run(evidence, options);
  try {
    await run.work();
    await run.finish();
    return evidence;
  } catch (error) {
    await run.end();
    // What the workers said last is named in the error.
    await evidence.close(true);
    throw error;
  }
}

class Run {
  readonly #evidence: Evidence;
  readonly #options: TortureOptions;
  readonly #workers: readonly Worker[];
  readonly #random: () => number;
  #failure: unknown;

  constructor(evidence: Evidence, options: TortureOptions) {
    this.#evidence = evidence;
    this.#options = options;
    this.#workers = Array.from({ length: WORKERS }, (_, slot) => new Worker(slot, evidence, options));
    this.#random = seededRandom(options.seed ^ 0x5eed);
  }

  /** Everybody logs in once while nobody is killed, so that logins can be counted. */
  async work(): Promise<void> {
    this.#evidence.faults = true;
    this.#report("starting", 0);
    await Promise.all(this.#workers.map((worker) => worker.start()));
    const begin = Date.now();
    const { duration, kills, operations } = this.#options;
    const restarts: Promise<void>[] = [];
    for (;;) {
      await sleep(100);
      if (this.#failure !== undefined) throw this.#failure as Error;
      const share = Math.min(1, Math.max((Date.now() - begin) / duration, this.#begun / (operations * WORKERS)));
      this.#report("working", share);
      const isDone = restarts.length >= kills && this.#workers.every((worker) => worker.isIdle);
      if (isDone || Date.now() - begin >= duration) break;
      // The last kill comes while there is still something to do.
      const isTime = restarts.length < kills && share * 1.1 >= (restarts.length + 1) / (kills + 1);
      const victim = isTime ? this.#chooseVictim() : undefined;
      if (victim !== undefined) restarts.push(this.#killAndRestart(victim));
    }
    await Promise.all(restarts);
  }

  async finish(): Promise<void> {
    const { network, proxy } = this.#evidence;
    this.#evidence.faults = false;
    this.#report("finishing", 1);
    await Promise.all(this.#workers.map((worker) => worker.finish()));
    // Of those who were killed, some requests are still held back: what they write must not come after the end.
    await proxy.settled();
    await network.processAll();
    await writeEnd(this.#evidence);
    this.#report("reading", 1);
    await Promise.all(this.#workers.map((worker) => worker.read()));
    if (this.#failure !== undefined) throw this.#failure as Error;
  }

  /** Ends all that is still at work, when the run has failed. */
  async end(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.end()));
  }

  get #begun(): number {
    return this.#workers.reduce((sum, { begun }) => sum + begun, 0);
  }

  /** One of those that may be: the first of each database lives long, for its memory to be watched. */
  #chooseVictim(): Worker | undefined {
    const mortal = this.#workers.filter(({ slot }) => slot % LANES !== 0 && !this.#dying.has(slot));
    return mortal[Math.floor(this.#random() * mortal.length)];
  }

  async #killAndRestart(worker: Worker): Promise<void> {
    this.#dying.add(worker.slot);
    try {
      await worker.kill();
      // Others lose what they are connected to.
      this.#evidence.proxy.cutSockets();
      await sleep(this.#random() * 1000);
      await worker.start();
      this.#dying.delete(worker.slot);
    } catch (error) {
      this.#failure ??= error;
    }
  }

  /** Workers between their lives */
  readonly #dying = new Set<number>();

  #report(phase: Progress["phase"], share: number): void {
    const { proxy, kills } = this.#evidence;
    // The log is long, and only grows.
    for (; this.#counted < proxy.log.length; this.#counted++) {
      if (proxy.log[this.#counted]?.fault !== undefined) this.#faults++;
    }
    const figures = { operations: this.#begun, requests: proxy.log.length, faults: this.#faults, kills: kills.length };
    this.#options.onProgress?.({ phase, share, ...figures });
  }

  #counted = 0;
  #faults = 0;
}
