import type { CallPeriod, CallStats } from "../../index.ts";
import type { ClientFlags } from "../client.ts";
import { withClient } from "../client.ts";
import { milliseconds } from "../draw/call.ts";
import { barOf, spark } from "../draw/chart.ts";
import { counted } from "../../core/counted.ts";
import { cells, columns, time } from "../draw/columns.ts";
import { oneLine, print, printJson } from "../output.ts";
import { style, tableWidth } from "../terminal.ts";
import { filterOf } from "./log.ts";

interface StatsFlags extends ClientFlags {
  readonly periods?: number;
  readonly since?: Date;
  readonly until?: Date;
}

/** Endpoints that are listed; JSON has all of them. */
const ENDPOINTS = 15;
/** Columns of the charts at most, and how many a line needs beside them */
const PERIODS = 48;
const BESIDE = 36;
/** Cells of the bars beside endpoints: at most, and fewer than which say nothing */
const BAR = { longest: 20, shortest: 5 };

/** Figures of the log: by time as charts, and by endpoint. */
export async function showStats(flags: StatsFlags): Promise<void> {
  await withClient(flags, "none", async (client) => {
    const until = flags.until ?? new Date(Date.now() + 1);
    const since = flags.since ?? new Date(until.getTime() - 86_400_000);
    const filter = { ...filterOf(flags), since, until };
    const fitting = flags.json ? PERIODS : Math.max(10, Math.min(PERIODS, tableWidth() - BESIDE));
    const endpoints = await client.log.stats(filter);
    const periods = await client.log.timeline({ ...filter, periods: flags.periods ?? fitting });
    if (flags.json) return printJson({ since, until, periods, endpoints });
    if (endpoints.length === 0) return print(`No calls from ${time(since)} to ${time(until)} UTC.`);
    for (const line of chartLines(periods, since, until)) await print(line);
    await print("");
    for (const line of endpointLines(endpoints)) await print(line);
    if (endpoints.length > ENDPOINTS)
      await print(style("dim", `and ${endpoints.length - ENDPOINTS} more; --json has all`));
  });
}

function chartLines(periods: readonly CallPeriod[], since: Date, until: Date): string[] {
  const sum = (of: (period: CallPeriod) => number): number => periods.reduce((total, period) => total + of(period), 0);
  const most = (of: (period: CallPeriod) => number | null): number =>
    Math.max(0, ...periods.map((one) => of(one) ?? 0));
  const [calls, errors, points] = [sum((one) => one.calls), sum((one) => one.errors), sum((one) => one.points)];
  const slowest = most((one) => one.p95Microseconds);
  const share = calls === 0 ? "" : `, ${((100 * errors) / calls).toFixed(1)} %`;
  const minutes = (until.getTime() - since.getTime()) / periods.length / 60_000;
  const rows = [
    [
      "calls",
      spark(periods.map((one) => one.calls)),
      `${calls}, at most ${(most((one) => one.calls) / minutes).toFixed(1)} a minute`,
    ],
    ["errors", style("red", spark(periods.map((one) => one.errors))), `${errors}${share}`],
    [
      "median",
      spark(
        periods.map((one) => one.p50Microseconds),
        slowest,
      ),
      `at most ${milliseconds(most((one) => one.p50Microseconds)) || "0 ms"}`,
    ],
    [
      "95 %",
      spark(
        periods.map((one) => one.p95Microseconds),
        slowest,
      ),
      `at most ${milliseconds(slowest) || "0 ms"}`,
    ],
    ["points", spark(periods.map((one) => one.points)), counted(points, "write point")],
  ] as const;
  const [from, to] = [time(since), time(until)];
  const gap = " ".repeat(Math.max(1, periods.length - from.length - to.length));
  return [
    // A chart of nothing shows nothing.
    ...rows.map(
      ([title, chart, text]) => `${style("dim", title.padEnd(7))} ${/[▁-█]/.test(chart) ? `${chart}  ` : ""}${text}`,
    ),
    style("dim", `        ${from}${gap}${to}`),
  ];
}

function endpointLines(endpoints: readonly CallStats[]): string[] {
  const highest = endpoints[0]?.calls ?? 0;
  const heading = ["endpoint", "calls", "errors", "median", "95 %"];
  const shown = endpoints.slice(0, ENDPOINTS);
  const rows = shown.map(({ endpoint, calls, errors, p50Microseconds, p95Microseconds }) => [
    oneLine(endpoint.replace(/^xrpc\//, "")),
    String(calls),
    String(errors),
    milliseconds(p50Microseconds),
    milliseconds(p95Microseconds),
  ]);
  const room = tableWidth() - Math.max(...columns(heading, rows, Infinity).map(cells)) - 2;
  const length = Math.min(BAR.longest, room);
  if (length < BAR.shortest) return columns(heading, rows);
  const withBars = rows.map((row, index) => [...row, barOf(shown[index]?.calls ?? 0, highest, length)]);
  return columns([...heading, "share"], withBars);
}
