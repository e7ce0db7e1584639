import type { BudgetPolicy, SkylexError } from "../errors/index.ts";

/** How failed calls are repeated. Every field has a default; see `defaults.ts`. */
export interface RetryOptions {
  /** HTTP requests of one call, the first included. 1 means: never repeat. Default 4 */
  readonly attempts?: number | undefined;
  /** Milliseconds; the first wait, a quarter more or less. Each further one is four times as long. Default 500 */
  readonly baseDelay?: number | undefined;
  /** Milliseconds; no wait is longer that the server did not ask for. Default 8,000 */
  readonly maxDelay?: number | undefined;
  /** Milliseconds; when the server asks for a longer wait the call fails instead. Default 60,000 */
  readonly maxWait?: number | undefined;
  /** Asked before a failed request is sent again, and instead of giving up */
  readonly decide?: RetryDecision | undefined;
}

/** What is checked by the lexicons. What is refused before sending is a `ValidationError`. */
export interface ValidateOptions {
  /** Input of procedures, and the records in it by the lexicon of their collection. Default true */
  readonly input?: boolean | undefined;
  /** Parameters of queries. Default false */
  readonly params?: boolean | undefined;
  /**
   * Answers. `report`: the logger is told of each way in which they differ from the lexicon, once; `throw`: the call fails with
   * `InvalidResponseError`. Default false
   */
  readonly output?: "report" | "throw" | false | undefined;
}

/** A failed request that may be sent again. */
export interface RetryFailure {
  /** What went wrong last */
  readonly error: SkylexError;
  /** Endpoint of the call */
  readonly nsid: string;
  /** HTTP requests of the call so far */
  readonly attempts: number;
  /** Milliseconds that would be waited: random, or what the server asks for */
  readonly wait: number;
  /** What happens unless you decide */
  readonly repeat: boolean;
}

/**
 * Decides whether a failed request is sent again: `true`, `false`, the milliseconds to wait first, or `undefined` for what
 * happens anyway. `attempts`, `maxWait` and the call's timeout stay limits, and it is not asked where sending again could do
 * something twice: only `idempotent`, an option of single calls, can say that this does no harm.
 */
export type RetryDecision = (failure: RetryFailure) => boolean | number | undefined;

/** HTTP headers, in any of the forms that `new Headers()` takes. Names ignore case; `undefined` takes a header away. */
export type HeaderInput =
  | Readonly<Record<string, string | undefined>>
  | Headers
  | readonly (readonly [string, string])[];

/** What can be said of a single call. */
export interface CallOptions {
  /** Ends the call; its reason is what the call rejects with. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the call with all attempts and waits. Default 120,000; 600,000 when bytes are sent or received */
  readonly timeout?: number | undefined;
  /** Milliseconds for one HTTP request. Default 30,000; 600,000 when bytes are sent or received */
  readonly attemptTimeout?: number | undefined;
  /** `false`: send once. */
  readonly retry?: RetryOptions | false | undefined;
  /** What to do if the account's budget has no room for the call. Default: the client's `budget.policy`, else `throw` */
  readonly budget?: BudgetPolicy | undefined;
  /**
   * The procedure may be carried out twice without harm, so it is repeated also when the server may have acted. Default: what is
   * known of the official ones. Writes of records need nothing of the kind: they are never done twice
   */
  readonly idempotent?: boolean | undefined;
  /** Further HTTP headers. `undefined` as a value removes a header the client would send. */
  readonly headers?: HeaderInput | undefined;
  /** URL of the server to ask instead of the one the client would choose. It gets the account's token only if it is the account's own. */
  readonly service?: string | URL | undefined;
  /**
   * Service that the account's own server passes the call on to, `did:web:api.bsky.chat#bsky_chat`; `false`: none, also where
   * the client would choose one
   */
  readonly proxy?: string | false | undefined;
  /**
   * DIDs of the labelers whose labels are wanted, `;redact` behind those whose takedowns apply. None if empty. Default: the server's own, which for
   * Bluesky's AppView is Bluesky's moderation service
   */
  readonly labelers?: readonly string[] | undefined;
  /** Content-Type of a binary body. Default: the Blob's type, else what the first bytes show, else what the lexicon says */
  readonly encoding?: string | undefined;
  /** URL parameters of a procedure */
  readonly params?: object | undefined;
  /**
   * Names of errors that you expect, such as `RecordNotFound`: the logger does not report them, and the log does not count the call as
   * failed. The call still rejects
   */
  readonly expectedErrors?: readonly string[] | undefined;
  /**
   * Bytes of a response, decompressed; a larger one is an `InvalidResponseError`. Default 64 MiB for JSON, 1 GiB for all else, such as
   * blobs and repositories
   */
  readonly maxResponseBytes?: number | undefined;
  /** What is checked by the lexicons; `false`: nothing. Default: the input of procedures */
  readonly validate?: ValidateOptions | false | undefined;
  /** Output property that holds a page's items, for endpoints the lexicons do not know. Default: the only array in the answer */
  readonly items?: string | undefined;
}
