// What it costs to take points from a budget: with 1,000 to 10,000,000 rows in the log, and with 1, 4 and 16 processes on one
// account: `node bench/budget.ts [largest log of SQLite] [largest of PostgreSQL]`.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Claims } from "../src/budget/claims.ts";
import { createStorage } from "../src/storage/create.ts";
import { chooseDatabase } from "../src/storage/mikro-orm/config.ts";
import { connect } from "../src/storage/mikro-orm/connect.ts";
import type { CallInput, Storage } from "../src/storage/ports.ts";
import { createDatabase, openPostgres, query } from "../test/network/postgres.ts";

const ACCOUNT = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
const BUDGET = `write ${ACCOUNT}`;
/** Windows of the real length that never get full */
const WINDOWS = [3600, 86_400].map((seconds) => ({ seconds, limit: 1e9, learns: false }));
const CLAIMS = 1000;
const SECONDS = 3;
const row = (): CallInput => ({
  timestamp: Date.now(),
  hostname: "porcini.us-east.host.bsky.network",
  endpoint: "xrpc/com.atproto.repo.createRecord",
  requestDid: ACCOUNT,
  method: "post",
  state: "reserved",
  params: '{"collection":"app.bsky.feed.post"}',
});
const sorted = (values: readonly number[]): number[] => values.toSorted((one, other) => one - other);

/** Fills the log in SQL: one row in ten a write of the account, those of the last day as many as a day may have, the rest older. */
async function fill(database: string, rows: number): Promise<void> {
  const opened = await connect(chooseDatabase(database, {}, process.cwd()), { waitMs: 10_000 });
  const { sql, plain, dialect } = opened;
  const recent = Math.min(11_000, Math.floor(rows / 10));
  const seconds = `case when i <= ${recent} then i * (80000.0 / ${recent}) else 86400 + i end`;
  const isWrite = `(i <= ${recent} or i % 10 = 0)`;
  const values = (at: string, numbers: string): string => `insert into bsky_api_call_log (timestamp, hostname, endpoint,
    request_did, method, http_status_code, state, write_op_points_consumed, budget_key, budget_points, budget_at)
    select at, 'porcini.us-east.host.bsky.network', case when ${isWrite} then 'xrpc/com.atproto.repo.createRecord'
    else 'xrpc/app.bsky.feed.getTimeline' end, '${ACCOUNT}', 'post', 200, 'done', case when ${isWrite} then 3 else 0 end,
    case when ${isWrite} then '${BUDGET}' end, case when ${isWrite} then 3 end, case when ${isWrite} then at end
    from (select i, ${at} as at from ${numbers}) as numbers`;
  const statement =
    dialect === "sqlite"
      ? values(
          `strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || (${seconds}) || ' seconds')`,
          `(with recursive n(i) as (select 1 union all select i + 1 from n where i < ${rows}) select i from n)`,
        )
      : values(`now() - make_interval(secs => ${seconds})`, `generate_series(1, ${rows}) as i`);
  await sql.raw(statement).execute(plain);
  if (dialect === "postgresql") await sql.raw("vacuum analyze bsky_api_call_log").execute(plain);
  await opened.close();
}

/** Microseconds of a claim, one after the other. */
async function claimTimes(storage: Storage): Promise<readonly number[]> {
  const times: number[] = [];
  for (let count = 0; count < CLAIMS; count++) {
    const start = performance.now();
    await storage.budgets.claim(BUDGET, WINDOWS, [{ points: 3, row: row() }], Date.now());
    times.push((performance.now() - start) * 1000);
  }
  return times;
}

async function growth(name: string, database: (rows: number) => Promise<string> | string, sizes: readonly number[]) {
  let first: number | undefined;
  for (const rows of sizes) {
    const place = await database(rows);
    await fill(place, rows);
    const storage = createStorage(place, { env: {} });
    // The first claim sums up what nobody has summed up before.
    const start = performance.now();
    await storage.budgets.claim(BUDGET, WINDOWS, [{ points: 3, row: row() }], Date.now());
    const counting = performance.now() - start;
    const times = sorted(await claimTimes(storage));
    await storage.close();
    const median = times[CLAIMS >> 1] ?? 0;
    first ??= median;
    console.log(
      `${name}, ${String(rows).padStart(8)} rows: ${median.toFixed(0).padStart(6)} us a claim, ${(median / first).toFixed(2)} of the first [${times[CLAIMS / 20]?.toFixed(0)}..${times[CLAIMS * 0.95]?.toFixed(0)}], first one ${counting.toFixed(1)} ms`,
    );
  }
}

/** One of several processes: claims for some seconds, so many at once, and prints how many it got. */
async function claimFor(database: string, width: number, how: string): Promise<void> {
  const storage = createStorage(database, { env: {} });
  await storage.open();
  const claims = new Claims(storage.budgets, Date.now);
  const end = Date.now() + SECONDS * 1000;
  let count = 0;
  const worker = async (): Promise<void> => {
    for (; Date.now() < end; count++) {
      const claim = { points: 3, row: row() };
      if (how === "batched") await claims.claim(BUDGET, WINDOWS, claim);
      else await storage.budgets.claim(BUDGET, WINDOWS, [claim], Date.now());
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  process.stdout.write(String(count));
  await storage.close();
}

async function together(name: string, database: () => Promise<string> | string): Promise<void> {
  for (const [processes, width, how] of [
    [1, 1, "single"],
    [1, 16, "single"],
    [1, 16, "batched"],
    [4, 1, "batched"],
    [4, 16, "batched"],
    [16, 1, "batched"],
    [16, 16, "batched"],
  ] as const) {
    const place = await database();
    const storage = createStorage(place, { env: {} });
    await storage.open();
    await storage.close();
    const counts = await Promise.all(
      Array.from({ length: processes }, async () => {
        const args = [fileURLToPath(import.meta.url), "claim", place, String(width), how];
        const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
        let written = "";
        for await (const chunk of child.stdout) written += String(chunk);
        return Number(written);
      }),
    );
    const sum = counts.reduce((one, other) => one + other, 0);
    console.log(
      `${name}, ${String(processes).padStart(2)} processes, ${String(width).padStart(2)} at once, ${how.padEnd(7)}: ${Math.round(sum / SECONDS)} claims/s`,
    );
  }
}

const sizes = (most: number): number[] => [1000, 100_000, 1_000_000, 10_000_000].filter((size) => size <= most);

const [first, place = "", width = "1", how = ""] = process.argv.slice(2);
if (first === "claim") await claimFor(place, Number(width), how);
else {
  const largest = { sqlite: Number(first ?? 10_000_000), postgres: Number(place || 1_000_000) };
  const folder = mkdtempSync(join(tmpdir(), "skylex-bench-"));
  let files = 0;
  const file = (): string => join(folder, `${files++}.db`);
  await growth("SQLite", file, sizes(largest.sqlite));
  await together("SQLite", file);
  rmSync(folder, { recursive: true });

  // The tests' own server does not wait for the disk; set DB_POSTGRES_URL or PG* to measure one that does.
  const server = await openPostgres();
  const [setting] = await query(server.url, "show fsync");
  const dropped: (() => Promise<void>)[] = [];
  const database = async (): Promise<string> => {
    const { url, drop } = await createDatabase(server.url);
    dropped.push(drop);
    return url;
  };
  const name = `PostgreSQL, fsync ${String(setting?.["fsync"])}`;
  await growth(name, database, sizes(largest.postgres));
  await together(name, database);
  for (const drop of dropped) await drop();
  await server.stop();
}
