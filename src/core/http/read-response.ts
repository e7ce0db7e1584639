import { decodeJson } from "../lexicon/data-model.ts";
import { defaults } from "../call/defaults.ts";
import type { Endpoint } from "../lexicon/definition.ts";
import type { HttpInfo } from "../errors/index.ts";
import {
  AuthenticationError,
  AuthFactorTokenRequiredError,
  InvalidResponseError,
  RateLimitError,
  UpstreamError,
  XrpcError,
} from "../errors/index.ts";
import { resumeTime } from "./rate-limit.ts";
import { isJson } from "./request.ts";

/** An HTTP answer whose body has arrived. */
export interface HttpResponse {
  readonly http: HttpInfo;
  readonly body: Uint8Array;
}

/** Characters of what a server says that stand in a message */
const LONGEST_MESSAGE = 1000;
const LONGEST_NAME = 128;

const decoder = new TextDecoder();
const encodingOf = (http: HttpInfo): string => http.headers.get("content-type") ?? "";
const excerpt = (text: string): string => text.replace(/\s+/g, " ").trim().slice(0, 200);

/** Names of errors that mean the token, not the request, is the trouble; the official PDS sends them with status 400. */
const tokenErrors = new Set(["ExpiredToken", "InvalidToken"]);

/**
 * Gives the data of an answer: parsed JSON, bytes for every other encoding, `undefined` for an empty body.
 *
 * @throws XrpcError, one of its kinds, for an error status
 * @throws InvalidResponseError for a body the endpoint does not promise
 */
export function readResponse(definition: Endpoint, { http, body }: HttpResponse, now: number): unknown {
  if (http.status < 200 || http.status >= 300) throw refusal(definition, http, decoder.decode(body), now);
  const promised = definition.output;
  if (promised !== undefined && !isJson(promised)) return body;
  const encoding = encodingOf(http);
  if (body.length === 0) {
    if (promised === undefined) return undefined;
    throw invalid(definition, http, "no body");
  }
  if (promised === undefined && !isJson(encoding) && !encoding.startsWith("text/html")) return body;
  const text = decoder.decode(body);
  let cause: unknown;
  try {
    const data = decodeJson(text);
    // https://atproto.com/specs/lexicon: the schema of a body is an object, or refers to objects.
    if (promised === undefined || /^\s*\{/.test(text)) return data;
  } catch (error) {
    cause = error;
  }
  throw invalid(
    definition,
    http,
    `a body that is not a JSON object (${encoding || "no content-type"}): ${excerpt(text)}`,
    cause,
  );
}

function invalid({ nsid, kind }: Endpoint, http: HttpInfo, what: string, cause?: unknown): InvalidResponseError {
  const isQuery = kind === "query";
  return new InvalidResponseError(
    `${nsid} at ${new URL(http.url).origin} answered ${http.status} with ${what}` +
      (isQuery ? "" : ". The server may have acted all the same"),
    { nsid, http, cause, retryable: isQuery, ambiguous: !isQuery, issues: [{ path: "", message: what }] },
  );
}

function refusal({ nsid, kind }: Endpoint, http: HttpInfo, text: string, now: number): XrpcError {
  const { status } = http;
  const { error, message, isTorn } = readErrorBody(text);
  const isQuery = kind === "query";
  const limited = status === 429;
  const failed = status === 408 || (status >= 500 && status !== 501);
  // Why it was refused was lost on the way, and is said again: nothing was done.
  const unheard = status >= 400 && status < 500 && isTorn && isJson(encodingOf(http));
  const details = {
    nsid,
    http,
    error,
    body: text.slice(0, defaults.errorBodyLength),
    retryable: limited || unheard || (isQuery && failed),
    ambiguous: !isQuery && failed,
  };
  const reason = [
    error?.slice(0, LONGEST_NAME),
    message?.slice(0, LONGEST_MESSAGE) ?? (error === undefined ? excerpt(text) : undefined),
  ]
    .filter(Boolean)
    .join(": ");
  const said = `${nsid} at ${new URL(http.url).origin} answered ${status}${reason ? ` ${reason}` : ""}`;

  if (limited) {
    const at = resumeTime(status, http.headers, now);
    const resetAt = at === undefined ? undefined : new Date(at);
    return new RateLimitError(`${said}${resetAt ? `. It takes requests again at ${resetAt.toISOString()}` : ""}`, {
      ...details,
      resetAt,
    });
  }
  if (error === "AuthFactorTokenRequired") {
    return new AuthFactorTokenRequiredError(
      `${said}. Give the code from that e-mail: client.login(identifier, password, { authFactorToken })`,
      details,
    );
  }
  if (status === 401 || (error !== undefined && tokenErrors.has(error))) return new AuthenticationError(said, details);
  const redirect = http.headers.get("location");
  if (status < 400 && redirect !== null) {
    return new XrpcError(`${said}: a redirect to ${redirect}, which a call with a body does not follow`, details);
  }
  if (status >= 500 || error === undefined) return new UpstreamError(said, details);
  return new XrpcError(said, details);
}

const asText = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

interface ErrorBody {
  readonly error?: string | undefined;
  readonly message?: string | undefined;
  /** It begins like JSON, and is none */
  readonly isTorn: boolean;
}

function readErrorBody(text: string): ErrorBody {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { isTorn: text.startsWith("{") };
  }
  const { error, message } = (body ?? {}) as { error?: unknown; message?: unknown };
  return { error: asText(error), message: asText(message), isTorn: false };
}
