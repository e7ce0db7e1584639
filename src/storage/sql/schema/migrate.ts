import { sql, type Kysely } from "kysely";
import type { migrations as migrationClasses } from "../../../../migrations/index.ts";
import { migrationNames, MIGRATIONS_TABLE } from "../../../../migrations/names.ts";
import { StorageError } from "../../../core/errors/index.ts";
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
  readonly onLocked: () => void;
}

/**
 * Brings the tables up to date and gives the names of the migrations this call ran. Any number of processes may do so at
 * once on an empty database: one runs them, the others wait for it. Costs one SELECT when there is nothing to do.
 *
 * @throws StorageError `foreign-schema` if the tables are not skylex's
 */
export async function migrate(migrating: Migrating): Promise<readonly string[]> {
  if (await isUpToDate(migrating)) return [];
  const { migrations } = await import("../../../../migrations/index.ts");
  // A given SQLite connection may begin its transactions as readers, and then be refused as writers.
  return retryWhileBusy(migrating.waitMs, () => migrateInTransaction(migrating, migrations), migrating.onLocked);
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

async function isUpToDate({ kysely, location }: Migrating): Promise<boolean> {
  let rows: readonly { readonly name: string }[];
  try {
    ({ rows } = await sql<{ name: string }>`select name from ${table}`.execute(kysely));
  } catch {
    // No such table, most likely. Anything worse comes up again in the transaction.
    return false;
  }
  refuseNewer(rows, location);
  return migrationNames.every((name) => rows.some((row) => row.name === name));
}

/**
 * Stops before a database that a newer version has changed: what it put there would be written without it. Every version
 * leaves the names of its migrations, so that a name that is not known is enough.
 *
 * @throws StorageError `newer-schema`
 */
function refuseNewer(rows: readonly { readonly name: string }[], location: string): void {
  const known: readonly string[] = migrationNames;
  const unknown = rows.flatMap(({ name }) => (known.includes(name) ? [] : name.slice(0, 100)));
  if (unknown.length === 0) return;
  throw new StorageError(
    `${location} was made or changed by a newer version of skylex (${unknown.slice(0, 5).join(", ")}). Nothing in it was changed. Update skylex, or choose another database: BSKY_SQLITE_FILENAME, PGDATABASE or the \`storage\` option.`,
    { code: "newer-schema", location },
  );
}

async function migrateInTransaction(
  { kysely, orm, dialect, location }: Migrating,
  classes: typeof migrationClasses,
): Promise<readonly string[]> {
  const begun =
    dialect === "postgresql" ? kysely.transaction().setIsolationLevel("read committed") : kysely.transaction();
  return begun.execute(async (transaction) => {
    if (dialect === "postgresql") {
      // A large table takes its time, and other processes wait for it here.
      await sql`select set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true)`.execute(
        transaction,
      );
      await sql`select pg_advisory_xact_lock(${sql.raw(String(ADVISORY_LOCK))})`.execute(transaction);
    }
    const seen = await sql.raw<SeenColumn>(columnsSql[dialect]).execute(transaction);
    refuseForeign(seen.rows, location);
    await createTable[dialect].execute(transaction);
    const done = await sql<{ name: string }>`select name from ${table}`.execute(transaction);
    refuseNewer(done.rows, location);
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
    return pending;
  });
}
