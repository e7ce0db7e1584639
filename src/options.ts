import type { Clock } from "./core/clock.ts";
import type { Fetch } from "./core/transport.ts";
import type { Logger, LogLevel } from "./core/logger.ts";
import type { HeaderInput, RetryOptions } from "./core/options.ts";

/** Everything a client can be told. All of it is optional. */
export interface ClientOptions {
  /**
   * URL of the account's own server (PDS). Calls with a token go there and the token goes nowhere else. Without a token all
   * calls go there, instead of to the public AppView. Default with a token: `https://bsky.social`
   */
  readonly service?: string | URL | undefined;
  /** Access token of a session, sent as `Authorization: Bearer …` */
  readonly accessToken?: string | undefined;
  /** HTTP headers for every call */
  readonly headers?: HeaderInput | undefined;
  /** Default `skylex/VERSION` */
  readonly userAgent?: string | undefined;
  /** Milliseconds for a call with all its attempts and waits. Default 120,000; 600,000 when bytes are sent or received */
  readonly timeout?: number | undefined;
  /** Milliseconds for one HTTP request. Default 30,000; 600,000 when bytes are sent or received */
  readonly attemptTimeout?: number | undefined;
  /** How failed calls are repeated; `false`: not at all */
  readonly retry?: RetryOptions | false | undefined;
  /** Where messages go. Default: standard error */
  readonly logger?: Logger | undefined;
  /** Messages below it are dropped. Default `warn` */
  readonly logLevel?: LogLevel | undefined;
  /** Carries requests in place of Node's own HTTP client, which takes a fraction of the CPU; elsewhere the platform's `fetch` does */
  readonly fetch?: Fetch | undefined;
  /** Default: the system's */
  readonly clock?: Clock | undefined;
  /** Numbers from 0 up to, not including, 1. Default `Math.random` */
  readonly random?: (() => number) | undefined;
}
