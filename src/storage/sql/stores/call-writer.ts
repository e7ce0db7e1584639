import type BetterSqlite from "better-sqlite3";
import { budgetChargeOf, type BudgetCharge } from "../../shared/budget-rules.ts";
import { fillCall, type NewCall } from "../../shared/call-rows.ts";
import type { CallInput } from "../../ports/index.ts";
import { storable } from "../../shared/text.ts";
import type { Opened } from "../connection/connect.ts";
import { SYNCHRONOUS_WAIT_MS, retryWhileBusy } from "../connection/busy-retry.ts";
import { execute, statementOf, type Statement } from "../connection/script.ts";

/** How long a process that ends may stand still for another writer. */
const EXIT_WAIT_MS = 2000;

/** Column names, types on PostgreSQL, and property names, in the order in which values are bound. */
const COLUMNS: readonly (readonly [column: string, type: string, property: keyof NewCall])[] = [
  ["timestamp", "timestamptz", "timestamp"],
  ["hostname", "text", "hostname"],
  ["endpoint", "text", "endpoint"],
  ["request_did", "text", "requestDid"],
  ["cursor_key", "text", "cursorKey"],
  ["cursor_passed", "text", "cursorPassed"],
  ["cursor_received", "text", "cursorReceived"],
  ["method", "text", "method"],
  ["http_status_code", "integer", "httpStatusCode"],
  ["params", "text", "params"],
  ["exception_class", "text", "exceptionClass"],
  ["exception_text", "text", "exceptionText"],
  ["exception_response", "text", "exceptionResponse"],
  ["response_keys", "text", "responseKeys"],
  ["write_op_points_consumed", "integer", "writeOpPointsConsumed"],
  ["session_was_refreshed", "boolean", "sessionWasRefreshed"],
  ["duration_microseconds", "bigint", "durationMicroseconds"],
  ["call_id", "text", "callId"],
  ["state", "text", "state"],
  ["attempts", "integer", "attempts"],
  ["attempt_log", "text", "attemptLog"],
  ["retry_wait_ms", "integer", "retryWaitMs"],
  ["service", "text", "service"],
  ["proxy", "text", "proxy"],
  ["subject_uri", "text", "subjectUri"],
  ["request_bytes", "bigint", "requestBytes"],
  ["response_bytes", "bigint", "responseBytes"],
  ["rate_limit", "text", "rateLimit"],
];
/** For rows that a budget counts, which most do not: they go without. */
const CHARGE_COLUMNS = [
  ["budget_key", "text"],
  ["budget_points", "integer"],
  ["budget_at", "timestamptz"],
] as const;

type Columns = readonly (readonly [column: string, type: string, ...unknown[]])[];
const CHARGED: Columns = [...COLUMNS, ...CHARGE_COLUMNS];
const names = (columns: Columns): string => columns.map(([column]) => column).join(", ");
const insertInto = (columns: Columns): string => `insert into bsky_api_call_log (${names(columns)})`;

/** The one parameter holds a whole batch: short, and the same for any number of rows. */
const insertJson = (columns: Columns) => ({
  postgresql: `${insertInto(columns)} select ${names(columns)} from json_to_recordset(?::json)
    as rows(${columns.map(([column, type]) => `${column} ${type}`).join(", ")})`,
  sqlite: `${insertInto(columns)} select ${columns.map(([column]) => `value ->> '$.${column}'`).join(", ")} from json_each(?)`,
});
const INSERT_JSON = insertJson(COLUMNS);
const INSERT_CHARGED_JSON = insertJson(CHARGED);

/** A flag, a whole number, a text or nothing: what is bound for a column. */
type Bound = string | number | null;

/** The values of a row in the order of `COLUMNS`. Spelt out: this runs for every call a program makes. */
function values(call: NewCall, instant: Opened["instant"]): Bound[] {
  return [
    instant(call.timestamp),
    call.hostname,
    call.endpoint,
    call.requestDid,
    call.cursorKey,
    call.cursorPassed,
    call.cursorReceived,
    call.method,
    call.httpStatusCode,
    call.params,
    call.exceptionClass,
    call.exceptionText,
    call.exceptionResponse,
    call.responseKeys,
    call.writeOpPointsConsumed,
    call.sessionWasRefreshed === null ? null : Number(call.sessionWasRefreshed),
    whole(call.durationMicroseconds),
    call.callId,
    call.state,
    call.attempts,
    call.attemptLog === null ? null : JSON.stringify(call.attemptLog),
    whole(call.retryWaitMs),
    call.service,
    call.proxy,
    call.subjectUri,
    call.requestBytes,
    call.responseBytes,
    call.rateLimit === null ? null : JSON.stringify(call.rateLimit),
  ];
}

/** Measured times come with fractions, which PostgreSQL does not take for an integer. */
export function whole(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}

const chargeValues = (charge: BudgetCharge | undefined, instant: Opened["instant"]): readonly Bound[] =>
  charge === undefined ? [] : [charge.budget, charge.points, instant(charge.at)];

const insertOne = (columns: Columns): string => `${insertInto(columns)} values (${columns.map(() => "?").join(", ")})`;
const INSERT_ONE = insertOne(COLUMNS);
const INSERT_CHARGED_ONE = insertOne(CHARGED);

/** Sums of a budget are taken anew after rows that did not go through it. One window is enough, and nobody waits for two. */
const FORGET_SUM = `update bsky_write_budget set counted_at = null where budget_key = ?
  and seconds = (select min(seconds) from bsky_write_budget where budget_key = ?)`;

const budgetsOf = (charges: readonly (BudgetCharge | undefined)[]): Set<string> =>
  new Set(charges.flatMap((charge) => charge?.budget ?? []));

/** Inserts one row, and gives its id. */
function insertRow(sqlite: BetterSqlite.Database, row: CallInput, instant: Opened["instant"]): number {
  const charge = budgetChargeOf(row);
  const statement = statementOf(sqlite, charge === undefined ? INSERT_ONE : INSERT_CHARGED_ONE);
  const bound = values(fillCall(row), instant);
  return Number(statement.run(...bound, ...chargeValues(charge, instant)).lastInsertRowid);
}

function insertAll(sqlite: BetterSqlite.Database, rows: readonly CallInput[], instant: Opened["instant"]): number {
  let last = 0;
  sqlite.exec("begin immediate");
  try {
    for (const row of rows) last = insertRow(sqlite, row, instant);
    for (const budget of budgetsOf(rows.map(budgetChargeOf))) statementOf(sqlite, FORGET_SUM).run(budget, budget);
    sqlite.exec("commit");
  } catch (error) {
    if (sqlite.inTransaction) sqlite.exec("rollback");
    throw error;
  }
  return last;
}

/** Writes rows in one transaction, and gives the id of the last where the statement tells it. */
export async function writeCalls(opened: Opened, rows: readonly CallInput[], waitMs: number): Promise<number> {
  const { sqlite, plain, instant } = opened;
  if (!sqlite) return writeJson(opened, rows);
  // kysely lends its one connection to one borrower at a time: nobody's transaction is open on it meanwhile.
  return plain.connection().execute(() =>
    retryWhileBusy(
      waitMs,
      () => {
        const [only] = rows;
        const alone = rows.length === 1 && only !== undefined && budgetChargeOf(only) === undefined;
        return alone ? insertRow(sqlite, only, instant) : insertAll(sqlite, rows, instant);
      },
      opened.onLocked,
    ),
  );
}

/** Writes rows at once and before returning, where that is possible; see `CallStore.appendSync`. */
export function writeCallsSync({ sqlite, instant }: Opened, rows: readonly CallInput[]): boolean {
  if (!sqlite?.open) return false;
  try {
    // The process ends: whoever had a transaction open will not come back to it.
    if (sqlite.inTransaction) sqlite.exec("rollback");
    // Nothing else will run any more, so here standing still for a lock is right.
    sqlite.pragma(`busy_timeout = ${EXIT_WAIT_MS}`);
    insertAll(sqlite, rows, instant);
    return true;
  } catch {
    return false;
  } finally {
    sqlite.pragma(`busy_timeout = ${SYNCHRONOUS_WAIT_MS}`);
  }
}

async function writeJson(opened: Opened, rows: readonly CallInput[]): Promise<number> {
  const { plain, sql } = opened;
  const charged = rows.map((row) => ({ row, charge: budgetChargeOf(row) }));
  // In the order in which all do it, so that nobody waits for somebody who waits for him.
  const budgets = [...budgetsOf(charged.map(({ charge }) => charge))].toSorted();
  const write = async (on: typeof plain): Promise<number> => {
    const [row] = await execute(on, sql, insertCharged(opened, charged));
    for (const budget of budgets) await execute(on, sql, { text: FORGET_SUM, values: [budget, budget] });
    return Number(row?.["id"] ?? 0);
  };
  return budgets.length === 0 ? write(plain) : plain.transaction().execute(write);
}

interface ChargedRow {
  readonly row: CallInput;
  readonly charge: BudgetCharge | undefined;
}

/** A statement that inserts rows with what they are charged for. A single one gives its id, and so do those that are charged. */
export function insertCharged({ dialect, instant }: Opened, rows: readonly ChargedRow[]): Statement {
  const isCharged = rows.some(({ charge }) => charge !== undefined);
  const columns = isCharged ? CHARGED : COLUMNS;
  const batch = rows.map(({ row, charge }) => {
    const bound = [...values(fillCall(row), instant), ...chargeValues(charge, instant)];
    const entry: Record<string, Bound> = {};
    for (let index = 0; index < columns.length; index++) {
      const value = bound[index] ?? null;
      // What is missing is null on the other side, and most of a row is.
      if (value !== null) entry[columns[index]?.[0] ?? ""] = value;
    }
    return entry;
  });
  const text = (isCharged ? INSERT_CHARGED_JSON : INSERT_JSON)[dialect];
  return { text: isCharged || rows.length === 1 ? `${text} returning id` : text, values: [storableJson(batch)] };
}

/** PostgreSQL's text holds neither NUL nor half of a surrogate pair; both come in from servers and users. */
function storableJson(batch: readonly Record<string, Bound>[]): string {
  const text = JSON.stringify(batch);
  if (!/\\u0000|\\ud[89a-f]/.test(text)) return text;
  return JSON.stringify(batch, (_key, value: unknown) => (typeof value === "string" ? storable(value) : value));
}
