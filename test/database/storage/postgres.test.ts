import { MikroORM } from "@mikro-orm/postgresql";
import { CamelCasePlugin, ParseJSONResultsPlugin } from "kysely";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { migrationNames } from "../../../migrations/names.ts";
import { createStorage } from "../../../src/storage/create.ts";
import { StorageError } from "../../../src/core/errors/index.ts";
import type { Storage, WrittenPost } from "../../../src/storage/ports/index.ts";
import { storageSuite } from "../../../src/testing/storage-suite.ts";
import { createDatabase, openPostgres, query, type PostgresServer } from "../../support/servers/postgres.ts";
import { freePort } from "../../support/servers/ports.ts";
import { drift } from "./inspect.ts";
import { finished, runWorkers, startWorker } from "./workers.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await openPostgres();
}, 60_000);
afterAll(() => server.stop());

/** The URL of an empty database, removed with the server unless that was there before. */
const emptyDatabase = async (): Promise<string> => {
  const { url, drop } = await createDatabase(server.url);
  onTestFinished(drop);
  return url;
};

storageSuite({ describe, test, expect }, "A2.6 A17.3 PostgreSQL, encrypted", async ({ now }) => {
  const url = await emptyDatabase();
  const open = () => createStorage(url, { now, env: {}, encryptionKey: "correct horse battery staple" });
  return { storage: open(), another: open };
});

const firstPostOf = (repo: string): WrittenPost => ({
  repo,
  rkey: "1",
  uri: `at://${repo}/app.bsky.feed.post/1`,
  cid: "bafy",
  createdAt: 0,
});

async function failure(storage: Storage): Promise<StorageError> {
  try {
    await storage.open();
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  } finally {
    await storage.close();
  }
  throw new Error("it opened");
}

describe("PostgreSQL", () => {
  test("the migrated schema equals the entities", async () => {
    const url = await emptyDatabase();
    expect(await drift(url)).toBe("");
    expect(await drift(url, "alter table bsky_session alter handle set not null")).toContain("handle");
  });

  test("A2.3 is chosen by PG* variables", async () => {
    const url = new URL(await emptyDatabase());
    const storage = createStorage(undefined, {
      env: {
        PGHOST: url.hostname,
        PGPORT: url.port,
        PGUSER: url.username,
        PGPASSWORD: url.password,
        PGDATABASE: url.pathname.slice(1),
        BSKY_SQLITE_FILENAME: "/nowhere/at/all.db",
      },
    });
    await storage.open();
    expect(storage.location).toBe(`${url.host}${url.pathname}`);
    await storage.close();
  });

  test("A2.9 eight processes start on one empty database: all work, migrations ran once", async () => {
    const url = await emptyDatabase();
    await runWorkers(8, "append", url);
    const rows = await query(
      url,
      "select (select count(*) from skylex_migrations) as ran, (select count(*) from bsky_api_call_log) as calls",
    );
    expect(rows).toEqual([{ ran: String(migrationNames.length), calls: "80" }]);
  });

  test("A2.10 a database made by pysky is left untouched and named in the error", async () => {
    const url = await emptyDatabase();
    await query(url, 'create table bsky_session (id serial primary key, "accessJwt" text, "refreshJwt" text)');
    const tables =
      "select table_name, column_name from information_schema.columns where table_schema = 'public' order by 1, 2";
    const before = await query(url, tables);
    const error = await failure(createStorage(url));
    expect(error.code).toBe("foreign-schema");
    expect(error.message).toContain("pysky");
    expect(error.message).toContain("PGDATABASE");
    expect(await query(url, tables)).toEqual(before);
  });

  test("the lock of a process killed with SIGKILL is free after its lease", async () => {
    const url = await emptyDatabase();
    const holder = await startWorker("hold", url);
    const storage = createStorage(url, { leaseMs: 1000 });
    try {
      const waiting = storage.sessions.withLock("https://pds.example", "did:plc:a", async () => "mine");
      holder.kill("SIGKILL");
      await finished(holder);
      expect(await waiting).toBe("mine");
    } finally {
      await storage.close();
    }
  });

  test("a lock that was taken away aborts its holder's signal", async () => {
    const url = await emptyDatabase();
    const storage = createStorage(url, { leaseMs: 60 });
    try {
      const reason = await storage.sessions.withLock("https://pds.example", "did:plc:a", async ({ signal }) => {
        await query(url, "update skylex_lease set token = 'somebody else'");
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
        return signal.reason as unknown;
      });
      expect(reason).toMatchObject({ name: "StorageError", code: "lock-lost" });
    } finally {
      await storage.close();
    }
  });

  test("G14 a lease outlasts a small step of the database's clock, and not a large one", async () => {
    const url = await emptyDatabase();
    const storage = createStorage(url);
    const another = createStorage(url);
    try {
      const lease = await storage.leases.claim("a");
      // As if the clock were set back by so much.
      await query(url, "update skylex_lease set expires_at = expires_at + 1000");
      expect(await another.leases.claim("a", { waitMs: 0 })).toBeUndefined();
      await query(url, "update skylex_lease set expires_at = expires_at + 3600000");
      expect(await another.leases.claim("a", { waitMs: 0 })).toBeDefined();
      await lease?.release();
    } finally {
      await storage.close();
      await another.close();
    }
  });

  test("G2 programs that store the same profiles and posts in any order do not wait for each other in a circle", async () => {
    const url = await emptyDatabase();
    const storages = Array.from({ length: 4 }, () => createStorage(url));
    try {
      await Promise.all(storages.map((storage) => storage.open()));
      const names = Array.from({ length: 200 }, (_, index) => `did:plc:${index}`);
      const shifted = (by: number): readonly string[] => [...names.slice(by), ...names.slice(0, by)];
      const outcomes = await Promise.allSettled(
        Array.from({ length: 120 }, (_, round) => {
          const { profiles, posts } = storages[round % 4] as Storage;
          const order = round % 2 === 0 ? shifted(round) : shifted(round).toReversed();
          return round % 3 === 0
            ? posts.save(order.map(firstPostOf))
            : // Handles go round, so that rows lose them as well.
              profiles.upsert(
                order.map((did, at) => ({ did, handle: `${(at + round) % 7 === 0 ? at : did.slice(8)}.test` })),
                0,
              );
        }),
      );
      expect(outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [String(outcome.reason)] : []))).toEqual(
        [],
      );
    } finally {
      await Promise.all(storages.map((storage) => storage.close()));
    }
  });

  test("G7 rows that a budget counts are stored with the news of it, or not at all", async () => {
    const url = await emptyDatabase();
    const storage = createStorage(url);
    try {
      await storage.open();
      await query(
        url,
        `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused'; end $$;
         create trigger refuse before update on bsky_write_budget for each statement execute function refuse()`,
      );
      const row = {
        timestamp: Date.now(),
        hostname: "pds.example",
        endpoint: "xrpc/com.atproto.repo.createRecord",
        requestDid: "did:plc:a",
        writeOpPointsConsumed: 3,
      };
      await expect(storage.calls.append([row as never])).rejects.toThrow("refused");
      expect(await storage.calls.query()).toEqual([]);
    } finally {
      await storage.close();
    }
  });

  test("instants are the same in every time zone of the session", async () => {
    const url = await emptyDatabase();
    await query(url, `alter database ${new URL(url).pathname.slice(1)} set timezone to 'America/St_Johns'`);
    const storage = createStorage(url);
    try {
      const dates = [Date.parse("0001-01-01T00:00:00Z"), Date.UTC(1800, 5), 0, Date.UTC(2026, 6, 1, 1, 2, 3, 4)];
      const rows = await storage.profiles.upsert(
        dates.map((createdAt, index) => ({ did: `did:plc:${index}`, handle: null, createdAt })),
        0,
      );
      expect(rows.map((row) => row.createdAt)).toEqual(dates);
      expect(
        await query(
          url,
          "select to_char(created_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS') as at from bsky_user_profile where did = 'did:plc:3'",
        ),
      ).toEqual([{ at: "2026-07-01 01:02:03.004" }]);
    } finally {
      await storage.close();
    }
  });

  test("what is wrong is said, with where and what next, and never a password", async () => {
    const url = new URL(await emptyDatabase());
    const wrongPassword = new URL(url);
    wrongPassword.password = "s3cret-and-wrong";
    const noDatabase = new URL(url);
    noDatabase.pathname = "/nothing_here";
    const closedPort = new URL(url);
    closedPort.port = String(await freePort());
    const denied = await failure(createStorage(wrongPassword.href));
    const missing = await failure(createStorage(noDatabase.href));
    const away = await failure(createStorage(closedPort.href));
    expect([denied.code, missing.code, away.code]).toEqual(["access-denied", "no-database", "unreachable"]);
    expect(denied.message).toContain("PGPASSWORD");
    expect(missing.message).toContain("nothing_here");
    expect(away.message).toContain(closedPort.host);
    for (const error of [denied, missing, away]) {
      expect(`${error.message} ${String(error.cause)} ${error.stack}`).not.toMatch(/s3cret|postgres:postgres/);
    }
  });

  test("variables of another MikroORM application change nothing", async () => {
    vi.stubEnv("MIKRO_ORM_CLIENT_URL", `postgresql://nobody:wrong@127.0.0.1:${await freePort()}/elsewhere`);
    vi.stubEnv("MIKRO_ORM_HOST", "elsewhere.example");
    const storage = createStorage(await emptyDatabase());
    try {
      expect(await storage.calls.query()).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
      await storage.close();
    }
  });

  test("a user's own MikroORM instance with a single connection is enough", async () => {
    const orm = new MikroORM({
      entities: [],
      discovery: { warnWhenNoEntities: false },
      dbName: "unused",
      driverOptions: { connectionString: await emptyDatabase(), max: 1 },
    });
    const storage = createStorage(orm);
    try {
      const session = { service: "https://pds.example", did: "did:plc:a", accessJwt: "a", refreshJwt: "r" };
      await storage.sessions.withLock(session.service, session.did, async () => {
        await storage.sessions.save({ ...session, createMethod: "create", accessExpiresAt: 5 });
      });
      const id = await storage.calls.insert({ timestamp: 7, hostname: "h", endpoint: "e", durationMicroseconds: 5e9 });
      expect(await storage.calls.get(id)).toMatchObject({ id, timestamp: 7, durationMicroseconds: 5e9 });
      expect(await storage.sessions.find(session.service, "did:plc:a")).toMatchObject({ accessExpiresAt: 5 });
      await storage.close();
      expect((await orm.em.getConnection().execute("select * from bsky_session")).length).toBe(1);
    } finally {
      await orm.close(true);
    }
  });

  test("G11 plugins of a given Kysely instance change nothing of ours", async () => {
    const own = new MikroORM({
      entities: [],
      discovery: { warnWhenNoEntities: false },
      dbName: "unused",
      driverOptions: { connectionString: await emptyDatabase() },
    });
    const client = own.em.getConnection().getClient<unknown>();
    const storage = createStorage(client.withPlugin(new CamelCasePlugin()).withPlugin(new ParseJSONResultsPlugin()));
    try {
      const key = { account: "did:plc:a", service: "https://pds.example", endpoint: "xrpc/a.b.c", key: "k" };
      await storage.cursors.save(key, { mode: "forward", knownIds: ["a"] });
      expect(await storage.cursors.get(key)).toMatchObject({ knownIds: ["a"] });
      const rateLimit = { limit: 1, remaining: 1, resetAt: 1, policy: "1" };
      const id = await storage.calls.insert({ timestamp: 7, hostname: "h", endpoint: "e", rateLimit });
      expect(await storage.calls.get(id)).toMatchObject({ rateLimit });
      const window = { seconds: 3600, limit: 10, learns: true };
      const figures = { limit: 10, remaining: 3, resetAt: 60_000 };
      await storage.budgets.learn("write did:plc:a", window, figures, 0);
      expect(await storage.budgets.read("write did:plc:a", [window], 0)).toMatchObject([{ used: 7, server: figures }]);
    } finally {
      await storage.close();
      await own.close(true);
    }
  });

  test("D7 a database that a newer version changed is refused by name, and its migrations are shown", async () => {
    const url = await emptyDatabase();
    const first = createStorage(url);
    await first.open();
    await first.close();
    await query(url, "insert into skylex_migrations (name) values ('9999_future')");
    const error = await failure(createStorage(url));
    expect(error).toMatchObject({ code: "newer-schema", message: expect.stringContaining("9999_future") as string });
    const another = createStorage(url);
    expect((await another.migrations?.())?.applied).toContain("9999_future");
    await another.close();
  });

  test("G12 G13 the database's own DateStyle and isolation change nothing", async () => {
    const url = await emptyDatabase();
    const name = new URL(url).pathname.slice(1);
    await query(url, `alter database ${name} set datestyle to 'German'`);
    await query(url, `alter database ${name} set default_transaction_isolation to 'serializable'`);
    const storage = createStorage(url);
    try {
      const at = Date.UTC(2026, 1, 3);
      const id = await storage.calls.insert({ timestamp: at, hostname: "h", endpoint: "e" });
      expect(await storage.calls.get(id)).toMatchObject({ timestamp: at });
      const row = { timestamp: at, hostname: "h", endpoint: "e", requestDid: "did:plc:a" };
      const window = { seconds: 3600, limit: 1000, learns: false };
      const claim = () => storage.budgets.claim("write did:plc:a", [window], [{ points: 1, row }], at);
      const answers = (await Promise.all(Array.from({ length: 40 }, claim))).flat();
      expect(answers.filter((answer) => "id" in answer).length).toBe(40);
    } finally {
      await storage.close();
    }
  });

  test("G22 D1 close() ends although a table is locked, and what is called meanwhile is refused as closed", async () => {
    const url = await emptyDatabase();
    const storage = createStorage(url);
    await storage.open();
    const locked = query(url, "begin; lock table bsky_post in access exclusive mode; select pg_sleep(30)").catch(
      () => undefined,
    );
    await vi.waitFor(async () => {
      const rows = await query(
        url,
        "select 1 from pg_locks where relation = 'bsky_post'::regclass and mode = 'AccessExclusiveLock' and granted",
      );
      expect(rows.length).toBe(1);
    });
    const waiting = storage.posts.get("at://did:plc:a/app.bsky.feed.post/a").then(
      () => "read",
      (error: unknown) => error,
    );
    const closing = storage.close();
    await expect(storage.calls.query()).rejects.toMatchObject({ code: "closed" });
    await closing;
    expect(await waiting).toBeInstanceOf(StorageError);
    await query(url, "select pg_terminate_backend(pid) from pg_stat_activity where query like 'begin; lock%'");
    await locked;
  });

  test("D1 a table that another locks refuses what needs it as busy", async () => {
    const url = await emptyDatabase();
    const storage = createStorage(url);
    await storage.open();
    const locked = query(url, "begin; lock table bsky_post in access exclusive mode; select pg_sleep(30)").catch(
      () => undefined,
    );
    try {
      await vi.waitFor(async () => {
        const rows = await query(
          url,
          "select 1 from pg_locks where relation = 'bsky_post'::regclass and mode = 'AccessExclusiveLock' and granted",
        );
        expect(rows.length).toBe(1);
      });
      await expect(storage.posts.get("at://did:plc:a/app.bsky.feed.post/a")).rejects.toMatchObject({ code: "busy" });
      expect(await storage.calls.query()).toEqual([]);
    } finally {
      await query(url, "select pg_terminate_backend(pid) from pg_stat_activity where query like 'begin; lock%'");
      await locked;
      await storage.close();
    }
  });

  test("a first open that failed is tried again, and lost connections are replaced", async () => {
    const url = await emptyDatabase();
    await query(url, "create table bsky_session (id integer)");
    const storage = createStorage(url);
    try {
      await expect(storage.open()).rejects.toMatchObject({ code: "foreign-schema" });
      await query(url, "drop table bsky_session");
      await storage.open();
      await query(url, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'skylex'");
      // Each connection of the pool may fail one call before it is noticed as gone, and there are four at most.
      for (let gone = 0; gone < 4; gone++) await storage.calls.query().catch(() => undefined);
      expect(await storage.calls.query()).toEqual([]);
    } finally {
      await storage.close();
    }
  });
});
