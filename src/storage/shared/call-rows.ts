import { endpointName } from "./names.ts";
import { ValidationError } from "../../core/errors/index.ts";
import type { CallFilter, CallInput, CallPeriods, CallQuery, CallRow, PruneCalls } from "../ports/index.ts";
import { storable, storableOrNull } from "./text.ts";

export type NewCall = Omit<CallRow, "id">;

/** A call with every column, in one fixed shape: objects of one shape are what makes large batches cheap. */
export function fillCall(call: CallInput): NewCall {
  return {
    timestamp: call.timestamp,
    hostname: storable(call.hostname),
    endpoint: storable(endpointName(call.endpoint)),
    requestDid: storableOrNull(call.requestDid),
    cursorKey: storableOrNull(call.cursorKey),
    cursorPassed: storableOrNull(call.cursorPassed),
    cursorReceived: storableOrNull(call.cursorReceived),
    method: call.method ?? null,
    httpStatusCode: call.httpStatusCode ?? null,
    params: storableOrNull(call.params),
    exceptionClass: storableOrNull(call.exceptionClass),
    exceptionText: storableOrNull(call.exceptionText),
    exceptionResponse: storableOrNull(call.exceptionResponse),
    responseKeys: storableOrNull(call.responseKeys),
    writeOpPointsConsumed: call.writeOpPointsConsumed ?? 0,
    sessionWasRefreshed: call.sessionWasRefreshed ?? null,
    durationMicroseconds: call.durationMicroseconds ?? null,
    callId: storableOrNull(call.callId),
    state: call.state ?? "done",
    attempts: call.attempts ?? 0,
    attemptLog: call.attemptLog ?? null,
    retryWaitMs: call.retryWaitMs ?? 0,
    service: storableOrNull(call.service),
    proxy: storableOrNull(call.proxy),
    subjectUri: storableOrNull(call.subjectUri),
    requestBytes: call.requestBytes ?? null,
    responseBytes: call.responseBytes ?? null,
    rateLimit: call.rateLimit ?? null,
  };
}

export const FAILED_STATES = ["failed", "unknown"] as const;
export const BUDGET_WINDOW_MS = 24 * 60 * 60 * 1000;
export const DEFAULT_QUERY_LIMIT = 100;

/** Rows are numbered by whole numbers: another one names no row. */
export const isRowId = (id: number): boolean => Number.isSafeInteger(id);

function refuse(path: string, message: string): never {
  throw new ValidationError(`log: ${path} ${message}. Nothing was read or changed.`, { issues: [{ path, message }] });
}

function checkMoment(path: string, moment: number | undefined): void {
  if (moment !== undefined && (typeof moment !== "number" || Number.isNaN(moment))) refuse(path, "is not a valid date");
}

/** @throws ValidationError for a filter that every backend would take for something else */
export function checkFilter({ since, until, afterId }: CallFilter): void {
  checkMoment("since", since);
  checkMoment("until", until);
  if (afterId !== undefined && !isRowId(afterId)) refuse("afterId", "must be a whole number");
}

/** @throws ValidationError for a query that makes no sense. `Infinity` as its limit stands for all rows */
export function checkQuery(query: CallQuery): void {
  checkFilter(query);
  const { limit = 0 } = query;
  if (limit !== Infinity && !(Number.isSafeInteger(limit) && limit >= 0)) {
    refuse("limit", "must be a whole number, 0 included, or Infinity");
  }
}

/** Columns of a chart, at most */
const MOST_PERIODS = 100_000;

/** @throws ValidationError for stretches of time that are none */
export function checkPeriods(query: CallPeriods): void {
  checkFilter(query);
  const { since, until, periods } = query;
  if (!Number.isFinite(since) || !Number.isFinite(until)) refuse("since and until", "must be moments, not Infinity");
  if (!(Number.isSafeInteger(periods) && periods >= 1 && periods <= MOST_PERIODS)) {
    refuse("periods", `must be a whole number from 1 to ${MOST_PERIODS}`);
  }
}

/** @throws ValidationError for moments that are none */
export function checkPrune({ olderThan, now }: PruneCalls): void {
  checkMoment("olderThan", olderThan);
  checkMoment("now", now);
}

/** Milliseconds of each period, a whole number: the last one may reach beyond the end. */
export const periodLength = ({ since, until, periods }: CallPeriods): number =>
  Math.max(1, Math.ceil((until - since) / Math.max(1, periods)));

/** The filter as a predicate: what SQL says in the databases, said once more for memory. */
export function matchesCall(row: CallRow, filter: CallFilter): boolean {
  return (
    (filter.endpoint === undefined || row.endpoint === storable(endpointName(filter.endpoint))) &&
    (filter.did === undefined || row.requestDid === storable(filter.did)) &&
    (filter.failed !== true || row.state === "failed" || row.state === "unknown") &&
    (filter.since === undefined || row.timestamp >= filter.since) &&
    (filter.until === undefined || row.timestamp < filter.until) &&
    (filter.afterId === undefined || row.id > filter.afterId)
  );
}
