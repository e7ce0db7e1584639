/** Rows a second of the call log. */
import { openDatabases, openStorage } from "../measure/databases.mjs";
import { record } from "../measure/record.mjs";
import { readRow } from "../measure/rows.mjs";
import { rounds } from "../measure/rounds.mjs";
import { median, spread } from "../measure/statistics.mjs";
import { table } from "../report.mjs";

const ROWS = Number(process.env.ROWS ?? 50_000);

/** The writer of skylex takes at most 200. */
const ways = [
  { name: "batches of 200", batch: 200, share: 1 },
  { name: "batches of 100", batch: 100, share: 1 },
  { name: "one by one, as errors and writes go", batch: 1, share: 0.1 },
];

const goals = { SQLite: 40_000, PostgreSQL: 18_000 };

async function measure(storage, { batch, share }) {
  const count = ROWS * share;
  const batches = Array.from({ length: count / batch }, (_, at) =>
    Array.from({ length: batch }, (_, index) => readRow(at * batch + index)),
  );
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (const rows of batches) {
    if (batch === 1) await storage.calls.insert(rows[0]);
    else await storage.calls.append(rows);
  }
  const rate = (count / (performance.now() - start)) * 1000;
  const { user, system } = process.cpuUsage(cpu);
  await storage.calls.prune({ olderThan: Date.now() + 1, now: Date.now() });
  return { rate, cpu: (user + system) / count };
}

export async function run() {
  const databases = await openDatabases();
  const rows = [];
  try {
    for (const { name, make } of databases.kinds) {
      const { place, drop } = await make();
      const storage = await openStorage(place);
      for (const way of ways) {
        const found = [];
        await measure(storage, { ...way, share: way.share / 5 });
        for (let round = 0; round < rounds(5); round++) {
          const one = await measure(storage, way);
          record("log", { database: name, way: way.name, round, ...one });
          found.push(one);
        }
        const rates = found.map(({ rate }) => rate);
        rows.push({ name, way, rates, cpu: found.map(({ cpu }) => cpu) });
      }
      await storage.close();
      await drop();
    }
  } finally {
    await databases.close();
  }
  const batched = (name) => median(rows.find((row) => row.name === name && row.way === ways[0]).rates);
  return {
    what: `Rows a second that the log takes, of ${ROWS.toLocaleString("en")} a round, in one process: a row of a read has 16 columns filled. ${databases.note}`,
    tables: [
      table(
        ["database", "how", "rows/s", "CPU µs a row"],
        rows.map(({ name, way, rates, cpu }) => [name, way.name, spread(rates, 0), spread(cpu, 1)]),
      ),
    ],
    goals: Object.entries(goals).map(([name, atLeast]) => ({
      what: `${name}, batches of 200: rows/s`,
      atLeast,
      measured: Math.round(batched(name)),
    })),
  };
}
