import { expect, inject, test } from "vitest";
import type { Client, Clock } from "../../../src/index.ts";
import { MemoryStorage } from "../../../src/storage/memory/index.ts";
import { again, join, type Person } from "../endpoints/accounts.ts";
import { until } from "../../support/servers/accounts.ts";
import { startFaultProxy, type FaultProxy } from "../../support/servers/fault-proxy.ts";
import { seededRandom, type Fault, type FaultPlan } from "../../support/servers/faults.ts";

const { pds } = inject("network");
const collection = "com.example.thing";
const RUNS = 2000;
const ACCOUNTS = 8;
/** A failed run is repeated with the seed it names. */
const seed = Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 2 ** 31));

const faults: readonly Fault[] = [
  { kind: "reset" },
  { kind: "status", status: 502, html: true },
  { kind: "status", status: 429, error: "RateLimitExceeded", headers: { "retry-after": "0" } },
  { kind: "resetAfter" },
  { kind: "statusAfter" },
  { kind: "truncate" },
  { kind: "badJson" },
  { kind: "hang" },
  // Given up on, and carried out later: before the request is sent again, or after
  { kind: "delay", delayMs: 10 },
];

/** Half of all writes and a quarter of what is read to settle them go wrong, in every way there is. */
const planOf =
  (clock: PatientClock): FaultPlan =>
  ({ nsid }, random) => {
    const isWrite = nsid.endsWith(".createRecord") || nsid.endsWith(".applyWrites");
    const fault = faults[Math.floor(random() * faults.length * (isWrite ? 2 : 4))];
    if (fault?.kind === "hang" || fault?.kind === "delay") setImmediate(() => clock.expire());
    return fault;
  };

/** Time limits that pass when the test says so: a busy machine must not make an honest answer late. */
class PatientClock implements Clock {
  readonly #limits = new Set<() => void>();

  now(): number {
    return Date.now();
  }

  after(ms: number, callback: () => void): () => void {
    if (ms < ATTEMPT) {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    }
    this.#limits.add(callback);
    return () => this.#limits.delete(callback);
  }

  expire(): void {
    for (const callback of this.#limits) callback();
  }
}

/** Milliseconds, of which none pass */
const ATTEMPT = 600_000;

interface Writer {
  readonly person: Person;
  readonly proxy: FaultProxy;
  readonly clock: PatientClock;
  /** What the repository must have in the end: text to URI */
  readonly expected: Map<string, string>;
}

test(`A12.5 ${RUNS} creates and batches under random faults write each record once (FAULT_SEED=${seed})`, async () => {
  const writers = await Promise.all(Array.from({ length: ACCOUNTS }, (_, index) => openWriter(index)));
  await Promise.all(writers.map((writer, index) => writeAll(writer, index)));
  let hits = 0;
  for (const { person, proxy, expected } of writers) {
    // Requests that were given up on are still on their way.
    await until(() => proxy.log.every(({ fault, serverStatus }) => fault !== "delay" || serverStatus !== undefined));
    hits += proxy.log.filter(({ fault }) => fault !== undefined).length;
    expect(await textsOf(person.client)).toEqual(sorted([...expected]));
    await proxy.close();
  }
  expect(hits).toBeGreaterThan(RUNS / 2);
}, 600_000);

async function openWriter(index: number): Promise<Writer> {
  const clock = new PatientClock();
  const plan = planOf(clock);
  const [person, proxy] = await Promise.all([join(pds), startFaultProxy(pds, { plan, seed: seed + index })]);
  return { person, proxy, clock, expected: new Map() };
}

async function writeAll({ person, proxy, clock, expected }: Writer, index: number): Promise<void> {
  const random = seededRandom(seed - index);
  await using client = again(person, {
    service: proxy.url,
    clock,
    timeout: 10 * ATTEMPT,
    attemptTimeout: ATTEMPT,
    storage: new MemoryStorage(),
    retry: { attempts: 30, baseDelay: 1, maxDelay: 20 },
  });
  for (let run = 0; run < RUNS / ACCOUNTS; run++) {
    if (random() < 0.5) {
      const text = `${run}`;
      const { uri } = await client.records.create(collection, { text });
      expected.set(text, uri);
    } else await writeBatch(client, person, expected, run, random);
  }
}

/** One to three new records, at times together with the end of an old one and the change of another. */
async function writeBatch(
  client: Client,
  { did }: Person,
  expected: Map<string, string>,
  run: number,
  random: () => number,
): Promise<void> {
  const texts = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, n) => `${run}.${n}`);
  const $type = "com.atproto.repo.applyWrites#";
  const creates = texts.map((text) => ({ $type: `${$type}create` as const, collection, value: { text } }));
  const old = [...expected].slice(0, Math.floor(random() * 3));
  const changes = old.map(([text, uri], n) => {
    const rkey = uri.slice(uri.lastIndexOf("/") + 1);
    expected.delete(text);
    if (n === 0) return { $type: `${$type}delete` as const, collection, rkey };
    expected.set(`${text} changed in ${run}`, uri);
    return { $type: `${$type}update` as const, collection, rkey, value: { text: `${text} changed in ${run}` } };
  });
  const { results = [] } = await client.com.atproto.repo.applyWrites({ repo: did, writes: [...changes, ...creates] });
  for (const [n, text] of texts.entries()) {
    const result = results[changes.length + n];
    expected.set(text, result !== undefined && "uri" in result ? result.uri : "no result");
  }
}

const sorted = (all: readonly [text: string, uri: string][]): [string, string][] =>
  all.toSorted(([a], [b]) => (a < b ? -1 : 1));

/** Every record of a repository, text and URI, past the proxy. */
async function textsOf(client: Client): Promise<[string, string][]> {
  const all: [string, string][] = [];
  for await (const { uri, value } of client.records.list<{ text: string }>(collection)) all.push([value.text, uri]);
  return sorted(all);
}
