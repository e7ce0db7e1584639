/** CPU a call costs its client, against a server in another process. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { openDatabases } from "../measure/databases.mjs";
import { interleave, rounds } from "../measure/rounds.mjs";
import { column, median, ratios, spread } from "../measure/statistics.mjs";
import { bench } from "../places.mjs";
import { table } from "../report.mjs";
import { clients } from "./clients.mjs";
import { profile, timeline } from "./replies.mjs";

const names = Object.keys(clients);
const floor = "fetch and JSON.parse";
const cpuMs = process.env.CPU_MS ?? "800";
const encoding = process.env.ENCODING ?? "gzip";
const own = "skylex, log in SQLite";
const goals = {
  0: { "skylex, no log": 0.5, [own]: 0.6, "skylex, log in PostgreSQL": 0.7 },
  50: { "skylex, no log": 0.8, [own]: 0.85, "skylex, log in PostgreSQL": 0.9 },
};
const kilobytes = (data) => `${Math.round(Buffer.byteLength(JSON.stringify(data)) / 1000)} kB`;

const shapes = [0, 50].flatMap((limit) =>
  [1, 16].map((concurrency) => ({
    limit,
    concurrency,
    title: `${limit === 0 ? `profile, ${kilobytes(profile())}` : `timeline, ${kilobytes(timeline(limit))}`}, ${concurrency} at once`,
  })),
);

function measure({ client, limit, concurrency }, service, env) {
  const argv = [join(bench, "calls/measure.mjs"), client, service, limit, concurrency, cpuMs].map(String);
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: "utf8", env });
  if (status !== 0) throw new Error(`${client}: ${stderr.slice(0, 1000)}`);
  return JSON.parse(stdout);
}

export async function run() {
  const databases = await openDatabases();
  const postgres = await databases.kinds[1].make();
  const env = { ...process.env, BENCH_POSTGRES: postgres.place };
  const server = spawn(process.execPath, [join(bench, "calls/server.mjs")], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ENCODING: encoding },
  });
  const rows = {};
  try {
    const [line] = await once(server.stdout, "data");
    const service = `http://127.0.0.1:${String(line).trim()}`;
    for (const shape of shapes) {
      const cases = names.map((client) => ({ name: `${client}, ${shape.title}`, client, ...shape }));
      Object.assign(
        rows,
        await interleave("calls", cases, rounds(3), (one) => measure(one, service, env), { warmups: 0 }),
      );
    }
  } finally {
    server.kill();
    await postgres.drop();
    await databases.close();
  }
  const of = (client, { title }) => rows[`${client}, ${title}`];
  const toFloor = (client, shape) => ratios(of(client, shape), of(floor, shape), "cpu");
  const cell = (client, shape) =>
    client === floor ? `${median(column(of(client, shape), "cpu")).toFixed(0)} µs` : spread(toFloor(client, shape), 2);
  const ratio = (client, shape) => median(toFloor(client, shape));
  return {
    what: `CPU of the client's process for one call, warmed up, as a multiple of bare \`fetch\` and \`JSON.parse\` in the same round; for
fetch itself absolute. ${encoding === "gzip" ? "Answers are compressed with gzip where a client takes it, as real servers do (`ENCODING=none`: they are not)." : "Answers are not compressed."} With skylex every call is a row
in a database, written in batches, and a line for a logger that drops it; with "no log" rows are dropped, too. ${databases.note}
Differences below 0.2 are noise. @atproto/api and "as it comes" validate answers, as does "@atcute call"; skylex does so only when it is told to.`,
    tables: [
      table(
        ["client", ...shapes.map(({ title }) => title)],
        names.map((client) => [client, ...shapes.map((shape) => cell(client, shape))]),
      ),
    ],
    goals: shapes.flatMap((shape) =>
      Object.entries(goals[shape.limit]).map(([client, atMost]) => ({
        what: `${client}, ${shape.title}: CPU, × bare fetch`,
        atMost,
        measured: ratio(client, shape),
      })),
    ),
    lost: names.flatMap((client) => {
      const ahead = shapes.filter((shape) => ratio(client, shape) < ratio(own, shape) / 1.1);
      if (ahead.length === 0) return [];
      const where = ahead.map(
        (shape) => `${shape.title} ${ratio(client, shape).toFixed(2)} (skylex ${ratio(own, shape).toFixed(2)})`,
      );
      return [`${client}: ${where.join("; ")}. ${reasons[client] ?? ""}`.trim()];
    }),
  };
}

const reasons = {
  [floor]: "Large answers are mostly JSON.parse, which is the same everywhere.",
  "node:http and JSON.parse":
    "It is the transport of skylex without timeouts, retries, errors, headers by name and a log line.",
  "@atcute get, not validating": "It is a thin layer over fetch, without a signal for timeouts, retries or a log line.",
  "skylex, no log": "Building the row and writing it is the difference.",
  "skylex, given fetch":
    "Any fetch can be given; the AbortSignal a request carries for its timeout costs Node's about 60 µs.",
};
