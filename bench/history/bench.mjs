/** What a long log costs those who come later: a budget check, an error looked up, a session found, and a row written. */
import { openDatabases, openStorage, openTables } from "../measure/databases.mjs";
import { record } from "../measure/record.mjs";
import { account, budget, host, readRow, windows, writeRow } from "../measure/rows.mjs";
import { median } from "../measure/statistics.mjs";
import { table } from "../report.mjs";

const LARGEST = Number(process.env.LARGEST ?? 1_000_000);
const sizes = [1000, 100_000, LARGEST];
const TIMES = 200;
const ROUNDS = 5;
const ATMOST = 1.5;
const APPENDING = "200 rows of reads";

/**
 * Fills the log in SQL: one row in ten a write of the account, those of the last day as many as a day may have, the rest older;
 * one in five hundred failed. Indexes are made after the rows, which takes a fraction of the time.
 */
async function fill(place, rows) {
  const { sql, plain, dialect, close } = await openTables(place);
  const run = (statement) => sql.raw(statement).execute(plain);
  const recent = Math.min(11_000, Math.floor(rows / 10));
  const seconds = `case when i <= ${recent} then i * (80000.0 / ${recent}) else 86400 + i end`;
  const isWrite = `(i <= ${recent} or i % 10 = 0)`;
  const statement = (at, numbers) => `insert into bsky_api_call_log (timestamp, hostname, endpoint, request_did, method,
    http_status_code, state, exception_class, params, call_id, write_op_points_consumed, budget_key, budget_points, budget_at)
    select at, '${host}', case when ${isWrite} then 'xrpc/com.atproto.repo.createRecord' else 'xrpc/app.bsky.feed.getTimeline' end,
    '${account}', 'post', 200, case when i % 500 = 7 then 'failed' else 'done' end, case when i % 500 = 7 then 'UpstreamError' end,
    '{"limit":50,"actor":"bsky.app"}', 'call-' || i, case when ${isWrite} then 3 else 0 end,
    case when ${isWrite} then '${budget}' end, case when ${isWrite} then 3 end, case when ${isWrite} then at end
    from (select i, ${at} as at from ${numbers}) as numbers`;
  const isSqlite = dialect === "sqlite";
  const indexes = isSqlite
    ? "select name, sql from sqlite_master where type = 'index' and tbl_name = 'bsky_api_call_log' and sql is not null"
    : "select indexname as name, indexdef as sql from pg_indexes where tablename = 'bsky_api_call_log' and indexname not like '%pkey'";
  const { rows: found } = await run(indexes);
  for (const { name } of found) await run(`drop index ${name}`);
  await run(
    isSqlite
      ? statement(
          `strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || (${seconds}) || ' seconds')`,
          `(with recursive n(i) as (select 1 union all select i + 1 from n where i < ${rows}) select i from n)`,
        )
      : statement(`now() - make_interval(secs => ${seconds})`, `generate_series(1, ${rows}) as i`),
  );
  for (const { sql: index } of found) await run(index);
  if (!isSqlite) await run("vacuum analyze bsky_api_call_log");
  await close();
}

/** Median time of a few in a row. */
async function microseconds(work, count) {
  const times = [];
  for (let round = 0; round < count; round++) {
    const start = performance.now();
    await work(round);
    times.push((performance.now() - start) * 1000);
  }
  return median(times);
}

/** What is done again and again, whatever the log holds. */
const works = (rows) => ({
  "budget check": (storage) => storage.budgets.claim(budget, windows, [{ points: 3, row: writeRow() }], Date.now()),
  "error by its id": (storage, round) => storage.calls.get(7 + 500 * (round % Math.max(1, Math.floor(rows / 500)))),
  "newest errors": (storage) => storage.calls.query({ failed: true, limit: 2 }),
  "session by handle": (storage) => storage.sessions.find("https://bsky.social", "alice.test"),
  [APPENDING]: (storage, round) =>
    storage.calls.append(Array.from({ length: 200 }, (_, index) => readRow(round * 200 + index))),
});

/** A database with so many rows in the log. */
async function prepare({ name, make }, rows) {
  const { place, drop } = await make();
  const began = performance.now();
  await fill(place, rows);
  process.stderr.write(
    `  ${name}, ${rows.toLocaleString("en")} rows: filled in ${((performance.now() - began) / 1000).toFixed(0)} s\n`,
  );
  const storage = await openStorage(place);
  const jwt = "t".repeat(300);
  await storage.sessions.save({
    service: "https://bsky.social",
    did: account,
    handle: "alice.test",
    accessJwt: jwt,
    refreshJwt: jwt,
    createMethod: "create",
  });
  // The first check ever sums up what nobody has summed up before.
  const start = performance.now();
  await storage.budgets.claim(budget, windows, [{ points: 3, row: writeRow() }], Date.now());
  const first = performance.now() - start;
  const close = async () => {
    await storage.close();
    await drop();
  };
  return { name, rows, storage, first, close };
}

/** Sizes take turns, so that what slows the computer down for a while slows all of them down. */
async function measure(kind) {
  const sized = [];
  for (const rows of sizes) sized.push(await prepare(kind, rows));
  const times = sized.map(() => Object.fromEntries(Object.keys(works(1)).map((what) => [what, []])));
  for (const what of Object.keys(works(1))) {
    for (let round = -1; round < ROUNDS; round++) {
      for (const [at, { rows, storage }] of sized.entries()) {
        const work = works(rows)[what];
        const time = await microseconds((index) => work(storage, index), what === APPENDING ? TIMES / 10 : TIMES);
        if (round >= 0) times[at][what].push(time);
      }
    }
  }
  for (const { close } of sized) await close();
  return sized.map(({ name, rows, first }, at) => {
    record("history", { name, rows, first, ...times[at] });
    const toSmallest = (what) => median(times[at][what].map((time, round) => time / times[0][what][round]));
    return { name, rows, first, time: (what) => median(times[at][what]), toSmallest };
  });
}

export async function run() {
  const databases = await openDatabases();
  const results = [];
  try {
    for (const kind of databases.kinds) results.push(...(await measure(kind)));
  } finally {
    await databases.close();
  }
  const names = Object.keys(works(1));
  return {
    what: `Median time of one, ${TIMES} in a row, ${ROUNDS} times, sizes taking turns, with so many rows in the log, and how often the time with 1,000 rows that is. One row in ten is a write of the
account, as many of the last day as its budget allows; one in 500 failed. "First check" is the first one ever: it sums up the last day.
${databases.note}`,
    tables: [
      table(
        ["database", "rows in the log", "first check, ms", ...names.map((name) => `${name}, µs`)],
        results.map(({ name, rows, first, time, toSmallest }) => [
          name,
          rows.toLocaleString("en"),
          first.toFixed(1),
          ...names.map((what) => `${time(what).toFixed(0)} (× ${toSmallest(what).toFixed(2)})`),
        ]),
      ),
    ],
    goals: databases.kinds.flatMap(({ name }) => {
      const { rows, toSmallest } = results.findLast((one) => one.name === name);
      return names.slice(0, 4).map((what) => ({
        what: `${name}, ${rows.toLocaleString("en")} rows: ${what}, × with 1,000`,
        atMost: ATMOST,
        measured: toSmallest(what),
      }));
    }),
  };
}
