// Rows a second of the call log, in batches of 100, on SQLite and on PostgreSQL: `node bench/storage.ts [rows]`.
// CPU is this process's: PostgreSQL's own is not counted.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createStorage } from "../src/storage/create.ts";
import type { CallInput, Storage } from "../src/storage/ports.ts";
import { createDatabase, openPostgres, query } from "../test/network/postgres.ts";

const ROWS = Number(process.argv[2] ?? 50_000);
const BATCH = 100;
const ROUNDS = 5;
const ENDPOINTS = ["feed.getTimeline", "actor.getProfile", "feed.getPostThread", "graph.getFollows"];

function row(index: number): CallInput {
  return {
    timestamp: Date.now(),
    hostname: "porcini.us-east.host.bsky.network",
    endpoint: `xrpc/app.bsky.${ENDPOINTS[index % ENDPOINTS.length]}`,
    requestDid: "did:plc:ewvi7nxzyoun6zhxrhs64oiz",
    cursorReceived: "3kabcdefghijk",
    method: "get",
    httpStatusCode: 200,
    params: '{"limit":50,"actor":"bsky.app"}',
    responseKeys: "cursor,feed",
    durationMicroseconds: 120_000 + index,
    callId: `call-${index}`,
    state: "done",
    attempts: 1,
    service: "https://porcini.us-east.host.bsky.network",
    requestBytes: 0,
    responseBytes: 60_000,
  };
}

async function measure(
  name: string,
  count: number,
  storage: Storage,
  write: (rows: readonly CallInput[]) => Promise<unknown>,
): Promise<void> {
  const rates: number[] = [];
  const cpus: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const batches = Array.from({ length: count / BATCH }, (_, batch) =>
      Array.from({ length: BATCH }, (_, index) => row(batch * BATCH + index)),
    );
    const cpu = process.cpuUsage();
    const start = performance.now();
    for (const batch of batches) await write(batch);
    rates.push((count / (performance.now() - start)) * 1000);
    const { user, system } = process.cpuUsage(cpu);
    cpus.push((user + system) / count);
    await storage.calls.prune({ olderThan: Date.now() + 1, now: Date.now() });
  }
  const sorted = rates.toSorted((a, b) => a - b).map((rate) => Math.round(rate));
  const median = cpus.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? 0;
  console.log(
    `${name.padEnd(44)} ${String(sorted[ROUNDS >> 1]).padStart(7)} rows/s [${sorted[0]}..${sorted.at(-1)}]  ${median.toFixed(1)} us CPU a row`,
  );
}

async function measureAll(name: string, storage: Storage): Promise<void> {
  await storage.open();
  const oneByOne = async (rows: readonly CallInput[]): Promise<void> => {
    for (const one of rows) await storage.calls.insert(one);
  };
  await measure(`${name}, batches of ${BATCH}`, ROWS, storage, (rows) => storage.calls.append(rows));
  await measure(`${name}, one by one with id`, ROWS / 10, storage, oneByOne);
  await storage.close();
}

const folder = mkdtempSync(join(tmpdir(), "skylex-bench-"));
await measureAll("SQLite", createStorage(join(folder, "s.db")));
rmSync(folder, { recursive: true });

// The tests' own server does not wait for the disk; set DB_POSTGRES_URL or PG* to measure one that does.
const server = await openPostgres();
const database = await createDatabase(server.url);
const [setting] = await query(database.url, "show fsync");
await measureAll(`PostgreSQL, fsync ${String(setting?.["fsync"])}`, createStorage(database.url));
await database.drop();
await server.stop();
