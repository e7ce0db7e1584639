import Database from "better-sqlite3";
import { query } from "../../support/servers/postgres.ts";
import type { Store } from "../evidence.ts";

export type Row = Readonly<Record<string, unknown>>;

/** All that a database remembers, read past the SDK. */
export interface Tables {
  readonly calls: readonly Row[];
  readonly budgets: readonly Row[];
  readonly sessions: readonly Row[];
  /** Every table as text */
  readonly dumps: ReadonlyMap<string, string>;
}

export const isSqlite = ({ kind }: Store): boolean => kind === "sqlite";

/** Runs one statement past the SDK. */
export async function sql(store: Store, statement: string): Promise<readonly Row[]> {
  if (!isSqlite(store)) return query(store.database, statement);
  const database = new Database(store.database);
  try {
    const prepared = database.prepare(statement);
    if (prepared.reader) return prepared.all() as Row[];
    prepared.run();
    return [];
  } finally {
    database.close();
  }
}

const NAMES = {
  sqlite: "select name from sqlite_master where type = 'table'",
  postgresql: "select tablename as name from pg_tables where schemaname = 'public'",
} as const;

export async function readTables(store: Store): Promise<Tables> {
  const dumps = new Map<string, string>();
  const tables = new Map<string, readonly Row[]>();
  for (const { name } of await sql(store, NAMES[store.kind])) {
    const rows = await sql(store, `select * from "${String(name)}"`);
    tables.set(String(name), rows);
    dumps.set(String(name), rows.map((row) => JSON.stringify(row)).join("\n"));
  }
  const rowsOf = (name: string): readonly Row[] => tables.get(name) ?? [];
  return {
    calls: rowsOf("bsky_api_call_log"),
    budgets: rowsOf("bsky_write_budget"),
    sessions: rowsOf("bsky_session"),
    dumps,
  };
}
