import type { Clock } from "./core/clock.ts";
import type { Fetch } from "./core/exchange.ts";
import type { Logger, LogLevel } from "./core/logger.ts";
import type { LogOptions } from "./log/call-log.ts";
import type { StorageOption } from "./storage/create.ts";
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
  /**
   * Where calls are logged: a file name, `:memory:`, a `postgres://` URL, your own connection, or any object that fulfils
   * the ports. Default: PostgreSQL if PGHOST, PGUSER, PGDATABASE and PGPASSWORD are set, else SQLite at BSKY_SQLITE_FILENAME,
   * else `skylex.db` in the working directory
   */
  readonly storage?: StorageOption | undefined;
  /** What the call log keeps */
  readonly log?: LogOptions | undefined;
  /** Where messages go. Default: standard error */
  readonly logger?: Logger | undefined;
  /** Messages below it are dropped. Default: SKYLEX_LOG_LEVEL, else `warn` */
  readonly logLevel?: LogLevel | undefined;
  /** Default: the platform's `fetch` */
  readonly fetch?: Fetch | undefined;
  /** Default: the system's */
  readonly clock?: Clock | undefined;
  /** Numbers from 0 up to, not including, 1. Default `Math.random` */
  readonly random?: (() => number) | undefined;
}
