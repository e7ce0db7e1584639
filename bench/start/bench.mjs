/** What a short script costs: from the start of the process until its one call is answered and its row is in the database. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { interleave, rounds } from "../measure/rounds.mjs";
import { column, median, ratios, spread } from "../measure/statistics.mjs";
import { bench } from "../places.mjs";
import { table } from "../report.mjs";

function measure({ database }, service) {
  const argv = [join(bench, "start/first-call.mjs"), service, ...(database === undefined ? [] : [database])];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr.slice(0, 1000));
  return JSON.parse(stdout);
}

export async function run() {
  const server = spawn(process.execPath, [join(bench, "calls/server.mjs")], { stdio: ["ignore", "pipe", "inherit"] });
  const folder = mkdtempSync(join(tmpdir(), "skylex-bench-"));
  try {
    const [line] = await once(server.stdout, "data");
    const service = `http://127.0.0.1:${String(line).trim()}`;
    const cases = [
      { name: "bare fetch" },
      { name: "skylex, database in memory", database: ":memory:" },
      { name: "skylex, SQLite file that is there", database: join(folder, "skylex.db") },
    ];
    // The first round makes the file.
    const rows = await interleave("start", cases, rounds(9), (one) => measure(one, service));
    const toFetch = (name, key) => ratios(rows[name], rows["bare fetch"], key);
    return {
      what: `One getProfile call from the start of the process until it is answered and, with skylex, its row is in the database and the
client closed. A client is loaded with its first call, MikroORM with the first row.`,
      tables: [
        table(
          ["program", "wall ms", "CPU ms", "wall, × bare fetch"],
          cases.map(({ name }) => [
            name,
            spread(column(rows[name], "wall"), 0),
            spread(column(rows[name], "cpu"), 0),
            median(toFetch(name, "wall")).toFixed(1),
          ]),
        ),
      ],
      goals: [],
      lost: ["bare fetch: it opens no database."],
    };
  } finally {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}
