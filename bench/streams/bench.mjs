/** What an event of the stream of all repositories costs, from the socket to the decoded record. */
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { interleave, rounds } from "../measure/rounds.mjs";
import { column, median, ratios, spread } from "../measure/statistics.mjs";
import { table } from "../report.mjs";
import { recordFrames } from "./frames.mjs";
import { consumers } from "./consumers.mjs";

const SENT = 24_000;
/** A few less than are sent, since not every message is an event everywhere. */
const READ = 20_000;

async function startServer() {
  const child = spawn(process.execPath, [join(import.meta.dirname, "server.mjs"), String(SENT)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const url = await new Promise((resolve) => createInterface(child.stdout).once("line", resolve));
  return { url, close: () => child.stdin.end() };
}

function consume(name, url) {
  const argv = [join(import.meta.dirname, "consumers.mjs"), name, url, String(READ)];
  const { stdout, stderr, status } = spawnSync(process.execPath, argv, { encoding: "utf8", timeout: 120_000 });
  if (status !== 0) throw new Error(`${name}: exit ${status}\n${stderr.slice(-2000)}`);
  return JSON.parse(stdout);
}

export async function run() {
  await recordFrames();
  const server = await startServer();
  try {
    const cases = Object.keys(consumers).map((name) => ({ name }));
    const rows = await interleave("streams", cases, rounds(7), ({ name }) => consume(name, server.url));
    const share = (name, key) => median(ratios(rows.skylex, rows[name], key));
    return {
      what: `Frames recorded from the official PDS (posts with a link, and likes, each in place of the one before; 2.8 kB), sent over loopback to a
process each: CPU per event from the socket to the record as an object, ${READ} events.`,
      tables: [
        table(
          ["reader", "CPU µs per event", "events a second", "CPU, × skylex"],
          cases.map(({ name }) => [
            name,
            spread(column(rows[name], "cpu"), 1),
            spread(column(rows[name], "rate"), 0),
            (1 / share(name, "cpu")).toFixed(2),
          ]),
        ),
      ],
      goals: [
        {
          what: "CPU per event, × @atcute/firehose unchecked",
          atMost: 1,
          measured: share("@atcute/firehose, unchecked", "cpu"),
        },
        { what: "CPU per event, × @atproto/sync", atMost: 1 / 3, measured: share("@atproto/sync", "cpu") },
      ],
      lost: Object.keys(consumers)
        .filter((name) => name.startsWith("@") && share(name, "cpu") > 1)
        .map(
          (name) =>
            `${name}: × ${(1 / share(name, "cpu")).toFixed(2)}, a difference within the rounds; it checks no message's form.`,
        ),
    };
  } finally {
    server.close();
  }
}
