import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Evidence, PICTURE, type Store } from "./evidence.ts";
import type { WorkerSettings } from "./settings.ts";

const SCRIPT = fileURLToPath(new URL("worker.ts", import.meta.url));

/** Characters of a worker's output that an error shows */
const LAST_WORDS = 2000;

export interface CrewOptions {
  readonly seed: number;
  /** Of each worker */
  readonly operations: number;
  readonly leaseMs: number;
}

/** One worker: a process, and after a kill the next one in its place. */
export class Worker {
  readonly slot: number;
  readonly #evidence: Evidence;
  readonly #store: Store;
  readonly #options: CrewOptions;
  #life = -1;
  #child: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();
  readonly #heard = new Set<string>();
  #listeners: (() => void)[] = [];
  #aliveAt = 0;
  /** Things begun, as far as it has told */
  begun = 0;

  constructor(slot: number, evidence: Evidence, options: CrewOptions) {
    this.slot = slot;
    this.#evidence = evidence;
    this.#options = options;
    this.#store = evidence.stores.find(({ slots }) => slots.includes(slot)) as Store;
  }

  get life(): number {
    return this.#life;
  }

  /** Starts it, and waits until it is at work. */
  async start(): Promise<void> {
    this.#life++;
    this.#heard.clear();
    const { PGHOST: _, BSKY_SQLITE_FILENAME: __, ...inherited } = process.env;
    const env = {
      ...inherited,
      TORTURE: JSON.stringify(this.#settings()),
      BSKY_SESSION_KEY: this.#evidence.sessionKey,
      BSKY_AUTH_USERNAME: "",
      BSKY_AUTH_PASSWORD: "",
    };
    const child = spawn(process.execPath, ["--conditions=skylex-source", "--expose-gc", SCRIPT], {
      env,
      stdio: "pipe",
    });
    this.#child = child;
    const output = openSync(this.#output, "w");
    let rest = "";
    child.stderr.on("data", (chunk: Buffer) => writeSync(output, chunk));
    child.stdout.on("data", (chunk: Buffer) => {
      writeSync(output, chunk);
      const lines = (rest + String(chunk)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#hear(line);
    });
    child.stdin.on("error", () => undefined);
    this.#ended = this.#ending(child, output);
    await this.#until("ready");
  }

  async end(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#ended;
  }

  /** Kills it without a warning. */
  async kill(): Promise<void> {
    const at = Date.now();
    await this.end();
    this.#evidence.kills.push({ slot: this.slot, life: this.#life, at, aliveAt: this.#aliveAt });
  }

  /** Has it end what it began. */
  async finish(): Promise<void> {
    this.#child?.stdin?.write("finish\n");
    await this.#until("written");
  }

  /** Has it read what is left, and waits for its end. */
  async read(): Promise<void> {
    this.#child?.stdin?.write("read\n");
    await this.#ended;
    if (!this.#heard.has("finished")) throw this.#died();
  }

  get isIdle(): boolean {
    return this.#heard.has("idle");
  }

  get #output(): string {
    return join(this.#evidence.folder, `worker-${this.slot}.${this.#life}.output`);
  }

  #settings(): WorkerSettings {
    const { evidence, store } = { evidence: this.#evidence, store: this.#store };
    const { seed, operations, leaseMs } = this.#options;
    return {
      slot: this.slot,
      life: this.#life,
      seed,
      folder: evidence.folder,
      database: store.database,
      service: evidence.proxy.url,
      plcDirectory: evidence.directory,
      accounts: store.accounts.map(({ did, handle, password }) => ({ did, handle, password })),
      lanes: store.lanes,
      operations,
      leaseMs,
      picture: PICTURE,
    };
  }

  #hear(line: string): void {
    const [word = "", count, at] = line.split(" ");
    if (at !== undefined && word === "done") this.#aliveAt = Number(at);
    if (count !== undefined && ["ready", "done", "idle"].includes(word)) this.begun = Number(count);
    this.#heard.add(word);
    this.#wake();
  }

  async #ending(child: ChildProcess, output: number): Promise<void> {
    await once(child, "close");
    closeSync(output);
    this.#wake();
  }

  #wake(): void {
    for (const listener of this.#listeners.splice(0)) listener();
  }

  async #until(word: string): Promise<void> {
    while (!this.#heard.has(word)) {
      if (this.#child?.exitCode !== null || this.#child.signalCode !== null) throw this.#died();
      await new Promise<void>((resolve) => this.#listeners.push(resolve));
    }
  }

  #died(): Error {
    const file = this.#output;
    const lastWords = readFileSync(file, "utf8").slice(-LAST_WORDS);
    return new Error(
      `Worker ${this.slot}, life ${this.#life}, ended by itself (${this.#child?.exitCode ?? this.#child?.signalCode}). All it said is in ${file}, at last:\n${lastWords}`,
    );
  }
}
