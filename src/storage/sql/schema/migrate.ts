import { sql, type Kysely } from "kysely";
import type { migrations as migrationClasses } from "../../../../migrations/index.ts";
import { migrationNames, MIGRATIONS_TABLE } from "../../../../migrations/names.ts";
import type { Dialect, Orm } from "../connection/drivers.ts";
import { columnsSql, refuseForeign, type SeenColumn } from "./foreign-schema.ts";
import { retryWhileBusy } from "../connection/busy-retry.ts";

/** Any number nobody else is likely to use: "skyl". */
const ADVISORY_LOCK = 0x73_6b_79_6c;

const table = sql.table(MIGRATIONS_TABLE);
// The form MikroORM's own migrator makes, so that its command line can read it.
const createTable = {
  sqlite: sql`create table if not exists ${table} (
    id integer not null primary key autoincrement, name text not null, executed_at datetime not null default current_timestamp)`,
  postgresql: sql`create table if not exists ${table} (
    id serial primary key, name varchar(255), executed_at timestamptz default current_timestamp)`,
};

export interface Migrating {
  readonly kysely: Kysely<unknown>;
  readonly orm: Orm;
  readonly dialect: Dialect;
  readonly location: string;
  readonly waitMs: number;
}

/**
 * Brings the tables up to date and gives the number of migrations this call ran. Any number of processes may do so at
 * once on an empty database: one runs them, the others wait for it. Costs one SELECT when there is nothing to do.
 *
 * @throws StorageError `foreign-schema` if the tables are not skylex's
 */
export async function migrate(migrating: Migrating): Promise<number> {
  if (await isUpToDate(migrating.kysely)) return 0;
  const { migrations } = await import("../../../../migrations/index.ts");
  // A given SQLite connection may begin its transactions as readers, and then be refused as writers.
  return retryWhileBusy(migrating.waitMs, () => migrateInTransaction(migrating, migrations));
}

/** Names of the migrations that ran, oldest first. Changes nothing. */
export async function appliedMigrations(
  kysely: Kysely<unknown>,
  dialect: Dialect,
  location: string,
): Promise<readonly string[]> {
  const seen = await sql.raw<SeenColumn>(columnsSql[dialect]).execute(kysely);
  refuseForeign(seen.rows, location);
  if (!seen.rows.some((row) => row.table === MIGRATIONS_TABLE)) return [];
  const { rows } = await sql<{ name: string }>`select name from ${table} order by id`.execute(kysely);
  return rows.map(({ name }) => name);
}

async function isUpToDate(kysely: Kysely<unknown>): Promise<boolean> {
  try {
    const newest = migrationNames.at(-1);
    const { rows } = await sql`select 1 from ${table} where name = ${newest}`.execute(kysely);
    return rows.length > 0;
  } catch {
    // No such table, most likely. Anything worse comes up again in the transaction.
    return false;
  }
}

async function migrateInTransaction(
  { kysely, orm, dialect, location }: Migrating,
  classes: typeof migrationClasses,
): Promise<number> {
  return kysely.transaction().execute(async (transaction) => {
    if (dialect === "postgresql") {
      await sql`select pg_advisory_xact_lock(${sql.raw(String(ADVISORY_LOCK))})`.execute(transaction);
    }
    const seen = await sql.raw<SeenColumn>(columnsSql[dialect]).execute(transaction);
    refuseForeign(seen.rows, location);
    await createTable[dialect].execute(transaction);
    const done = await sql<{ name: string }>`select name from ${table}`.execute(transaction);
    const pending = migrationNames.filter((name) => !done.rows.some((row) => row.name === name));
    for (const name of pending) {
      const migration = new classes[name](orm.driver, orm.config);
      await migration.up();
      for (const query of migration.getQueries()) {
        if (typeof query !== "string") throw new TypeError(`Migration ${name} must consist of SQL text`);
        await sql.raw(query).execute(transaction);
      }
      await sql`insert into ${table} (name) values (${name})`.execute(transaction);
    }
    return pending.length;
  });
}
