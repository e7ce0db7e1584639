import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { migrationNames } from "../../../migrations/names.ts";
import { Client } from "../../../src/index.ts";
import { MemoryStorage } from "../../../src/storage/memory/index.ts";
import { createDatabase, openPostgres } from "../../support/servers/postgres.ts";

const folder = mkdtempSync(join(tmpdir(), "skylex-status-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a file is looked at without being made or changed, and migrated when asked", async () => {
  const file = join(folder, "s.db");
  const before = new Client({ storage: file });
  const pending = { kind: "sqlite", location: file, exists: false, applied: [], pending: migrationNames };
  expect(await before.database.status()).toEqual(pending);
  expect(existsSync(file)).toBe(false);
  expect(await before.database.migrate()).toEqual(migrationNames);
  expect(await before.database.migrate()).toEqual([]);
  await before.close();

  const bytes = readFileSync(file);
  const after = new Client({ storage: file });
  const applied = { kind: "sqlite", location: file, exists: true, applied: migrationNames, pending: [] };
  expect(await after.database.status()).toEqual(applied);
  expect(readFileSync(file).equals(bytes)).toBe(true);
  await after.close();
});

test("PostgreSQL, too", async () => {
  const server = await openPostgres();
  try {
    const client = new Client({ storage: (await createDatabase(server.url)).url });
    expect(await client.database.status()).toMatchObject({ kind: "postgresql", exists: true, applied: [] });
    expect(await client.database.migrate()).toEqual(migrationNames);
    expect(await client.database.status()).toMatchObject({ applied: migrationNames, pending: [] });
    await client.close();
  } finally {
    await server.stop();
  }
});

test("what has no tables has nothing to migrate; without storage everything works and nothing is left", async () => {
  const own = new Client({ storage: new MemoryStorage() });
  expect(await own.database.status()).toMatchObject({ kind: "memory", pending: [] });
  const none = new Client({ storage: false, fetch: async () => Response.json({ did: "did:plc:a", handle: "a.test" }) });
  expect(await none.database.migrate()).toEqual([]);
  await none.app.bsky.actor.getProfile({ actor: "a.test" });
  expect(await none.log.timeline({ periods: 2 })).toMatchObject([{ calls: 0 }, { calls: 1, errors: 0 }]);
  await none.close();
});
