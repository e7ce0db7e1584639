import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createStorage } from "../../../src/storage/create.ts";
import type { Storage } from "../../../src/storage/ports/index.ts";
import { isGone, newToken } from "../../../src/storage/sql/stores/lease-holder.ts";
import { createDatabase, lockTable, openPostgres, type PostgresServer, query } from "../../support/servers/postgres.ts";
import { finished, startWorker } from "./workers.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await openPostgres();
}, 60_000);
afterAll(() => server.stop());

/** A database, and what runs SQL on it past the storage. */
async function place(kind: "sqlite" | "postgresql") {
  if (kind === "postgresql") {
    const { url, drop } = await createDatabase(server.url);
    onTestFinished(drop);
    return { url, run: async (sql: string): Promise<unknown> => query(url, sql) };
  }
  const folder = mkdtempSync(join(tmpdir(), "skylex-leases-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const url = join(folder, "s.db");
  const run = async (sql: string): Promise<unknown> => {
    const file = new Database(url);
    file.exec(sql);
    return file.close();
  };
  return { url, run };
}

const open = (url: string): Storage => {
  const storage = createStorage(url, { env: {}, leaseMs: 600_000 });
  onTestFinished(() => storage.close());
  return storage;
};

describe.each(["sqlite", "postgresql"] as const)("the holder of a lease on %s", (kind) => {
  test("D2 that was killed on this machine does not hold others up until its lease runs out", async () => {
    const { url } = await place(kind);
    const storage = open(url);
    await storage.open();
    const holder = await startWorker("lease", url);
    expect(await storage.leases.claim("a", { waitMs: 300 })).toBeUndefined();
    holder.kill("SIGKILL");
    await finished(holder);
    const lease = await storage.leases.claim("a", { waitMs: 20_000 });
    expect(lease?.signal.aborted).toBe(false);
    // It is held like any other now.
    expect(await open(url).leases.claim("a", { waitMs: 300 })).toBeUndefined();
    await lease?.release();
  });

  test("D2 of two that see that it is gone, one takes its place", async () => {
    const { url } = await place(kind);
    const holder = await startWorker("lease", url);
    holder.kill("SIGKILL");
    await finished(holder);
    const heirs = await Promise.all([open(url), open(url)].map(({ leases }) => leases.claim("a", { waitMs: 500 })));
    expect(heirs.filter((lease) => lease !== undefined)).toHaveLength(1);
    for (const heir of heirs) await heir?.release();
  });

  test.each([
    ["on another machine", newToken().replace(/@.*/, "@999999999.anotherMachine")],
    ["of a version that did not say who it is", newToken().replace(/@.*/, "")],
  ])("D2 %s is waited for", async (_, token) => {
    const { url, run } = await place(kind);
    const storage = open(url);
    await storage.open();
    await run(`insert into skylex_lease values ('a', '${token}', ${Date.now() + 300_000})`);
    expect(await storage.leases.claim("a", { waitMs: 300 })).toBeUndefined();
  });
});

test("D2 a process is gone when its number is nobody's, and not before", () => {
  const own = newToken();
  expect(newToken()).not.toBe(own);
  expect(isGone(own)).toBe(false);
  // The highest number that Linux gives is far below.
  expect(isGone(own.replace(/@\d+/, "@999999999"))).toBe(true);
  for (const token of ["", "old", `${own}x`, own.replace(/\..*/, ".")]) expect(isGone(token)).toBe(false);
});

test("D1 while its table is locked, who asks for a lock hears so in time, and holds nothing up later", async () => {
  const { url } = await place("postgresql");
  const storage = open(url);
  await storage.open();
  const unlock = await lockTable(url, "skylex_lease");
  const work = storage.sessions.withLock("s", "a", async () => "done", { answerMs: 500 });
  await expect(work).rejects.toMatchObject({ code: "busy" });
  await unlock();
  // What was claimed too late was given back.
  expect(await open(url).sessions.withLock("s", "a", async () => "free", { waitMs: 20_000 })).toBe("free");
});
