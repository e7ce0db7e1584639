import type { CallRow } from "../../index.ts";
import { oneLine } from "../output.ts";
import { style } from "../terminal.ts";
import { counted } from "../../core/counted.ts";
import { time } from "./columns.ts";

const name = (endpoint: string): string => oneLine(endpoint.replace(/^xrpc\//, ""));
const isFailed = ({ state }: CallRow): boolean => state === "failed" || state === "unknown";

/** A duration in ms, short. */
export function milliseconds(microseconds: number | null): string {
  if (microseconds === null) return "";
  const ms = microseconds / 1000;
  return ms >= 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
}

/** A call in one line. */
export function callLine(row: CallRow): string {
  const { id, timestamp, httpStatusCode, endpoint, requestDid, durationMicroseconds, attempts, state } = row;
  const status = String(httpStatusCode ?? (state === "reserved" ? "..." : "---"));
  const facts = [
    milliseconds(durationMicroseconds),
    attempts > 1 ? counted(attempts, "attempt") : "",
    requestDid === null ? "" : oneLine(requestDid),
    isFailed(row) ? style("red", `${oneLine(row.exceptionClass ?? state)}: ${oneLine(row.exceptionText ?? "")}`) : "",
    state === "unknown" ? style("yellow", "nobody knows whether the server acted") : "",
  ].filter((fact) => fact !== "");
  const colour = isFailed(row) ? "red" : state === "reserved" ? "yellow" : "green";
  return [
    style("dim", `${String(id).padStart(6)} ${time(timestamp)}`),
    style(colour, status),
    name(endpoint),
    ...facts,
  ].join("  ");
}

/** All that is known of a call, a line for each thing. */
export function callLines(row: CallRow): string[] {
  const { attemptLog, rateLimit } = row;
  const facts: readonly (readonly [string, string | number | null])[] = [
    ["call", `${row.id}, ${row.state}${row.callId === null ? "" : `, ${row.callId}`}`],
    ["began", `${time(row.timestamp)} UTC`],
    ["endpoint", `${row.method?.toUpperCase() ?? ""} ${name(row.endpoint)}`.trim()],
    ["host", row.hostname],
    ["service", row.service],
    ["proxy", row.proxy],
    ["account", row.requestDid],
    ["session", row.sessionWasRefreshed === true ? "was refreshed" : null],
    ["params", row.params],
    ["subject", row.subjectUri],
    ["status", row.httpStatusCode],
    ["error", row.exceptionClass === null ? null : `${row.exceptionClass}: ${row.exceptionText ?? ""}`],
    ["answer", row.exceptionResponse],
    ["keys", row.responseKeys],
    ["cursor", row.cursorPassed === null ? null : `${row.cursorPassed} passed`],
    ["next", row.cursorReceived === null ? null : `${row.cursorReceived} received`],
    [
      "time",
      `${milliseconds(row.durationMicroseconds) || "none"} in HTTP, ${row.retryWaitMs} ms waited between attempts`,
    ],
    ["points", row.writeOpPointsConsumed === 0 ? null : row.writeOpPointsConsumed],
    [
      "bytes",
      row.requestBytes === null && row.responseBytes === null
        ? null
        : `${row.requestBytes ?? 0} sent, ${row.responseBytes ?? 0} received`,
    ],
    [
      "limit",
      rateLimit === null
        ? null
        : `${rateLimit.remaining ?? "?"} of ${rateLimit.limit ?? "?"} left${rateLimit.resetAt === null ? "" : ` until ${time(rateLimit.resetAt)}`}`,
    ],
    ...(attemptLog ?? []).map(
      ({ status, error, durationMs, waitMs }, index) =>
        [
          index === 0 ? "attempts" : "",
          `${index + 1}: ${status ?? "no answer"}${error === null ? "" : ` ${error}`}, ${durationMs} ms${waitMs > 0 ? `, then ${waitMs} ms wait` : ""}`,
        ] as const,
    ),
  ];
  return facts
    .filter(([, value]) => value !== null && value !== "")
    .map(([title, value]) => `${style("dim", title.padEnd(9))} ${oneLine(value)}`);
}
