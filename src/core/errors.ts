import type { DeclaresErrors } from "./definition.ts";
import type { Issue } from "./issue.ts";
import type { StreamError } from "./stream-error.ts";
import type { ResponseHeaders } from "./transport.ts";

/** What every answer carries beside its data, and every error that came with an answer. */
export interface HttpInfo {
  /** HTTP status of the answer */
  readonly status: number;
  /** Names ignore case */
  readonly headers: ResponseHeaders;
  /** Milliseconds of the last attempt, from sending to the end of the body */
  readonly elapsed: number;
  /** Where the answer came from, after redirects */
  readonly url: string;
}

export interface ErrorDetails {
  readonly nsid?: string | undefined;
  /** Identifies the call in the log */
  readonly callId?: string | undefined;
  /** HTTP requests sent so far */
  readonly attempts?: number | undefined;
  /** The same call may be sent again without risk of doing something twice */
  readonly retryable?: boolean | undefined;
  /** The server may have acted although no proper answer came */
  readonly ambiguous?: boolean | undefined;
  readonly cause?: unknown;
}

/** Base of every error skylex raises. Aborts are not among them: they come through as the signal's own reason. */
export class SkylexError extends Error {
  override readonly name: string = "SkylexError";
  /** Endpoint of the call; `undefined` for what went wrong outside of one */
  readonly nsid: string | undefined;
  /** The same call may be sent again, later or as it is */
  readonly retryable: boolean;
  /** The server may have acted although no proper answer came */
  readonly ambiguous: boolean;
  /** Set when the error leaves the call. */
  callId: string | undefined;
  /** HTTP requests sent, this one included. Set when the error leaves the call. */
  attempts: number;

  /** Row of the call in `bsky_api_call_log`. Set when the error leaves the call, if the row is stored by then. */
  logId: number | undefined;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.nsid = details.nsid;
    this.callId = details.callId;
    this.attempts = details.attempts ?? 0;
    this.retryable = details.retryable ?? false;
    this.ambiguous = details.ambiguous ?? false;
  }
}

export interface AnswerDetails extends ErrorDetails {
  readonly http: HttpInfo;
  /** `error` of the JSON body */
  readonly error?: string | undefined;
  /** The body as text, shortened */
  readonly body?: string | undefined;
}

/** The server answered with an error status. `error` is the name the server gave, if it gave one. */
export class XrpcError<Name extends string = string> extends SkylexError {
  override readonly name: string = "XrpcError";
  /** Name of the error, as the server gave it; `undefined` if it gave none */
  readonly error: Name | undefined;
  /** HTTP status */
  readonly status: number;
  /** Headers of the answer; names ignore case */
  readonly headers: ResponseHeaders;
  /** The answer, without its body */
  readonly http: HttpInfo;
  /** Start of the answer's body, at most 16,384 characters */
  readonly body: string | undefined;

  constructor(message: string, details: AnswerDetails) {
    super(message, details);
    this.error = details.error as Name | undefined;
    this.status = details.http.status;
    this.headers = details.http.headers;
    this.http = details.http;
    this.body = details.body;
  }
}

/** The server did not accept who is asking: 401, or a token it calls invalid or expired. */
export class AuthenticationError extends XrpcError {
  override readonly name: string = "AuthenticationError";
}

/**
 * The session is good, but was made with an app password that may not do this: direct messages need one with access to them.
 */
export class InsufficientScopeError extends AuthenticationError {
  override readonly name = "InsufficientScopeError";
}

/**
 * The password is right, and the account also wants the code that the server has just sent by e-mail:
 * `client.login(identifier, password, { authFactorToken })`.
 */
export class AuthFactorTokenRequiredError extends AuthenticationError {
  override readonly name = "AuthFactorTokenRequiredError";
}

/** The server refused because too much was asked of it: 429. */
export class RateLimitError extends XrpcError {
  override readonly name = "RateLimitError";
  /** When the server says that it takes requests again; unknown if it does not say */
  readonly resetAt: Date | undefined;

  constructor(message: string, details: AnswerDetails & { readonly resetAt?: Date | undefined }) {
    super(message, details);
    this.resetAt = details.resetAt;
  }
}

/** The server, or something in front of it, failed: 5xx, or an error page that is not XRPC. */
export class UpstreamError extends XrpcError {
  override readonly name = "UpstreamError";
}

/** No answer came: name not resolved, connection refused or reset, answer cut off. The reason is in `cause`. */
export class NetworkError extends SkylexError {
  override readonly name = "NetworkError";
}

/** No answer came in time. */
export class TimeoutError extends SkylexError {
  override readonly name = "TimeoutError";
  /** `attempt`: one HTTP request took too long. `call`: the call with all its attempts and waits did. */
  readonly phase: "attempt" | "call";

  constructor(message: string, details: ErrorDetails & { readonly phase: "attempt" | "call" }) {
    super(message, details);
    this.phase = details.phase;
  }
}

/** The server answered 2xx with something the endpoint does not promise. */
export class InvalidResponseError extends SkylexError {
  override readonly name = "InvalidResponseError";
  /** The answer, if there was one */
  readonly http: HttpInfo | undefined;
  /** Where it differs from the lexicon */
  readonly issues: readonly Issue[];

  constructor(
    message: string,
    details: ErrorDetails & { readonly http?: HttpInfo | undefined; readonly issues?: readonly Issue[] },
  ) {
    super(message, details);
    this.http = details.http;
    this.issues = details.issues ?? [];
  }
}

/** The call was refused before anything was sent, because of what it was given. */
export class ValidationError extends SkylexError {
  override readonly name = "ValidationError";
  /** Everything that is wrong, not only the first thing */
  readonly issues: readonly Issue[];

  constructor(message: string, details: ErrorDetails & { readonly issues?: readonly Issue[] } = {}) {
    super(message, details);
    this.issues = details.issues ?? [];
  }
}

/** The call was refused before anything was sent, because it needs an account and the client has none. */
export class NotAuthenticatedError extends SkylexError {
  override readonly name = "NotAuthenticatedError";
}

/**
 * `refused`: the server takes neither token any more, and there is no password to log in with.
 * `ended`: somebody logged out, here or in another process on the same database.
 * `unresolved`: the account's own server could not be found.
 * `mismatch`: the server gave a session of another account.
 */
export type SessionErrorReason = "refused" | "ended" | "unresolved" | "mismatch";

/** The account's session cannot be used or had. */
export class SessionError extends SkylexError {
  override readonly name = "SessionError";
  /** The account: its DID, or the name it was asked for by where the DID is not known */
  readonly did: string;
  /** Why it is over */
  readonly reason: SessionErrorReason;

  constructor(message: string, details: ErrorDetails & { readonly did: string; readonly reason: SessionErrorReason }) {
    super(message, details);
    this.did = details.did;
    this.reason = details.reason;
  }
}

export interface MediaDetails extends ErrorDetails {
  readonly media: string;
}

/** A picture, a video or another file cannot be used: empty, unreadable, broken or refused. */
export class MediaError extends SkylexError {
  override readonly name: string = "MediaError";
  /** Which one, as messages call it: path, URL or `the given bytes` */
  readonly media: string;

  constructor(message: string, details: MediaDetails) {
    super(message, details);
    this.media = details.media;
  }
}

/** The file is whole, but of a kind that cannot be sent or made into one that can. */
export class IncompatibleMediaError extends MediaError {
  override readonly name = "IncompatibleMediaError";
  /** What a video is packed in: `webm`, `3gp`, `mp4` … */
  readonly container: string | undefined;
  /** Of a video's picture, where it could be told: `hevc`, `vp9` … */
  readonly codec: string | undefined;
  /** What is wrong with a video, in a few words */
  readonly reason: string | undefined;

  constructor(
    message: string,
    details: MediaDetails & {
      readonly container?: string | undefined;
      readonly codec?: string | undefined;
      readonly reason?: string | undefined;
    },
  ) {
    super(message, details);
    this.container = details.container;
    this.codec = details.codec;
    this.reason = details.reason;
  }
}

/** The file is larger than what the place it is for takes, and cannot be made smaller. */
export class MediaTooLargeError extends MediaError {
  override readonly name = "MediaTooLargeError";
  /** Of the file, or of the smallest that could be made of it; in bytes, or what `unit` says */
  readonly size: number;
  /** What would be allowed, in `unit` */
  readonly maxSize: number;
  /** What `size` and `maxSize` count */
  readonly unit: "bytes" | "pixels" | "frames";

  constructor(
    message: string,
    details: MediaDetails & {
      readonly size: number;
      readonly maxSize: number;
      readonly unit?: "bytes" | "pixels" | "frames";
    },
  ) {
    super(message, details);
    this.size = details.size;
    this.maxSize = details.maxSize;
    this.unit = details.unit ?? "bytes";
  }
}

/** What a service says of a job that processes an upload. */
export interface UploadJob {
  /** Absent where the upload was refused before there was a job */
  readonly jobId: string | undefined;
  /** `JOB_STATE_FAILED` …; the last one seen */
  readonly state: string | undefined;
  /** Why processing failed, for programs: `encoding_failure`, `pds_upload_failure` … */
  readonly failureCode?: string | undefined;
  /** Name of the error as the service gives it: `unconfirmed_email` …; `timeout` when time ran out here */
  readonly error?: string | undefined;
  /** The service's own words */
  readonly message?: string | undefined;
}

/** The service that processes a file refused it, failed at it, or did not come to an end in time. */
export class UploadError extends MediaError {
  override readonly name = "UploadError";
  /** What the video service says of its work */
  readonly job: UploadJob;

  constructor(message: string, details: MediaDetails & { readonly job: UploadJob }) {
    super(message, details);
    this.job = details.job;
  }
}

/** An error that the endpoint's lexicon declares. */
export type DeclaredError<Name extends string> = (XrpcError<Name> | StreamError<Name>) & { readonly error: Name };

/**
 * Tells whether an error is one that the endpoint's lexicon declares, and narrows `error.error` to the declared names.
 *
 * @example
 * if (isDeclaredError(appBskyFeedGetPostThread, error) && error.error === "NotFound") …
 */
export function isDeclaredError<Name extends string>(
  definition: DeclaresErrors<Name>,
  error: unknown,
): error is DeclaredError<Name> {
  const name = error instanceof SkylexError && "error" in error ? error.error : undefined;
  return typeof name === "string" && (definition.errors ?? []).includes(name);
}
