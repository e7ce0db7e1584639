import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { StorageError } from "../../../src/core/errors/index.ts";
import { MemoryStorage } from "../../../src/storage/memory/index.ts";
import type { CallInput, CallStore, Storage } from "../../../src/storage/ports/index.ts";
import { refusal, type Step } from "../../support/fakes/scripted-fetch.ts";
import { testClient } from "../../support/fakes/test-client.ts";

// Rows of writes without a budget go the log's own way.
const account = { service: "https://pds.example", accessToken: "token", budget: false } as const;
const write = { repo: "did:plc:a", collection: "a.b.c", record: {} };
const failing = async (): Promise<never> => {
  throw new StorageError("The database is away. Start it.", { code: "unreachable", location: "there" });
};
const never = (): Promise<never> => new Promise(() => undefined);
const storageWith = (calls: Partial<CallStore>): Storage & { readonly memory: MemoryStorage } => {
  const memory = new MemoryStorage();
  const bound = Object.fromEntries(
    (["append", "appendSync", "insert", "complete", "get", "query", "prune", "stats"] as const).map((name) => [
      name,
      (memory.calls[name] as (...args: unknown[]) => unknown).bind(memory.calls),
    ]),
  ) as unknown as CallStore;
  const { sessions, profiles, budgets, cursors, posts, leases, uploads } = memory;
  return {
    sessions,
    profiles,
    budgets,
    cursors,
    posts,
    leases,
    uploads,
    calls: { ...bound, ...calls },
    location: "there",
    open: () => memory.open(),
    close: () => memory.close(),
    memory,
  };
};
const withCalls = (calls: Partial<CallStore>, steps: readonly Step[] = [Response.json({})]) => {
  const storage = storageWith(calls);
  return { ...testClient(steps, { ...account, storage }), storage };
};

describe("a log that fails", () => {
  test("L11 a write has a smaller id than a read just before it, whose row comes later", async () => {
    const { client } = withCalls({});
    await client.app.bsky.actor.getProfile({ actor: "a.test" });
    await client.com.atproto.repo.createRecord(write);
    const endpoints = (await client.log.query({ afterId: 0, order: "oldest" })).map(({ endpoint }) => endpoint);
    expect(endpoints).toEqual(["xrpc/com.atproto.repo.createRecord", "xrpc/app.bsky.actor.getProfile"]);
  });

  test("A7.7 calls succeed, failures stay what they are, and one warning is given", async () => {
    const down = { append: failing, insert: failing, complete: failing };
    const { client, clock, lines } = withCalls(down, [
      Response.json({ a: 1 }),
      Response.json({ uri: "at://x", cid: "b" }),
      refusal(400, "NotFound"),
    ]);
    expect(await client.app.bsky.feed.getTimeline()).toEqual({ a: 1 });
    expect(await client.com.atproto.repo.createRecord(write)).toEqual({ uri: "at://x", cid: "b" });
    await expect(client.app.bsky.feed.getTimeline()).rejects.toMatchObject({ error: "NotFound", logId: undefined });
    await clock.pass(60_000);
    expect(lines.filter((line) => line.startsWith("warn"))).toEqual([
      "warn Calls cannot be logged at there: The database is away. Start it. Calls go on without it; client.log.failures counts.",
    ]);
    expect(lines.at(-1)).toMatch(/^error The call could not be stored in the log/);
    expect(client.log.failures).toBeGreaterThan(1);
    expect(client.log.lost).toBe(0);
    await client.close();
  });

  test("G6 a row that was stored is not stored again when what was to be written with it fails", async () => {
    let failures = 0;
    const storage = storageWith({
      complete: (id, outcome) => (failures++ < 3 ? failing() : storage.memory.calls.complete(id, outcome)),
    });
    const { client, clock } = testClient(
      Array.from({ length: 12 }, () => Response.json({ uri: "at://x", cid: "b" })),
      {
        ...account,
        storage,
      },
    );
    await client.com.atproto.repo.createRecord(write);
    for (let read = 0; read < 6; read++) await client.app.bsky.feed.getTimeline();
    await clock.pass(60_000);
    await client.close();
    expect(failures).toBeGreaterThan(3);
    expect(await storage.memory.calls.query()).toHaveLength(7);
  });

  test("A7.7 rows that could not be written are written when the database is back", async () => {
    let isAway = true;
    const storage = storageWith({
      append: (rows) => (isAway ? failing() : storage.memory.calls.append(rows)),
      insert: (row) => (isAway ? failing() : storage.memory.calls.insert(row)),
    });
    const { client, clock } = testClient([Response.json({}), refusal(400, "NotFound")], { ...account, storage });
    await client.app.bsky.feed.getTimeline();
    await client.com.atproto.repo.createRecord(write).result();
    await clock.pass(1000);
    isAway = false;
    await clock.pass(20_000);
    expect(await storage.memory.calls.query({ order: "oldest" })).toMatchObject([
      { endpoint: "xrpc/app.bsky.feed.getTimeline", state: "done" },
      { endpoint: "xrpc/com.atproto.repo.createRecord", state: "failed", writeOpPointsConsumed: 3 },
    ]);
    await client.com.atproto.repo.createRecord(write).result();
    expect((await storage.memory.calls.query())[0]).toMatchObject({ state: "failed", id: 3 });
  });

  test("A7.7 a database that does not answer holds up the first call for a moment, and no other", async () => {
    const { client, clock, fetch, lines } = withCalls({ insert: never, append: never });
    const first = client.com.atproto.repo.createRecord(write);
    await setImmediate();
    expect(fetch.requests).toHaveLength(0);
    await clock.pass(2000);
    expect(await first).toEqual({});
    for (let count = 0; count < 5; count++) await client.com.atproto.repo.createRecord(write);
    expect(fetch.requests).toHaveLength(6);
    expect(lines).toEqual([expect.stringMatching(/^warn Calls cannot be logged at there: No answer within 2000 ms/)]);
  });

  test("A7.7 an outcome that could not be written is written later", async () => {
    let isAway = true;
    const storage = storageWith({
      complete: (id, outcome) => (isAway ? failing() : storage.memory.calls.complete(id, outcome)),
    });
    const { client, clock } = testClient([Response.json({})], { ...account, storage });
    await client.com.atproto.repo.createRecord(write);
    expect(await storage.memory.calls.get(1)).toMatchObject({ state: "reserved" });
    isAway = false;
    await clock.pass(10_000);
    expect(await storage.memory.calls.query()).toMatchObject([{ id: 1, state: "done" }]);
  });

  test("a row the database refuses costs that row alone", async () => {
    const storage = storageWith({
      async append(rows) {
        if (rows.some((row) => row.cursorPassed === "bad")) throw new Error("refused");
        await storage.memory.calls.append(rows);
      },
    });
    const { client, clock } = testClient([Response.json({})], { ...account, storage });
    for (const cursor of ["a", "bad", "b", "c"]) await client.app.bsky.feed.getTimeline({ cursor });
    await clock.pass(60_000);
    expect(new Set((await storage.memory.calls.query()).map((row) => row.cursorPassed))).toEqual(
      new Set(["a", "b", "c"]),
    );
    expect(client.log.lost).toBe(1);
  });

  test("what waits is bounded: the oldest go first", async () => {
    const { client, storage } = withCalls({ append: failing });
    for (let count = 0; count < 5100; count++) await client.app.bsky.feed.getTimeline({ cursor: String(count) });
    expect(client.log.lost).toBeGreaterThanOrEqual(100);
    expect(client.log.lost).toBeLessThan(400);
    expect(await storage.memory.calls.query()).toEqual([]);
  });
});

describe("a log that works", () => {
  test("A7.11 reads are written together, and at most some at once", async () => {
    const batches: number[] = [];
    const { client, clock } = withCalls({
      append: async (rows: readonly CallInput[]) => void batches.push(rows.length),
    });
    for (let count = 0; count < 7; count++) await client.app.bsky.feed.getTimeline();
    await clock.pass(100);
    expect(batches).toEqual([7]);
    for (let count = 0; count < 450; count++) await client.app.bsky.feed.getTimeline();
    await client.log.flush();
    expect(batches).toEqual([7, 200, 200, 50]);
  });

  test("flush waits for rows that came while another was under way", async () => {
    let release: (() => void) | undefined;
    const written: number[] = [];
    const { client } = withCalls({
      async append(rows) {
        if (release === undefined) await new Promise<void>((resolve) => (release = resolve));
        written.push(rows.length);
      },
    });
    await client.app.bsky.feed.getTimeline();
    const first = client.log.flush();
    await setImmediate();
    await client.app.bsky.feed.getTimeline();
    const second = client.log.flush();
    release?.();
    await Promise.all([first, second]);
    expect(written).toEqual([1, 1]);
  });

  test("the wait for a batch does not keep a process alive, and nothing is left of it after closing", async () => {
    const { client, clock } = withCalls({});
    await client.app.bsky.feed.getTimeline();
    expect(clock.pending).toBe(0);
    await client.close();
    await clock.pass(1000);
    expect(client.log.failures).toBe(0);
  });
});
