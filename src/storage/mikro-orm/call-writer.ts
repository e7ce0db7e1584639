import type BetterSqlite from "better-sqlite3";
import { fillCall, type NewCall } from "../call-rows.ts";
import type { CallInput } from "../ports.ts";
import { storable } from "../text.ts";
import type { Opened } from "./connect.ts";
import { SYNCHRONOUS_WAIT_MS, whileBusy } from "./patience.ts";

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
const NAMES = COLUMNS.map(([column]) => column).join(", ");
const INSERT = `insert into bsky_api_call_log (${NAMES})`;

/** What comes before and after the one parameter that holds a whole batch: short, and the same for any number of rows. */
const INSERT_JSON = {
  postgresql: [
    `${INSERT} select ${NAMES} from json_to_recordset(`,
    `::json) as rows(${COLUMNS.map(([column, type]) => `${column} ${type}`).join(", ")})`,
  ],
  sqlite: [`${INSERT} select ${COLUMNS.map(([column]) => `value ->> '$.${column}'`).join(", ")} from json_each(`, ")"],
} as const;

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

const statements = new WeakMap<BetterSqlite.Database, BetterSqlite.Statement<Bound[]>>();

/** The insert of one row, prepared once for a connection. */
function prepared(sqlite: BetterSqlite.Database): BetterSqlite.Statement<Bound[]> {
  let statement = statements.get(sqlite);
  if (!statement) {
    statement = sqlite.prepare<Bound[]>(`${INSERT} values (${COLUMNS.map(() => "?").join(", ")})`);
    statements.set(sqlite, statement);
  }
  return statement;
}

function insertAll(sqlite: BetterSqlite.Database, rows: readonly CallInput[], instant: Opened["instant"]): void {
  const statement = prepared(sqlite);
  sqlite.exec("begin immediate");
  try {
    for (const row of rows) statement.run(...values(fillCall(row), instant));
    sqlite.exec("commit");
  } catch (error) {
    if (sqlite.inTransaction) sqlite.exec("rollback");
    throw error;
  }
}

/** Writes rows in one transaction, and gives the id of the last where the statement tells it. */
export async function writeCalls(opened: Opened, rows: readonly CallInput[], waitMs: number): Promise<number> {
  const { sqlite, plain, instant } = opened;
  if (!sqlite) return writeJson(opened, rows);
  // kysely lends its one connection to one borrower at a time: nobody's transaction is open on it meanwhile.
  return plain.connection().execute(() =>
    whileBusy(waitMs, () => {
      const [only] = rows;
      if (rows.length === 1 && only) {
        return Number(prepared(sqlite).run(...values(fillCall(only), instant)).lastInsertRowid);
      }
      insertAll(sqlite, rows, instant);
      return 0;
    }),
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

async function writeJson({ dialect, plain, sql, instant }: Opened, rows: readonly CallInput[]): Promise<number> {
  const batch = rows.map((row) => {
    const bound = values(fillCall(row), instant);
    const entry: Record<string, Bound> = {};
    for (let index = 0; index < COLUMNS.length; index++) {
      const value = bound[index] ?? null;
      // What is missing is null on the other side, and most of a row is.
      if (value !== null) entry[COLUMNS[index]?.[0] ?? ""] = value;
    }
    return entry;
  });
  const [before, after] = INSERT_JSON[dialect];
  const returning = rows.length === 1 ? " returning id" : "";
  const result = await sql<{
    readonly id: string | number;
  }>`${sql.raw(before)}${storableJson(batch)}${sql.raw(after + returning)}`.execute(plain);
  return Number(result.rows[0]?.id ?? 0);
}

/** PostgreSQL's text holds neither NUL nor half of a surrogate pair; both come in from servers and users. */
function storableJson(batch: readonly Record<string, Bound>[]): string {
  const text = JSON.stringify(batch);
  if (!/\\u0000|\\ud[89a-f]/.test(text)) return text;
  return JSON.stringify(batch, (_key, value: unknown) => (typeof value === "string" ? storable(value) : value));
}
