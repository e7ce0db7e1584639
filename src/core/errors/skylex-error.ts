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
