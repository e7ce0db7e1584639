/** Memory of processes that run for long. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { record } from "../measure/record.mjs";
import { column, median } from "../measure/statistics.mjs";
import { bench } from "../places.mjs";
import { table } from "../report.mjs";

const PAGED = Number(process.env.PAGED ?? 1_000_000);
const CALLS = Number(process.env.CALLS ?? 100_000);
/** Calls of which a tenth is enough for the RSS to settle */
const SETTLED = 500_000;
const subjects = [
  {
    what: "paging",
    title: `${PAGED.toLocaleString("en")} records of a list, 100 a page`,
    count: PAGED,
    logged: PAGED / 100,
  },
  { what: "calls", title: `${CALLS.toLocaleString("en")} calls, 16 at once`, count: CALLS, logged: CALLS },
];

function measure({ what, count, logged }, service) {
  const argv = ["--expose-gc", join(bench, "memory/measure.mjs"), what, service, String(count)];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${what}: ${stderr.slice(0, 1000)}`);
  const result = JSON.parse(stdout);
  if (result.logged !== logged) throw new Error(`${what}: ${result.logged} of ${logged} calls are in the log`);
  record("memory", { what, count, ...result });
  return result.samples;
}

/** Around a tenth of the way, when all is loaded and warm, around the middle, and at the end: medians of three samples each. */
const points = (samples) =>
  [1, 9, 17].map((at) => {
    const three = samples.slice(at, at + 3);
    return { alive: median(column(three, "alive")), rss: median(column(three, "rss")) };
  });

const growth = ({ points: [first, , last] }, key) => last[key] / first[key];

export async function run() {
  const server = spawn(process.execPath, [join(bench, "memory/server.mjs"), String(PAGED / 100)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [line] = await once(server.stdout, "data");
    const service = `http://127.0.0.1:${String(line).trim()}`;
    const rows = subjects.map((one) => ({ ...one, points: points(measure(one, service)) }));
    return {
      what: `Memory in MiB of one process at a tenth of its way, in the middle and at the end: what is alive after a collection, and what the process holds of
the system (RSS), which a collection need not give back. Every call is a row in an SQLite file; the rows are counted at the end.
RSS settles within some 50,000 calls, of which a page is one, so it is held to a bound only where there are many more.`,
      tables: [
        table(
          ["process", "alive, 10 %", "50 %", "100 %", "RSS, 10 %", "50 %", "100 %"],
          rows.map(({ title, points: found }) => [
            title,
            ...found.map(({ alive }) => alive.toFixed(1)),
            ...found.map(({ rss }) => rss.toFixed(0)),
          ]),
        ),
      ],
      goals: rows.flatMap((row) => [
        { what: `${row.title}: alive at the end, × at a tenth`, atMost: 1.1, measured: growth(row, "alive") },
        ...(row.logged >= SETTLED
          ? [{ what: `${row.title}: RSS at the end, × at a tenth`, atMost: 1.25, measured: growth(row, "rss") }]
          : []),
      ]),
    };
  } finally {
    server.kill();
  }
}
