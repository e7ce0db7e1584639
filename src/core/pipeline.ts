import type { CallAccount, ServiceTokenRequest } from "./call/call-account.ts";
import type { Endpoint } from "./lexicon/definition.ts";
import type { HttpInfo } from "./errors/index.ts";
import type { CallOptions } from "./call/options.ts";
import type { Body } from "./http/body.ts";
import type { RequestHeaders } from "./http/request.ts";

/** One HTTP request of a call, as the log sees it. */
export interface Attempt {
  /** Milliseconds since 1970 */
  readonly startedAt: number;
  /** Milliseconds */
  readonly elapsed: number;
  /** Bytes of the body, where its length is known */
  readonly requestBytes: number | undefined;
  /** Absent when no answer came */
  readonly http: HttpInfo | undefined;
  /** Bytes of the answer's body, decoded */
  readonly responseBytes: number | undefined;
  /** Name of the error, when it failed: the server's own if it gave one */
  readonly error: string | undefined;
  /** The server may have seen it. False only when it surely never left */
  readonly reached: boolean;
  /** Milliseconds waited after it before the next; set by the layer that repeats */
  waited?: number;
}

/** What happened to a call so far. All copies of a request share one, so that the outermost layer sees what happened inside. */
export interface Trace {
  /** When the call began, milliseconds since 1970 */
  readonly startedAt: number;
  readonly attempts: Attempt[];
  /** Origin the call goes to, once it is chosen */
  service?: string;
  /** Value of `atproto-proxy`, if the call is passed on */
  proxy?: string;
  /** Account whose session is used */
  did?: string | undefined;
  /** at:// URI of the record a call is about, once its key is known */
  subject?: string;
  /** Key of the managed cursor, where there is one */
  cursorKey?: string;
  /** The call was sent again after its session was refreshed */
  refreshed?: boolean;
  /** The call was sent again with another service token */
  reauthorized?: boolean;
  /** Write points of the attempts that were sent or are about to be */
  points?: number;
  /** Row of the call in the log, once there is one */
  logId?: number;
}

/** Nothing, a token of the account's session, or one made for the service that is asked. */
export type CallAuth = "none" | "session" | "refresh" | ServiceTokenRequest;

/** A call on its way through the layers. A layer that changes something passes a copy on; only `trace` is shared. */
export interface CallRequest {
  readonly id: string;
  readonly definition: Endpoint;
  readonly params: object | undefined;
  readonly input: unknown;
  readonly options: CallOptions;
  /** Names in lower case */
  readonly headers: RequestHeaders;
  readonly signal: AbortSignal | undefined;
  /** When the whole call must be over, milliseconds since 1970 */
  readonly deadline: number;
  /** Milliseconds one HTTP request may take */
  readonly attemptTimeout: number;
  readonly trace: Trace;
  /** Whom the call is made as; nobody if absent. Set by the client that makes it */
  readonly account: CallAccount | undefined;
  /** `/xrpc/NSID?…`; set by the layer that encodes */
  readonly path: string;
  /** Set by the layer that encodes */
  readonly body: Body | undefined;
  /** Origin the call goes to; set by the layer that routes */
  readonly service: string;
  /** Whether a DID document named the server, and not the user; set by the layer that routes */
  readonly isForeign?: boolean | undefined;
  /** What proves who is asking; set by the layer that routes */
  readonly auth: CallAuth;
}

export interface CallResult<Data = unknown> {
  readonly data: Data;
  readonly http: HttpInfo;
}

export type Next = (request: CallRequest) => Promise<CallResult>;
export type Middleware = (next: Next) => Next;

/** A step before a call is sent: completes, encodes or checks its request. */
export type Preparation = (request: CallRequest) => CallRequest | Promise<CallRequest>;

/** Does steps one after the other, and waits only where one of them does. */
export const inSequence = (steps: readonly Preparation[]): Preparation =>
  steps.reduce((before, step) => (request) => {
    const prepared = before(request);
    return prepared instanceof Promise ? prepared.then(step) : step(prepared);
  });

/** The layer that prepares a call. */
export const prepared =
  (prepare: Preparation): Middleware =>
  (next) =>
  (request) => {
    const ready = prepare(request);
    return ready instanceof Promise ? sendWhenReady(ready, next) : next(ready);
  };

async function sendWhenReady(ready: Promise<CallRequest>, next: Next): Promise<CallResult> {
  return next(await ready);
}

/** Wraps `innermost` in the layers, the first of which is outermost. */
export function compose(layers: readonly Middleware[], innermost: Next): Next {
  return layers.reduceRight((next, layer) => layer(next), innermost);
}
