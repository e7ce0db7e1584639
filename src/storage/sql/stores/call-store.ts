import type { RawBuilder, Selectable } from "kysely";
import {
  BUDGET_WINDOW_MS,
  checkFilter,
  checkPeriods,
  checkPrune,
  checkQuery,
  DEFAULT_QUERY_LIMIT,
  FAILED_STATES,
  fillCall,
  isRowId,
  periodLength,
} from "../../shared/call-rows.ts";
import { endpointName } from "../../shared/names.ts";
import type {
  CallAttempt,
  CallFilter,
  CallInput,
  CallOutcome,
  CallPeriod,
  CallPeriods,
  CallQuery,
  CallRow,
  CallStats,
  CallStore,
  PruneCalls,
  RateLimitSnapshot,
} from "../../ports/index.ts";
import { storable } from "../../shared/text.ts";
import { whole, writeCalls, writeCallsSync } from "./call-writer.ts";
import type { Opened } from "../connection/connect.ts";
import type { Database } from "../connection/database.ts";
import type { Tables } from "../schema/tables.ts";
import { writeInChildProcess } from "./write-in-child-process.ts";

/** Rows deleted in one go: SQLite's deletes are synchronous, and hold the writer's lock. */
const PRUNE_CHUNK = 2000;

/** The call log in `bsky_api_call_log`. */
export class MikroCallStore implements CallStore {
  readonly #database: Database;
  readonly #waitMs: number;

  constructor(database: Database, waitMs: number) {
    this.#database = database;
    this.#waitMs = waitMs;
  }

  async append(rows: readonly CallInput[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#database.use((opened) => writeCalls(opened, rows, this.#waitMs));
  }

  appendSync(rows: readonly CallInput[]): boolean {
    if (rows.length === 0) return true;
    const { opened, choice } = this.#database;
    return opened?.sqlite ? writeCallsSync(opened, rows) : writeInChildProcess(choice, rows);
  }

  async insert(row: CallInput): Promise<number> {
    return this.#database.use((opened) => writeCalls(opened, [row], this.#waitMs));
  }

  async complete(id: number, outcome: CallOutcome): Promise<boolean> {
    if (!isRowId(id)) return false;
    return this.#database.use(async ({ db }) => {
      const columns = outcomeColumns(outcome);
      const { numUpdatedRows } = await db
        .updateTable("bsky_api_call_log")
        // An empty outcome still answers whether the row is there.
        .set(Object.keys(columns).length > 0 ? columns : (eb) => ({ state: eb.ref("state") }))
        .where("id", "=", id)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    });
  }

  async get(id: number): Promise<CallRow | undefined> {
    if (!isRowId(id)) return undefined;
    return this.#database.use(async ({ db }) => {
      const row = await db.selectFrom("bsky_api_call_log").selectAll().where("id", "=", id).executeTakeFirst();
      return row && callRow(row);
    });
  }

  async query(query: CallQuery = {}): Promise<readonly CallRow[]> {
    checkQuery(query);
    const { limit = DEFAULT_QUERY_LIMIT } = query;
    return this.#database.use(async ({ db, sql }) => {
      const order = query.order === "oldest" ? "asc" : "desc";
      let select = db.selectFrom("bsky_api_call_log").selectAll();
      if (query.endpoint !== undefined) select = select.where("endpoint", "=", storable(endpointName(query.endpoint)));
      if (query.did !== undefined) select = select.where("requestDid", "=", storable(query.did));
      if (query.failed === true) select = select.where(failed(sql));
      if (query.since !== undefined) select = select.where("timestamp", ">=", query.since);
      if (query.until !== undefined) select = select.where("timestamp", "<", query.until);
      if (query.afterId === undefined) select = select.orderBy("timestamp", order);
      else select = select.where("id", ">", query.afterId);
      select = select.orderBy("id", order);
      if (limit !== Infinity) select = select.limit(limit);
      const rows = await select.execute();
      return rows.map(callRow);
    });
  }

  async prune(options: PruneCalls): Promise<number> {
    checkPrune(options);
    if (options.dryRun === true) {
      return this.#database.use(async (opened) => {
        const { plain, sql } = opened;
        const count = sql<{ rows: string | number }>`select count(*) as rows from bsky_api_call_log
          where ${prunable(options, opened)}`;
        return Number((await count.execute(plain)).rows[0]?.rows);
      });
    }
    let deleted = 0;
    for (;;) {
      const chunk = await this.#database.use(async (opened) => {
        const { plain, sql } = opened;
        const { numAffectedRows } = await sql`delete from bsky_api_call_log where id in (
          select id from bsky_api_call_log where ${prunable(options, opened)}
          order by timestamp limit ${sql.raw(String(PRUNE_CHUNK))})`.execute(plain);
        return Number(numAffectedRows ?? 0n);
      });
      deleted += chunk;
      if (chunk < PRUNE_CHUNK) return deleted;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async stats(filter: CallFilter = {}): Promise<readonly CallStats[]> {
    checkFilter(filter);
    return this.#database.use(async (opened) => {
      const { sql } = opened;
      const rows = await figuresBy(opened, sql`endpoint`, sql`calls desc, name`, filter);
      return rows.map(({ name, calls, errors, p50Microseconds, p95Microseconds }) => ({
        endpoint: String(name),
        calls,
        errors,
        p50Microseconds,
        p95Microseconds,
      }));
    });
  }

  async timeline(query: CallPeriods): Promise<readonly CallPeriod[]> {
    checkPeriods(query);
    return this.#database.use(async (opened) => {
      const { sql, dialect } = opened;
      const length = periodLength(query);
      const milliseconds = {
        sqlite: sql`cast(round(unixepoch(timestamp, 'subsec') * 1000) as integer)`,
        postgresql: sql`cast(round(extract(epoch from timestamp) * 1000) as bigint)`,
      }[dialect];
      const [since, width] = [query.since, length].map((number) => sql.raw(String(Math.floor(number))));
      const rows = await figuresBy(opened, sql`(${milliseconds} - ${since}) / ${width}`, sql`name`, query);
      return rows.map(({ name, ...figures }) => ({ start: query.since + Number(name) * length, ...figures }));
    });
  }
}

type Figures = Omit<CallPeriod, "start"> & { readonly name: string | number | null };

/** Counts and percentiles of the calls of each group. */
async function figuresBy(
  opened: Opened,
  group: RawBuilder<unknown>,
  order: RawBuilder<unknown>,
  filter: CallFilter,
): Promise<readonly Figures[]> {
  const { sql } = opened;
  // Ranks by window functions: the one way to percentiles that both databases have.
  const { rows } = await sql<Record<string, string | number | null>>`
    with named as (
      select ${group} as name, state, duration_microseconds as duration, write_op_points_consumed as points
      from bsky_api_call_log where ${conditions(filter, opened)}),
    calls as (
      select name, state, duration, points, count(duration) over (partition by name) as timed,
        row_number() over (partition by name order by duration is null, duration) as place from named)
    select name, count(*) as calls, sum(case when state in ('failed', 'unknown') then 1 else 0 end) as errors,
      sum(points) as points,
      min(case when place >= timed * 0.5 then duration end) as p50,
      min(case when place >= timed * 0.95 then duration end) as p95
    from calls group by name order by ${order}`.execute(opened.plain);
  return rows.map((row) => ({
    name: row["name"] ?? null,
    calls: Number(row["calls"]),
    errors: Number(row["errors"]),
    points: Number(row["points"]),
    p50Microseconds: figure(row["p50"]),
    p95Microseconds: figure(row["p95"]),
  }));
}

/** PostgreSQL's driver gives counts and bigints as text. */
function figure(value: string | number | null | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}

function prunable({ olderThan, now, keepCursorRows }: PruneCalls, { sql, instant }: Opened): RawBuilder<unknown> {
  const counted = instant(now - BUDGET_WINDOW_MS);
  return sql`timestamp < ${instant(olderThan)}
    and not (write_op_points_consumed > 0 and timestamp >= ${counted})
    and (budget_at is null or budget_at < ${counted} or budget_points <= 0)
    ${keepCursorRows === true ? sql`and cursor_received is null` : sql``}`;
}

/** Written out, because an index of such rows alone is used only where it is seen that no others are wanted. */
const failed = (sql: Opened["sql"]): RawBuilder<boolean> =>
  sql<boolean>`state in (${sql.raw(FAILED_STATES.map((state) => `'${state}'`).join(", "))})`;

function conditions(filter: CallFilter, { sql, instant }: Opened): RawBuilder<unknown> {
  const parts: RawBuilder<unknown>[] = [sql`1 = 1`];
  if (filter.endpoint !== undefined) parts.push(sql`endpoint = ${storable(endpointName(filter.endpoint))}`);
  if (filter.did !== undefined) parts.push(sql`request_did = ${storable(filter.did)}`);
  if (filter.failed === true) parts.push(failed(sql));
  if (filter.since !== undefined) parts.push(sql`timestamp >= ${instant(filter.since)}`);
  if (filter.until !== undefined) parts.push(sql`timestamp < ${instant(filter.until)}`);
  if (filter.afterId !== undefined) parts.push(sql`id > ${filter.afterId}`);
  return sql.join(parts, sql` and `);
}

function outcomeColumns(outcome: CallOutcome): Record<string, unknown> {
  const columns: Record<string, unknown> = {};
  for (const [property, value] of Object.entries(outcome)) {
    if (value !== undefined) columns[property] = typeof value === "string" ? storable(value) : value;
  }
  for (const property of ["attemptLog", "rateLimit"]) {
    if (columns[property]) columns[property] = storable(JSON.stringify(columns[property]));
  }
  for (const property of ["durationMicroseconds", "retryWaitMs"]) {
    if (typeof columns[property] === "number") columns[property] = whole(columns[property]);
  }
  return columns;
}

function callRow(row: Selectable<Tables["bsky_api_call_log"]>): CallRow {
  return {
    id: row.id,
    ...fillCall({
      ...row,
      attemptLog: row.attemptLog === null ? null : (JSON.parse(row.attemptLog) as readonly CallAttempt[]),
      rateLimit: row.rateLimit === null ? null : (JSON.parse(row.rateLimit) as RateLimitSnapshot),
    }),
  };
}
