/**
 * Puts the SDK under load and faults, and says what of its promises was broken.
 *
 *   npm run torture [-- --minutes 10 --seed 1 --kills 12 --operations 100000 --keep]
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkAll } from "./checks/index.ts";
import { type Progress, torture } from "./torture.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    /** A minute */
    kills: { type: "string", default: "12" },
    /** Of each worker */
    operations: { type: "string", default: "1000000" },
    keep: { type: "boolean", default: false },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
console.log(
  `Torture of ${minutes} minutes: 8 processes, 2 databases, 20 accounts, one request in ten fails. Seed ${seed}.`,
);

const begin = Date.now();
const evidence = await torture({
  seed,
  duration: minutes * 60_000,
  operations: Number(values.operations),
  kills: Math.round(minutes * Number(values.kills)),
  leaseMs: 15_000,
  onProgress: process.stderr.isTTY ? drawBar : linesNow(),
});
if (process.stderr.isTTY) process.stderr.write("\n");
const { violations, figures } = await checkAll(evidence);

const inAll = {
  seconds: Math.round((Date.now() - begin) / 1000),
  kills: evidence.kills.length,
  faults: evidence.proxy.log.filter(({ fault }) => fault !== undefined).length,
  ...figures,
};
for (const [name, figure] of Object.entries(inAll)) console.log(`${name.padEnd(20)} ${figure.toLocaleString("en")}`);
for (const { rule, what, look } of violations) console.error(`\nBroken: ${rule}\n  ${what}\n  Look at ${look}`);
if (violations.length > 0 || values.keep) {
  // What the checks saw of the databases goes with them when they are closed.
  const requests = evidence.proxy.log.map(({ at, endedAt, method, path, headers, fault, refusal, serverStatus }) =>
    JSON.stringify({ at, endedAt, worker: headers["user-agent"], method, path, fault, refusal, serverStatus }),
  );
  writeFileSync(join(evidence.folder, "requests.json"), requests.join("\n"));
  console.error(`\nJournals, outputs, requests and the SQLite file are in ${evidence.folder}`);
}
await evidence.close(violations.length > 0 || values.keep);
console.log(
  violations.length === 0 ? "\nNothing was lost." : `\n${violations.length} promises were broken. Seed ${seed}.`,
);
process.exit(violations.length === 0 ? 0 : 1);

function textOf({ phase, operations, requests, faults, kills }: Progress): string {
  return `${phase}: ${operations} operations, ${requests} requests, ${faults} faults, ${kills} kills`;
}

function drawBar(progress: Progress): void {
  const width = 30;
  const done = Math.round(progress.share * width);
  process.stderr.write(`\r[${"#".repeat(done)}${".".repeat(width - done)}] ${textOf(progress)}   `);
}

/** Where nobody watches, a line now and then. */
function linesNow(): (progress: Progress) => void {
  let last = 0;
  return (progress) => {
    if (Date.now() - last < 30_000) return;
    last = Date.now();
    console.error(`${Math.round(progress.share * 100)} % ${textOf(progress)}`);
  };
}
