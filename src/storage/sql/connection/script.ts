import type BetterSqlite from "better-sqlite3";
import type { Kysely } from "kysely";
import type { Opened } from "./connect.ts";
import { retryWhileBusy } from "./busy-retry.ts";

type Bound = string | number | null;
export type Row = Readonly<Record<string, string | number | Date | null>>;

/** A statement with `?` for each value, on either database. */
export interface Statement {
  readonly text: string;
  readonly values: readonly Bound[];
}

/** Statements of one transaction, each made from the rows that the ones before gave. */
export type Script<Result> = Generator<Statement, Result, readonly Row[]>;

/** One statement of a script. */
export function* run(text: string, ...values: readonly Bound[]): Script<readonly Row[]> {
  return yield { text, values };
}

/**
 * Runs a script in one transaction. On a SQLite connection of our own without a pause, which takes a tenth of the time: others
 * wait for the writer's lock meanwhile. The first statement has to write, so that a lock is never missing for the second.
 */
export async function inTransaction<Result>(
  opened: Opened,
  waitMs: number,
  script: () => Script<Result>,
): Promise<Result> {
  const { sqlite, plain, sql } = opened;
  if (sqlite !== undefined) {
    // kysely lends its one connection to one borrower at a time: nobody's transaction is open on it meanwhile.
    return plain.connection().execute(() => retryWhileBusy(waitMs, () => atOnce(sqlite, script()), opened.onLocked));
  }
  // A server's or user's own default may be stricter, and would refuse whoever waited for another's lock.
  const begun =
    opened.dialect === "postgresql" ? plain.transaction().setIsolationLevel("read committed") : plain.transaction();
  return retryWhileBusy(
    waitMs,
    () => begun.execute((transaction) => stepwise(transaction, sql, script())),
    opened.onLocked,
  );
}

/** Prepared once for a connection. */
const prepared = new WeakMap<BetterSqlite.Database, Map<string, BetterSqlite.Statement<Bound[], Row>>>();

export function statementOf(sqlite: BetterSqlite.Database, text: string): BetterSqlite.Statement<Bound[], Row> {
  let statements = prepared.get(sqlite);
  if (statements === undefined) prepared.set(sqlite, (statements = new Map()));
  let statement = statements.get(text);
  if (statement === undefined) statements.set(text, (statement = sqlite.prepare<Bound[], Row>(text)));
  return statement;
}

function atOnce<Result>(sqlite: BetterSqlite.Database, script: Script<Result>): Result {
  sqlite.exec("begin immediate");
  try {
    let step = script.next([]);
    while (step.done !== true) {
      const { text, values } = step.value;
      const statement = statementOf(sqlite, text);
      if (statement.reader) step = script.next(statement.all(...values));
      else {
        statement.run(...values);
        step = script.next([]);
      }
    }
    sqlite.exec("commit");
    return step.value;
  } catch (error) {
    if (sqlite.inTransaction) sqlite.exec("rollback");
    throw error;
  }
}

async function stepwise<Result>(
  transaction: Kysely<unknown>,
  sql: Opened["sql"],
  script: Script<Result>,
): Promise<Result> {
  let step = script.next([]);
  while (step.done !== true) step = script.next(await execute(transaction, sql, step.value));
  return step.value;
}

/** Runs a statement by kysely, which knows how each database writes its parameters. */
export async function execute(
  kysely: Kysely<unknown>,
  sql: Opened["sql"],
  { text, values }: Statement,
): Promise<readonly Row[]> {
  const fragments = text.split("?") as readonly string[] as TemplateStringsArray;
  return (await sql<Row>(fragments, ...values).execute(kysely)).rows;
}
