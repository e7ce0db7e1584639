import { createHash, randomBytes } from "node:crypto";
import { type Client, SkylexError } from "../../src/index.ts";
import type { History, Intent, Journal } from "./journal.ts";
import { LANES, LIST, POST, TALLY, TALLY_KEY, THING, type WorkerAccount, type WorkerSettings } from "./settings.ts";

export interface OperationsConfig {
  readonly settings: WorkerSettings;
  readonly journal: Journal;
  readonly history: History;
  readonly views: ReadonlyMap<string, Client>;
  readonly random: () => number;
  readonly picture: Uint8Array;
}

/** A record that this worker wrote and has not touched since. */
interface Own {
  readonly did: string;
  readonly uri: string;
  readonly text: string;
}

const OWN = 200;

/** What a worker does, by chance, as anybody might. */
export class Operations {
  readonly #config: OperationsConfig;
  readonly #own: Own[] = [];
  #begun: number;

  constructor(config: OperationsConfig) {
    this.#config = config;
    this.#begun = config.history.intents.reduce((last, { n }) => Math.max(last, n), 0);
  }

  /** Things begun in all lives of this worker */
  get begun(): number {
    return this.#begun;
  }

  view(did: string): Client {
    return this.#config.views.get(did) as Client;
  }

  /** Does one thing. What fails is written down, and no reason to stop. */
  async one(): Promise<void> {
    const { random } = this.#config;
    let left = random() * total;
    const [, run] = choices.find(([weight]) => (left -= weight) < 0) ?? choices[0];
    await run(this);
  }

  /** Writes down what is meant, does it, and writes down what became of it. */
  async intend(
    intent: Omit<Intent, "n">,
    act: (mark: object) => Promise<readonly string[]>,
  ): Promise<readonly string[]> {
    const n = ++this.#begun;
    this.#config.journal.ahead({ n, ...intent });
    return this.#settle(n, () => act(this.mark(n)));
  }

  async #settle(n: number, act: () => Promise<readonly string[]>): Promise<readonly string[]> {
    const { journal } = this.#config;
    try {
      const uris = await act();
      journal.write({ n, outcome: "done", uris });
      return uris;
    } catch (error) {
      journal.write({ n, outcome: this.#isSure(error) ? "refused" : "unsure", error: String(error) });
      return [];
    }
  }

  #isSure(error: unknown): boolean {
    if (error instanceof SkylexError) return !error.ambiguous;
    this.#config.journal.write({ complaint: `an error that is none of the SDK's: ${(error as Error)?.stack}` });
    return false;
  }

  /** Does under the same key what a life before has begun. */
  async again({ n, did, texts: [text = ""] }: Intent): Promise<boolean> {
    return (await this.#settle(n, () => this.#postOnce(did, text))).length > 0;
  }

  async #postOnce(did: string, text: string): Promise<readonly string[]> {
    return [(await this.view(did).createPost(text, { key: text })).uri];
  }

  text(n = this.#begun + 1): string {
    return `w${this.#config.settings.slot}-${n}`;
  }

  /** A parameter that servers do not know and ignore: by it the checks find the row of each request. */
  mark(n: number): { readonly torture: string } {
    const { slot, life } = this.#config.settings;
    return { torture: `${slot}.${life}.${n}` };
  }

  #account(from = LANES): WorkerAccount {
    const { settings, random } = this.#config;
    return settings.accounts[from + Math.floor(random() * (settings.accounts.length - from))] as WorkerAccount;
  }

  #keep(did: string, uris: readonly string[], texts: readonly string[]): void {
    for (const [index, uri] of uris.entries()) this.#own.push({ did, uri, text: texts[index] ?? "" });
    if (this.#own.length > OWN) this.#own.splice(0, this.#own.length - OWN);
  }

  #takeOwn(): Own | undefined {
    return this.#own.splice(Math.floor(this.#config.random() * this.#own.length), 1)[0];
  }

  async createPost(): Promise<void> {
    const { did } = this.#account();
    const text = this.text();
    await this.intend({ op: "create", did, collection: POST, texts: [text] }, async (params) => [
      (await this.view(did).app.bsky.feed.post.create({ text }, { params })).uri,
    ]);
  }

  async createList(): Promise<void> {
    const { did } = this.#account();
    const text = this.text();
    const value = { name: text, purpose: "app.bsky.graph.defs#curatelist" } as const;
    await this.intend({ op: "create", did, collection: LIST, texts: [text] }, async (params) => [
      (await this.view(did).app.bsky.graph.list.create(value, { params })).uri,
    ]);
  }

  async createThing(): Promise<void> {
    const { did } = this.#account();
    const text = this.text();
    const uris = await this.intend({ op: "create", did, collection: THING, texts: [text] }, async (params) => [
      (await this.view(did).records.create(THING, { text }, { params })).uri,
    ]);
    this.#keep(did, uris, [text]);
  }

  async createBatch(): Promise<void> {
    const { did } = this.#account();
    const n = this.#begun + 1;
    const texts = Array.from({ length: 2 + Math.floor(this.#config.random() * 4) }, (_, at) => `${this.text(n)}.${at}`);
    const uris = await this.intend({ op: "create", did, collection: THING, texts }, async (params) => {
      const written = await this.view(did).batch((b) => texts.map((text) => b.create(THING, { text })), { params });
      return written.map(({ uri }) => uri ?? "");
    });
    this.#keep(did, uris, texts);
  }

  async createKeyed(): Promise<void> {
    const { did } = this.#account();
    const text = this.text();
    await this.intend({ op: "keyed", did, collection: POST, texts: [text] }, () => this.#postOnce(did, text));
  }

  async tally(): Promise<void> {
    const { did } = this.#account();
    const text = this.text();
    const note = (value: { readonly marks?: readonly string[] }) => ({ marks: [...(value.marks ?? []), text] });
    await this.intend({ op: "tally", did, collection: TALLY, texts: [text] }, async () => {
      return [(await this.view(did).records.update(TALLY, TALLY_KEY, note, { rounds: 20 })).uri];
    });
  }

  async put(): Promise<void> {
    const own = this.#takeOwn();
    if (own === undefined) return this.createThing();
    const { did, uri, text } = own;
    await this.intend({ op: "put", did, collection: THING, texts: [text], version: 1 }, async (params) => [
      (await this.view(did).records.put(THING, uri, { text, version: 1 }, { params })).uri,
    ]);
  }

  async delete(): Promise<void> {
    const own = this.#takeOwn();
    if (own === undefined) return this.createThing();
    const { did, uri, text } = own;
    await this.intend({ op: "delete", did, collection: THING, texts: [text] }, async (params) => {
      await this.view(did).records.delete(THING, uri, { params });
      return [uri];
    });
  }

  async upload(): Promise<void> {
    const { did } = this.#account();
    const text = this.text();
    const bytes = new Uint8Array(randomBytes(200 + Math.floor(this.#config.random() * 20_000)));
    const blobs = { [text]: createHash("sha256").update(bytes).digest("hex") };
    await this.intend({ op: "create", did, collection: THING, texts: [text], blobs }, async (params) => {
      const view = this.view(did);
      const { blob } = await view.com.atproto.repo.uploadBlob(bytes, { encoding: "application/octet-stream", params });
      return [(await view.records.create(THING, { text, blob }, { params })).uri];
    });
  }

  async uploadPicture(): Promise<void> {
    const { did } = this.#account();
    const text = this.text();
    await this.intend({ op: "create", did, collection: THING, texts: [text] }, async (params) => {
      const view = this.view(did);
      const { blob } = await view.uploadImage(this.#config.picture);
      return [(await view.records.create(THING, { text, blob }, { params })).uri];
    });
  }

  /** Reads what it wrote, which must be there, as it was written. */
  async readOwn(): Promise<void> {
    const { random, journal } = this.#config;
    const own = this.#own[Math.floor(random() * this.#own.length)];
    if (own === undefined) return this.createThing();
    const read = await this.#read((params) =>
      this.view(own.did).records.get<{ readonly text?: string }>(THING, own.uri, { params }),
    );
    // Meanwhile this worker may have deleted it itself.
    if (read === undefined || !this.#own.includes(own)) return;
    if (read.value.text !== own.text)
      journal.write({ complaint: `${own.uri} says ${read.value.text}, not ${own.text}` });
  }

  async readAny(): Promise<void> {
    const { did, handle } = this.#account(0);
    const { app, com } = this.view(did);
    const actor = this.#account(0).did;
    const reads: readonly ((mark: object) => Promise<unknown>)[] = [
      (mark) => app.bsky.feed.getTimeline({ limit: 10, ...mark }),
      (mark) => app.bsky.actor.getProfile({ actor, ...mark }),
      (mark) => app.bsky.feed.getAuthorFeed({ actor, limit: 10, ...mark }),
      (mark) => com.atproto.repo.describeRepo({ repo: did, ...mark }),
      (mark) => com.atproto.repo.listRecords({ repo: did, collection: THING, limit: 20, ...mark }),
      (mark) => com.atproto.identity.resolveHandle({ handle, ...mark }),
      () => this.view(did).budget.status(),
      () => this.view(did).log.query({ limit: 10 }),
      () => this.view(did).profiles.get(actor),
    ];
    await this.#read(reads[Math.floor(this.#config.random() * reads.length)] ?? (() => Promise.resolve()));
  }

  #reads = 0;

  async #read<Value>(read: (mark: object) => PromiseLike<Value>): Promise<Value | undefined> {
    const { slot, life } = this.#config.settings;
    try {
      return await read({ torture: `${slot}.${life}.r${++this.#reads}` });
    } catch (error) {
      // Reads may fail: one request in ten does. Only how they fail is judged.
      this.#isSure(error);
      return undefined;
    }
  }
}

type Choice = readonly [weight: number, run: (operations: Operations) => Promise<void>];

const choices: readonly [Choice, ...Choice[]] = [
  [18, (work) => work.createPost()],
  [4, (work) => work.createList()],
  [14, (work) => work.createThing()],
  [12, (work) => work.createBatch()],
  [14, (work) => work.createKeyed()],
  [8, (work) => work.tally()],
  [8, (work) => work.put()],
  [8, (work) => work.delete()],
  [5, (work) => work.upload()],
  [1, (work) => work.uploadPicture()],
  [10, (work) => work.readOwn()],
  [30, (work) => work.readAny()],
];
const total = choices.reduce((sum, [weight]) => sum + weight, 0);

const TRIES = 20;

/** A key promises that what was begun under it can be begun again, until it is there once. */
export async function finishKeyed(work: Operations, { intents, outcomes }: History): Promise<void> {
  const open = intents.filter(({ n, op }) => op === "keyed" && outcomes.get(n)?.outcome !== "done");
  for (const intent of open) {
    for (let tries = 0; tries < TRIES && !(await work.again(intent)); tries++);
  }
}
