import { XrpcError, SkylexError } from "../core/errors/index.ts";
import type { Attempt, CallRequest, CallResult } from "../core/pipeline.ts";
import type { CallAttempt, CallInput, CallState, RateLimitSnapshot } from "../storage/ports/index.ts";
import { MAX_TEXT, paramsText, secretsIn } from "./params-text.ts";
import type { Redactor } from "./redact.ts";
import { LONGEST_TEXT, REDACTED } from "./redact.ts";

/** How calls are written down. */
export interface RowStyle {
  readonly redactor: Redactor;
  /** Whether the input of calls is kept at all */
  readonly params: boolean;
}

/** How a call ended. */
export type Ending =
  | { readonly ok: true; readonly result: CallResult }
  | { readonly ok: false; readonly error: unknown };

/** The row of a write that is about to be sent: what is known of it, and what it will cost. */
export function reservedRow(request: CallRequest, style: RowStyle): CallInput {
  const { trace } = request;
  return {
    ...identity(request, style),
    hostname: hostOf(trace.service ?? request.service),
    state: "reserved",
    writeOpPointsConsumed: trace.points ?? 0,
    subjectUri: subjectOf(request, undefined),
  };
}

/** The row of a call that has ended. */
export function finishedRow(
  request: CallRequest,
  ending: Ending,
  style: RowStyle,
  clean: (text: string) => string,
): CallInput {
  const { trace, definition } = request;
  const { attempts } = trace;
  const last = attempts.at(-1);
  const data = ending.ok ? ending.result.data : undefined;
  const outcome = ending.ok ? answered(data) : failed(request, ending.error, clean);
  return {
    ...identity(request, style),
    hostname: hostOf(lastUrl(attempts) ?? trace.service),
    cursorReceived: outcome.cursorReceived,
    httpStatusCode: last?.http?.status ?? null,
    exceptionClass: outcome.exceptionClass,
    exceptionText: outcome.exceptionText,
    exceptionResponse: outcome.exceptionResponse,
    responseKeys: outcome.responseKeys,
    writeOpPointsConsumed: trace.points ?? 0,
    sessionWasRefreshed: trace.refreshed === true,
    durationMicroseconds: last === undefined ? null : duration(attempts),
    state: outcome.state,
    attempts: attempts.length,
    attemptLog: last === undefined ? null : attempts.map((attempt) => attemptOf(attempt, clean)),
    retryWaitMs: attempts.reduce((sum, attempt) => sum + (attempt.waited ?? 0), 0),
    subjectUri: definition.kind === "procedure" ? subjectOf(request, data) : null,
    requestBytes: last?.requestBytes ?? null,
    responseBytes: last?.responseBytes ?? null,
    rateLimit: last === undefined ? null : rateLimitOf(attempts),
  };
}

/** What is the same before and after sending. */
function identity(request: CallRequest, style: RowStyle) {
  const { trace, definition, params, input, headers } = request;
  const isQuery = definition.kind === "query";
  const cursor = params !== undefined && "cursor" in params ? params.cursor : undefined;
  return {
    timestamp: trace.startedAt,
    endpoint: `xrpc/${definition.nsid}`,
    requestDid: trace.did ?? null,
    cursorKey: trace.cursorKey ?? null,
    cursorPassed: cursor === undefined || cursor === null ? null : String(cursor).slice(0, MAX_TEXT),
    method: isQuery ? ("get" as const) : ("post" as const),
    params: style.params ? paramsText(given(params, input), definition.nsid, style.redactor) : null,
    callId: request.id,
    service: trace.service ?? null,
    proxy: trace.proxy ?? headers["atproto-proxy"] ?? null,
  };
}

/** The input as one value: parameters of the URL, or the body, or both where an endpoint has both. */
function given(params: object | undefined, input: unknown): unknown {
  if (input === undefined) return params;
  return params === undefined ? input : { params, input };
}

interface Outcome {
  readonly state: CallState;
  readonly cursorReceived: string | null;
  readonly responseKeys: string | null;
  readonly exceptionClass: string | null;
  readonly exceptionText: string | null;
  readonly exceptionResponse: string | null;
}

function answered(data: unknown): Outcome {
  const cursor = (data as { readonly cursor?: unknown } | undefined)?.cursor;
  return {
    state: "done",
    cursorReceived: typeof cursor === "string" ? cursor.slice(0, MAX_TEXT) : null,
    responseKeys: keysOf(data),
    exceptionClass: null,
    exceptionText: null,
    exceptionResponse: null,
  };
}

function failed(request: CallRequest, error: unknown, clean: (text: string) => string): Outcome {
  const { trace, definition } = request;
  const raw = error instanceof XrpcError ? error.body : undefined;
  const body = parsed(raw);
  const { message } = (body ?? {}) as { readonly message?: unknown };
  const sent = definition.kind === "procedure" && trace.attempts.some((attempt) => attempt.reached);
  // An abort does not say whether the server acted, and so do errors that are none of ours.
  const ambiguous = error instanceof SkylexError ? error.ambiguous : sent;
  return {
    state: ambiguous ? "unknown" : isExpected(request, error) ? "done" : "failed",
    cursorReceived: null,
    responseKeys: keysOf(body),
    exceptionClass: nameOf(error, clean),
    exceptionText: clean(typeof message === "string" ? message : textOf(error)).slice(0, MAX_TEXT),
    exceptionResponse: raw === undefined ? null : clean(raw).slice(0, MAX_TEXT),
  };
}

/** Whether the caller counts on this error: the call did its work, and is not to be found among those that went wrong. */
export const isExpected = ({ options }: CallRequest, error: unknown): boolean =>
  error instanceof XrpcError && options.expectedErrors?.includes(error.error ?? "") === true;

/** Characters of an error's name; those of lexicons have a third of it at most. */
const LONGEST_NAME = 128;

/** {@link className} as it may be kept: a server may put anything there. */
export const nameOf = (error: unknown, clean: (text: string) => string): string => shortName(className(error), clean);

const shortName = (name: string, clean: (text: string) => string): string =>
  clean(name.slice(0, 4 * LONGEST_NAME)).slice(0, LONGEST_NAME);

/** The server's name for an error if it gave one, else the error's own. */
function className(error: unknown): string {
  if (error instanceof XrpcError && error.error !== undefined) return error.error;
  return error instanceof Error ? error.name : "Abort";
}

export const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const quoted = (text: string): string => JSON.stringify(text).slice(1, -1);

/** Secrets of a call that are looked for in what a server says */
const MAX_SECRETS = 100;

/** Takes secrets out of texts: what looks like one, and those this call was given. */
export function cleaner(request: CallRequest, redactor: Redactor): (text: string) => string {
  const { input, params, headers, definition } = request;
  const secrets = [params, input, headers]
    .flatMap((value) => secretsIn(value, definition.nsid, redactor))
    .slice(0, MAX_SECRETS)
    // The token of a header, also without its scheme.
    .flatMap((secret) => [secret, secret.replace(/^\w+ +/, "")]);
  // As they stand in JSON too, and in JSON inside of JSON, where a quote has backslashes in front.
  const forms = new Set(
    secrets.flatMap((secret) => [secret, quoted(secret), quoted(quoted(secret)), encodeURIComponent(secret)]),
  );
  const longestFirst = [...forms].toSorted((one, other) => other.length - one.length);
  return (text) => {
    // A cut must not leave the beginning of a secret behind that is not found any more.
    const start = text.slice(0, LONGEST_TEXT + (longestFirst[0]?.length ?? 0));
    const clean = longestFirst.reduce((kept, secret) => kept.replaceAll(secret, REDACTED), start);
    return redactor.text(
      text.length > start.length ? `${clean.slice(0, LONGEST_TEXT)}… <${text.length} characters>` : clean,
    );
  };
}

function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An object with more members than this is a map, whose keys are data. */
const MAX_KEYS = 200;

function keysOf(data: unknown): string | null {
  if (data === null || typeof data !== "object" || Array.isArray(data) || ArrayBuffer.isView(data)) return null;
  return Object.keys(data).slice(0, MAX_KEYS).sort().join(",").slice(0, MAX_TEXT);
}

const lastUrl = (attempts: readonly Attempt[]): string | undefined =>
  attempts.findLast((attempt) => attempt.http !== undefined)?.http?.url;

/** Host and port of a URL; empty while none is chosen. Cheaper than parsing what a parser wrote. */
function hostOf(url: string | undefined): string {
  if (url === undefined || url === "") return "";
  const start = url.indexOf("://") + 3;
  const end = url.indexOf("/", start);
  return end === -1 ? url.slice(start) : url.slice(start, end);
}

const duration = (attempts: readonly Attempt[]): number =>
  Math.round(attempts.reduce((sum, attempt) => sum + attempt.elapsed, 0) * 1000);

function attemptOf({ http, error, elapsed, waited }: Attempt, clean: (text: string) => string): CallAttempt {
  const name = error === undefined ? null : shortName(error, clean);
  const durationMs = Math.round(elapsed * 1000) / 1000;
  return { status: http?.status ?? null, error: name, durationMs, waitMs: Math.round(waited ?? 0) };
}

/** The rate-limit headers of the last answer that had any: https://docs.bsky.app/docs/advanced-guides/rate-limits */
function rateLimitOf(attempts: readonly Attempt[]): RateLimitSnapshot | null {
  const headers = attempts.findLast(({ http }) => http?.headers.has("ratelimit-limit") === true)?.http?.headers;
  if (headers === undefined) return null;
  const figure = (name: string): number | null => {
    const value = Number.parseInt(headers.get(name) ?? "", 10);
    return Number.isNaN(value) ? null : value;
  };
  const reset = figure("ratelimit-reset");
  return {
    limit: figure("ratelimit-limit"),
    remaining: figure("ratelimit-remaining"),
    resetAt: reset === null ? null : reset * 1000,
    policy: headers.get("ratelimit-policy"),
  };
}

/** https://atproto.com/specs/at-uri-scheme: 8 kilobytes at most */
const LONGEST_URI = 8192;

/** The record a write is about: as the answer names it, else as it was sent. */
function subjectOf({ trace }: CallRequest, data: unknown): string | null {
  const { uri } = (data ?? {}) as { readonly uri?: unknown };
  return typeof uri === "string" ? uri.slice(0, LONGEST_URI) : (trace.subject?.slice(0, LONGEST_URI) ?? null);
}
