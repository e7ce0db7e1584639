import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { CallWriter } from "../../../src/log/writer.ts";
import { createStorage } from "../../../src/storage/create.ts";
import { MemoryStorage } from "../../../src/storage/memory/index.ts";
import type { CallInput, CallStore } from "../../../src/storage/ports/index.ts";
import { FakeClock } from "../../support/fakes/fake-clock.ts";

const reserved: CallInput = { timestamp: 1, hostname: "h", endpoint: "e", callId: "call", state: "reserved" };
const finished: CallInput = { ...reserved, state: "done", httpStatusCode: 200 };
const never = (): Promise<never> => new Promise(() => undefined);

function writerOn(calls: Partial<CallStore>) {
  const memory = new MemoryStorage();
  const store: CallStore = {
    append: (rows) => memory.calls.append(rows),
    appendSync: (rows) => memory.calls.appendSync(rows),
    insert: calls.insert ?? ((row) => memory.calls.insert(row)),
    complete: calls.complete ?? ((id, outcome) => memory.calls.complete(id, outcome)),
    get: (id) => memory.calls.get(id),
    query: (query) => memory.calls.query(query),
    prune: (options) => memory.calls.prune(options),
    stats: (filter) => memory.calls.stats(filter),
    timeline: (query) => memory.calls.timeline(query),
  };
  const clock = new FakeClock();
  const lines: string[] = [];
  const say = (line: string): void => void lines.push(line);
  const logger = { debug: say, info: say, warn: say, error: say };
  return { writer: new CallWriter({ store, clock, logger, location: "there" }), memory, clock, lines };
}

test("G8 a write that went on while its row was being stored is written whole when the process ends", async () => {
  const { writer, memory, clock } = writerOn({ insert: never });
  const { id, ready } = writer.reserve(reserved);
  await clock.pass(2000);
  await ready;
  const outcome = writer.finish(id, finished);
  await clock.pass(2000);
  await outcome;
  writer.writeNow();
  expect(await memory.calls.query()).toMatchObject([{ state: "done", httpStatusCode: 200 }]);
  expect(writer.lost).toBe(0);
});

test("G8 a write that is under way when the process ends leaves its reservation", async () => {
  const { writer, memory, clock } = writerOn({ insert: never });
  const { ready } = writer.reserve(reserved);
  await clock.pass(2000);
  await ready;
  writer.writeNow();
  expect(await memory.calls.query()).toMatchObject([{ state: "reserved" }]);
  expect(writer.lost).toBe(0);
});

test("G8 M8 an outcome that is not stored when the process ends is counted as lost, and said", async () => {
  const { writer, memory, clock, lines } = writerOn({ complete: never });
  const { id } = writer.reserve(reserved);
  const outcome = writer.finish(id, finished);
  await clock.pass(2000);
  await outcome;
  writer.writeNow();
  expect(await memory.calls.query()).toMatchObject([{ state: "reserved" }]);
  expect(writer.lost).toBe(1);
  expect(lines.at(-1)).toContain("1 write stays `reserved`");
});

test("G8 what is stored when the process ends is neither written again nor lost", async () => {
  const { writer, memory } = writerOn({});
  const { id } = writer.reserve(reserved);
  await writer.finish(id, finished);
  writer.writeNow();
  expect(await memory.calls.query()).toHaveLength(1);
  expect(writer.lost).toBe(0);
});

test("G8 process.exit() after a write whose row waited for a lock writes it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "skylex-locked-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "s.db");
  const script = fileURLToPath(new URL("worker.ts", import.meta.url));
  const args = ["--conditions=skylex-source", script, "exitLocked", file];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const storage = createStorage(file, { env: {} });
  expect(await storage.calls.query()).toMatchObject([
    { endpoint: "xrpc/com.atproto.repo.createRecord", state: "done", httpStatusCode: 200 },
  ]);
  await storage.close();
});
