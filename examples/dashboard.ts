/**
 * Makes a page of the call log: `node dashboard.ts dashboard.html 24` for the last 24 hours. It needs no account and asks no server; give it
 * the database of your bot, by BSKY_SQLITE_FILENAME or PG*.
 */
import { writeFileSync } from "node:fs";
import { Client } from "skylex";

const [file = "dashboard.html", hours = "24"] = process.argv.slice(2);
const until = Date.now();
const since = until - Number(hours) * 3_600_000;
await using client = new Client();

const stats = await client.log.stats({ since, until });
const failures = await client.log.query({ since, until, failed: true, limit: 50 });
const rows = await client.log.query({ since, until, limit: 100_000 });

/** Calls and failures in 48 steps of time */
const steps = Array.from({ length: 48 }, () => ({ calls: 0, errors: 0 }));
for (const { timestamp, state } of rows) {
  const step = steps[Math.min(47, Math.floor(((timestamp - since) / (until - since)) * 48))];
  if (step === undefined) continue;
  step.calls += 1;
  if (state !== "done") step.errors += 1;
}
const highest = Math.max(1, ...steps.map(({ calls }) => calls));

const escape = (text: unknown): string =>
  String(text ?? "").replaceAll(/[&<>"]/g, (sign) => `&#${sign.codePointAt(0)};`);
const row = (cells: readonly unknown[]): string =>
  `<tr>${cells.map((cell) => `<td>${escape(cell)}</td>`).join("")}</tr>`;
const milliseconds = (micros: number | null): string => (micros === null ? "" : (micros / 1000).toFixed(0));
const bar = (x: number, count: number, colour: string): string => {
  const height = (count / highest) * 100;
  return `<rect x="${x * 10}" y="${100 - height}" width="8" height="${height}" fill="${colour}"/>`;
};

const points = rows.reduce((sum, { writeOpPointsConsumed }) => sum + writeOpPointsConsumed, 0);
writeFileSync(
  file,
  `<!doctype html>
<meta charset="utf-8">
<title>Calls of the last ${escape(hours)} hours</title>
<style>body { font: 14px system-ui; margin: 2rem auto; max-width: 60rem } td { padding: 0 1rem 0 0; vertical-align: top }</style>
<h1>${rows.length} calls, ${rows.filter(({ state }) => state !== "done").length} failed, ${points} points</h1>
<svg viewBox="0 0 480 100" width="100%" height="120">${steps
    .map(({ calls, errors }, x) => bar(x, calls, "#4a90d9") + bar(x, errors, "#d0021b"))
    .join("")}</svg>
<h2>Endpoints</h2>
<table><tr><th>endpoint<th>calls<th>errors<th>median ms<th>95 % ms</tr>
${stats.map((one) => row([one.endpoint, one.calls, one.errors, milliseconds(one.p50Microseconds), milliseconds(one.p95Microseconds)])).join("\n")}
</table>
<h2>Failures</h2>
<table><tr><th>when<th>endpoint<th>status<th>error<th>id</tr>
${failures.map((one) => row([new Date(one.timestamp).toISOString(), one.endpoint, one.httpStatusCode, `${one.exceptionClass}: ${one.exceptionText}`, one.id])).join("\n")}
</table>
`,
);
console.log(`${file}: ${rows.length} calls of ${stats.length} endpoints, ${failures.length} failures`);
