import { endpointName } from "./names.ts";
import type { CallFilter, CallInput, CallPeriods, CallRow } from "../ports/index.ts";

export type NewCall = Omit<CallRow, "id">;

/** A call with every column, in one fixed shape: objects of one shape are what makes large batches cheap. */
export function fillCall(call: CallInput): NewCall {
  return {
    timestamp: call.timestamp,
    hostname: call.hostname,
    endpoint: endpointName(call.endpoint),
    requestDid: call.requestDid ?? null,
    cursorKey: call.cursorKey ?? null,
    cursorPassed: call.cursorPassed ?? null,
    cursorReceived: call.cursorReceived ?? null,
    method: call.method ?? null,
    httpStatusCode: call.httpStatusCode ?? null,
    params: call.params ?? null,
    exceptionClass: call.exceptionClass ?? null,
    exceptionText: call.exceptionText ?? null,
    exceptionResponse: call.exceptionResponse ?? null,
    responseKeys: call.responseKeys ?? null,
    writeOpPointsConsumed: call.writeOpPointsConsumed ?? 0,
    sessionWasRefreshed: call.sessionWasRefreshed ?? null,
    durationMicroseconds: call.durationMicroseconds ?? null,
    callId: call.callId ?? null,
    state: call.state ?? "done",
    attempts: call.attempts ?? 0,
    attemptLog: call.attemptLog ?? null,
    retryWaitMs: call.retryWaitMs ?? 0,
    service: call.service ?? null,
    proxy: call.proxy ?? null,
    subjectUri: call.subjectUri ?? null,
    requestBytes: call.requestBytes ?? null,
    responseBytes: call.responseBytes ?? null,
    rateLimit: call.rateLimit ?? null,
  };
}

export const FAILED_STATES = ["failed", "unknown"] as const;
export const BUDGET_WINDOW_MS = 24 * 60 * 60 * 1000;
export const DEFAULT_QUERY_LIMIT = 100;

/** Milliseconds of each period, a whole number: the last one may reach beyond the end. */
export const periodLength = ({ since, until, periods }: CallPeriods): number =>
  Math.max(1, Math.ceil((until - since) / Math.max(1, periods)));

/** The filter as a predicate: what SQL says in the databases, said once more for memory. */
export function matchesCall(row: CallRow, filter: CallFilter): boolean {
  return (
    (filter.endpoint === undefined || row.endpoint === endpointName(filter.endpoint)) &&
    (filter.did === undefined || row.requestDid === filter.did) &&
    (filter.failed !== true || row.state === "failed" || row.state === "unknown") &&
    (filter.since === undefined || row.timestamp >= filter.since) &&
    (filter.until === undefined || row.timestamp < filter.until) &&
    (filter.afterId === undefined || row.id > filter.afterId)
  );
}
