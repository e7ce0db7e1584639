import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineEntity, p } from "@mikro-orm/core";
import { MikroORM } from "@mikro-orm/sqlite";
import Database from "better-sqlite3";
import { CamelCasePlugin, Kysely, ParseJSONResultsPlugin, SqliteDialect } from "kysely";
import { describe, expect, test } from "vitest";
import { createStorage } from "../../../src/storage/create.ts";
import { MemoryStorage } from "../../../src/storage/memory/index.ts";
import { storageSuite } from "../../../src/testing/storage-suite.ts";

const call = { timestamp: 1, hostname: "h", endpoint: "e" };
const Note = defineEntity({ name: "Note", properties: { id: p.integer().primary(), text: p.text() } });

async function userOrm(): Promise<MikroORM> {
  const orm = new MikroORM({ entities: [Note], dbName: ":memory:", debug: false });
  await orm.schema.create();
  return orm;
}

storageSuite({ describe, test, expect }, "a user's own MikroORM instance", async ({ now }) => {
  const orm = await userOrm();
  return { storage: createStorage(orm, { now }), dispose: () => orm.close(true) };
});

storageSuite({ describe, test, expect }, "a better-sqlite3 database of the user's", ({ now }) => {
  const folder = mkdtempSync(join(tmpdir(), "skylex-shared-"));
  const database = new Database(join(folder, "s.db"));
  return {
    storage: createStorage(database, { now }),
    dispose() {
      database.close();
      rmSync(folder, { recursive: true });
    },
  };
});

storageSuite({ describe, test, expect }, "G11 a Kysely instance with plugins of the user's", ({ now }) => {
  const plugins = [new CamelCasePlugin(), new ParseJSONResultsPlugin()];
  const kysely = new Kysely<unknown>({ dialect: new SqliteDialect({ database: new Database(":memory:") }), plugins });
  return { storage: createStorage(kysely, { now }), dispose: () => kysely.destroy() };
});

describe("a connection of the user's", () => {
  test("is used by whatever name it is given, beside the user's own tables, and stays open", async () => {
    const orm = await userOrm();
    const kysely = new Kysely<Record<string, Record<string, unknown>>>({
      dialect: new SqliteDialect({ database: new Database(":memory:") }),
    });
    const raw = new Database(":memory:");
    for (const given of [
      orm,
      orm.em,
      orm.em.fork(),
      orm.em.getConnection(),
      kysely,
      new SqliteDialect({ database: raw }),
    ]) {
      const storage = createStorage(given);
      await storage.calls.append([call]);
      await storage.close();
    }
    const em = orm.em.fork();
    await em.insert(Note, { id: 1, text: "mine" });
    const [counts] = await em
      .getConnection()
      .execute<Record<string, number>[]>(
        "select (select count(*) from bsky_api_call_log) as calls, (select count(*) from note) as notes",
      );
    expect(counts).toEqual({ calls: 4, notes: 1 });
    expect((await kysely.selectFrom("bsky_api_call_log").selectAll().execute()).length).toBe(1);
    expect(raw.prepare("select count(*) from bsky_api_call_log").pluck().get()).toBe(1);
    await orm.close(true);
    await kysely.destroy();
    raw.close();
  });

  test("of another kind is refused", async () => {
    const storage = createStorage({ createDriver: () => ({}), createAdapter: () => ({}) });
    await expect(storage.open()).rejects.toMatchObject({ code: "configuration" });
    await expect(createStorage({ em: {}, driver: {} }).open()).rejects.toMatchObject({ code: "configuration" });
  });

  test("any object that fulfils the ports is taken as it is", () => {
    const memory = new MemoryStorage();
    expect(createStorage(memory)).toBe(memory);
  });
});

describe("two storages", () => {
  test("A2.7 with two databases in one process do not mix", async () => {
    const one = createStorage(":memory:");
    const two = createStorage(":memory:");
    const session = { service: "https://pds.example", did: "did:plc:a", accessJwt: "a", refreshJwt: "r" };
    await one.sessions.save({ ...session, createMethod: "create" });
    await two.calls.append([call]);
    expect([await one.calls.query(), await two.sessions.list()]).toEqual([[], []]);
    expect((await one.sessions.list()).length).toBe(1);
    await one.close();
    expect((await two.calls.query()).length).toBe(1);
    await two.close();
  });
});
