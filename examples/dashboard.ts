/**
 * Makes a page of the call log: `node dashboard.ts dashboard.html 24` for the last 24 hours. It needs no account and asks no server; give it
 * the database of your bot, by BSKY_SQLITE_FILENAME or PG*.
 */
import { writeFileSync } from "node:fs";
import { Client } from "skylex";

const [file = "dashboard.html", hours = "24"] = process.argv.slice(2);
const since = Date.now() - Number(hours) * 3_600_000;
await using client = new Client();

const periods = await client.log.timeline({ since, periods: 48 });
const endpoints = await client.log.stats({ since });
const failures = await client.log.query({ since, failed: true, limit: 50 });

const sum = (member: "calls" | "errors" | "points"): number =>
  periods.reduce((total, period) => total + period[member], 0);
const escape = (text: unknown): string =>
  String(text ?? "").replaceAll(/[&<>"]/g, (sign) => `&#${sign.codePointAt(0)};`);
const row = (...cells: readonly unknown[]): string =>
  `<tr>${cells.map((cell) => `<td>${escape(cell)}</td>`).join("")}</tr>`;
const milliseconds = (micros: number | null): string => (micros === null ? "" : (micros / 1000).toFixed(0));

/** Bars of one member of each period, on a scale from 0 to `highest`. */
const bars = (member: "calls" | "errors" | "points", colour: string, highest: number): string =>
  periods
    .map((period, index) => {
      const height = (period[member] / Math.max(1, highest)) * 100;
      const title = `<title>${new Date(period.start).toISOString()}: ${period[member]} ${member}</title>`;
      return `<rect x="${index * 10}" y="${100 - height}" width="8" height="${height}" fill="${colour}">${title}</rect>`;
    })
    .join("");
const highest = (member: "calls" | "points"): number => Math.max(...periods.map((period) => period[member]));
const chart = (content: string): string => `<svg viewBox="0 0 480 100" width="100%" height="120">${content}</svg>`;

const page = `<!doctype html>
<meta charset="utf-8">
<title>Calls of the last ${escape(hours)} hours</title>
<style>body { font: 14px system-ui; margin: 2rem auto; max-width: 60rem } td { padding-right: 1rem; vertical-align: top }</style>
<h1>${sum("calls")} calls, ${sum("errors")} failed, ${sum("points")} points</h1>
<h2>Calls, and failures in red</h2>
${chart(bars("calls", "#4a90d9", highest("calls")) + bars("errors", "#d0021b", highest("calls")))}
<h2>Write points</h2>
${chart(bars("points", "#7b61c4", highest("points")))}
<h2>Endpoints</h2>
<table><tr><th>endpoint<th>calls<th>errors<th>median ms<th>95 % ms</tr>
${endpoints.map((one) => row(one.endpoint, one.calls, one.errors, milliseconds(one.p50Microseconds), milliseconds(one.p95Microseconds))).join("\n")}
</table>
<h2>The last failures</h2>
<table><tr><th>when<th>endpoint<th>status<th>error<th>row</tr>
${failures.map((one) => row(new Date(one.timestamp).toISOString(), one.endpoint, one.httpStatusCode, `${one.exceptionClass}: ${one.exceptionText}`, one.id)).join("\n")}
</table>
`;
writeFileSync(file, page);
console.log(`${file}: ${sum("calls")} calls of ${endpoints.length} endpoints, ${sum("errors")} failed`);
