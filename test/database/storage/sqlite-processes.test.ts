import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { migrationNames } from "../../../migrations/names.ts";
import { migrateDatabase } from "../../../src/storage/client-database.ts";
import { createStorage } from "../../../src/storage/create.ts";
import { finished, runWorkers, startWorker } from "./workers.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "skylex-processes-"));
  file = join(folder, "s.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

function count(table: string): unknown {
  const connection = new Database(file, { readonly: true });
  try {
    return connection.prepare(`select count(*) from ${table}`).pluck().get();
  } finally {
    connection.close();
  }
}

describe("several processes on one SQLite file", () => {
  test("A2.9 eight processes start on one empty database: all work, migrations ran once", async () => {
    await runWorkers(8, "append", file);
    expect([count("skylex_migrations"), count("bsky_api_call_log")]).toEqual([migrationNames.length, 80]);
  });

  test("D5 each migration is told by the one process that ran it", async () => {
    const told = await runWorkers(8, "migrate", file);
    const ran = told.flatMap((text) => JSON.parse(text) as string[]);
    expect(ran).toEqual([...migrationNames]);
    const storage = createStorage(file);
    expect(await migrateDatabase(storage)).toEqual([]);
    await storage.close();
  });

  test("D3 a file that another process keeps locked is said to be so, once, and what waits goes on", async () => {
    const said: string[] = [];
    const storage = createStorage(file, { warn: (message) => void said.push(message) });
    await storage.open();
    const holder = await startWorker("lockFile", file);
    const call = { timestamp: 1, hostname: "h", endpoint: "e" };
    const waiting = [storage.calls.append([call]), storage.calls.insert(call)];
    await vi.waitFor(() => expect(said).toHaveLength(1), { timeout: 20_000 });
    expect(said[0]).toContain(`${file} is locked by another process`);
    holder.stdin?.write("go\n");
    await Promise.all(waiting);
    await finished(holder);
    expect([said.length, count("bsky_api_call_log")]).toEqual([1, 2]);
    await storage.close();
  });

  test("D3 the error of what waited too long says that the database was locked", async () => {
    const storage = createStorage(file, { busyTimeoutMs: 50 });
    await storage.open();
    const holder = await startWorker("lockFile", file);
    await expect(storage.calls.append([{ timestamp: 1, hostname: "h", endpoint: "e" }])).rejects.toMatchObject({
      code: "busy",
      message: expect.stringContaining("kept the database locked") as string,
    });
    holder.stdin?.write("go\n");
    await finished(holder);
    await storage.close();
  });

  test.each(["deleted", "replaced"])("D4 a file that is %s while it is in use is said to be so, once", async (how) => {
    const said: string[] = [];
    const storage = createStorage(file, { warn: (message) => void said.push(message) });
    await storage.open();
    const look = async (): Promise<void> => void (await storage.calls.query());
    await look();
    expect(said).toEqual([]);
    rmSync(file);
    if (how === "replaced") writeFileSync(file, "");
    await vi.waitFor(
      async () => {
        await look();
        expect(said).toHaveLength(1);
      },
      { timeout: 20_000, interval: 100 },
    );
    expect(said[0]).toContain(`${file} was deleted or replaced`);
    vi.spyOn(performance, "now").mockReturnValue(performance.now() + 60_000);
    await look();
    vi.restoreAllMocks();
    expect(said).toHaveLength(1);
    await storage.close();
  });

  test("four processes refresh one session by turns: none overwrites another", async () => {
    const storage = createStorage(file);
    const session = { service: "https://pds.example", did: "did:plc:a", accessJwt: "a", refreshJwt: "r" };
    await storage.sessions.save({ ...session, createMethod: "create" });
    expect(await runWorkers(4, "refresh", file)).toEqual(["0", "0", "0", "0"]);
    expect((await storage.sessions.find(session.service, session.did))?.generation).toBe(21);
    await storage.close();
    expect([count("bsky_session"), count("skylex_lease")]).toEqual([1, 0]);
  });

  test("the lock of a process killed with SIGKILL is free after its lease", async () => {
    const holder = await startWorker("hold", file);
    const storage = createStorage(file, { leaseMs: 1000 });
    const waiting = storage.sessions.withLock("https://pds.example", "did:plc:a", async () => "mine");
    // While the holder lives, its lease is renewed for as long as it takes.
    await expect(
      storage.sessions.withLock("https://pds.example", "did:plc:a", async () => "never", { waitMs: 1500 }),
    ).rejects.toMatchObject({ code: "busy" });
    holder.kill("SIGKILL");
    await finished(holder);
    expect(await waiting).toBe("mine");
    await storage.close();
  });

  test("a lease further ahead than any can reach, left by a clock set back, counts as run out", async () => {
    const storage = createStorage(file);
    await storage.open();
    const connection = new Database(file);
    connection
      .prepare("insert into skylex_lease values ('session https://pds.example did:plc:a', 'old', ?)")
      .run(Date.now() + 365 * 24 * 60 * 60 * 1000);
    connection.close();
    expect(await storage.sessions.withLock("https://pds.example", "did:plc:a", async () => "mine")).toBe("mine");
    await storage.close();
  });

  test("waiting for another process's write lock leaves the event loop free", async () => {
    const storage = createStorage(file);
    await storage.open();
    const holder = await startWorker("lockFile", file);
    let done = false;
    const writes = Promise.all([
      storage.calls.append([{ timestamp: 1, hostname: "h", endpoint: "e" }]),
      storage.calls.insert({ timestamp: 1, hostname: "h", endpoint: "e" }),
      storage.profiles.upsert([{ did: "did:plc:a", handle: null }], 1),
      storage.sessions.withLock("https://pds.example", "did:plc:a", async () => undefined),
    ]).then(() => (done = true));
    // A loop that stood still for the lock would count nothing until it gave up, seconds later.
    for (let ticks = 0; ticks < 200; ticks++) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(done).toBe(false);
    holder.stdin?.write("let go\n");
    await writes;
    await finished(holder);
    expect((await storage.calls.query()).length).toBe(2);
    await storage.close();
  });

  test("two storages on one file in one process wait for each other", async () => {
    const storages = [createStorage(file), createStorage(file)] as const;
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        storages[index % 2 === 0 ? 0 : 1].calls.append(
          Array.from({ length: 50 }, () => ({ timestamp: 1, hostname: "h", endpoint: "e" })),
        ),
      ),
    );
    for (const storage of storages) await storage.close();
    expect(count("bsky_api_call_log")).toBe(2000);
  });

  test("rows handed over while the process exits are in the file", async () => {
    await runWorkers(1, "exit", file);
    expect(count("bsky_api_call_log")).toBe(2);
  });
});
