import type { BudgetOptions } from "../budget/options.ts";
import type { Clock } from "../core/clock.ts";
import type { Fetch } from "../core/http/transport.ts";
import type { Logger, LogLevel } from "../core/logger.ts";
import type { ServiceOptions } from "../core/services.ts";
import type { RouteOption } from "../routing/custom-routes.ts";
import type { LogOptions } from "../log/call-log.ts";
import type { MediaOptions } from "../media/options.ts";
import type { StorageOption } from "../storage/create.ts";
import type { BudgetPolicy } from "../core/errors/index.ts";
import type { HeaderInput, RetryOptions, ValidateOptions } from "../core/call/options.ts";

/** Everything a client can be told. All of it is optional. */
export interface ClientOptions {
  /**
   * URL of the server to log in at, and of the account's own server with an `accessToken`. Without an account calls go
   * there, instead of to the public AppView, but for those to services of their own. Default: the account's own server, found by its handle or DID;
   * `https://bsky.social` for e-mail addresses and with an `accessToken`
   */
  readonly service?: string | URL | undefined;
  /** Handle, DID or e-mail address. Default: BSKY_AUTH_USERNAME. None means that nobody is logged in, whatever is stored */
  readonly identifier?: string | undefined;
  /** Best an app password. Only needed as long as no session is stored; never stored itself. Default: BSKY_AUTH_PASSWORD */
  readonly password?: string | undefined;
  /** Access token you keep yourself, in place of `identifier` and `password`: sent to `service`, never stored or refreshed */
  readonly accessToken?: string | undefined;
  /** URLs of servers that may get the account's tokens beside its own and the one it logs in at. Default: none */
  readonly trustedServices?: readonly (string | URL)[] | undefined;
  /** The services a client talks to besides accounts' own servers. Default: the public ones */
  readonly services?: ServiceOptions | undefined;
  /** Where calls to endpoints of your own go, ahead of the built-in table */
  readonly routes?: readonly RouteOption[] | undefined;
  /**
   * DIDs of the labelers whose labels are wanted, `;redact` behind those whose takedowns apply. None if empty. Default: the server's own, which for
   * Bluesky's AppView is Bluesky's moderation service
   */
  readonly labelers?: readonly string[] | undefined;
  /** URL of the server that knows the DIDs of handles. Default: the account's own, then `service`, else the public AppView */
  readonly handleResolver?: string | URL | undefined;
  /** URL of the PLC directory. Default `https://plc.directory` */
  readonly plcDirectory?: string | URL | undefined;
  /**
   * HTTP headers for every call, and for logins and whatever else is asked of the same hosts. Not for servers that only a DID document
   * names, such as those of the repositories of others
   */
  readonly headers?: HeaderInput | undefined;
  /** Default `skylex/VERSION` */
  readonly userAgent?: string | undefined;
  /** Milliseconds for a call with all its attempts and waits. Default 120,000; 600,000 when bytes are sent or received */
  readonly timeout?: number | undefined;
  /** Milliseconds for one HTTP request. Default 30,000; 600,000 when bytes are sent or received */
  readonly attemptTimeout?: number | undefined;
  /** How failed calls are repeated; `false`: not at all */
  readonly retry?: RetryOptions | false | undefined;
  /** What is checked by the lexicons; `false`: nothing. Default: the input of procedures, records included */
  readonly validate?: ValidateOptions | false | undefined;
  /**
   * Where sessions, calls and profiles are kept: a file name, `:memory:`, a `postgres://` URL, your own connection, or any object that fulfils
   * the ports. `false`: in this process's memory, without a database and gone with it, for short programs. Default: PostgreSQL if PGHOST, PGUSER, PGDATABASE and PGPASSWORD are set, else SQLite at BSKY_SQLITE_FILENAME,
   * else `skylex.db` in the working directory
   */
  readonly storage?: StorageOption | undefined;
  /** What the call log keeps */
  readonly log?: LogOptions | undefined;
  /** How pictures and videos are read */
  readonly media?: MediaOptions | undefined;
  /**
   * How much accounts may write, and what happens to calls that are too many; `false`: no limits. Default: what Bluesky's servers
   * allow, and `throw`
   */
  readonly budget?: BudgetOptions | false | undefined;
  /** Where messages go. Default: standard error */
  readonly logger?: Logger | undefined;
  /** Messages below it are dropped. Default: SKYLEX_LOG_LEVEL, else `warn` */
  readonly logLevel?: LogLevel | undefined;
  /** Carries requests in place of Node's own HTTP client, which takes a fraction of the CPU; elsewhere the platform's `fetch` does */
  readonly fetch?: Fetch | undefined;
  /** Default: the system's */
  readonly clock?: Clock | undefined;
  /** Numbers from 0 up to, not including, 1. Default `Math.random` */
  readonly random?: (() => number) | undefined;
}

/** What a view of a client does differently; see `client.with`. */
export interface ViewOptions {
  /** Handle, DID or e-mail address of the account to speak for */
  readonly account?: string | undefined;
  /** URL of the server to ask instead of the one the client would choose */
  readonly service?: string | URL | undefined;
  /** Service that the account's own server passes the calls on to: `did:web:api.bsky.chat#bsky_chat`; `false`: none */
  readonly proxy?: string | false | undefined;
  /** DIDs of the labelers whose labels are wanted, in place of those of the client */
  readonly labelers?: readonly string[] | undefined;
  /** HTTP headers for every call of the view, over those of the client */
  readonly headers?: HeaderInput | undefined;
  /** Ends all calls of the view */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for a call with all its attempts and waits */
  readonly timeout?: number | undefined;
  /** What is checked by the lexicons, over what the client says */
  readonly validate?: ValidateOptions | false | undefined;
  /** What to do with calls that their budget has no room for */
  readonly budget?: BudgetPolicy | undefined;
}
