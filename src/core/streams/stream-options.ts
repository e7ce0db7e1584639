import type { HeaderInput } from "../call/options.ts";

/** How a stream connects again. */
export interface ReconnectOptions {
  /** Milliseconds; the ceiling of the first wait, doubled for each further one. Waits are random between 0 and it. Default 1,000 */
  readonly baseDelay?: number | undefined;
  /** Milliseconds; no wait has a higher ceiling. Default 64,000 */
  readonly maxDelay?: number | undefined;
  /** Milliseconds; a connection that lasted as long starts the waits over. Default 60,000 */
  readonly healthyAfter?: number | undefined;
  /** Failures in a row before the stream gives up. Default: 5 until it was connected once, no limit from then on */
  readonly attempts?: number | undefined;
}

/** What can be said of a stream. */
export interface StreamOptions {
  /** Ends the stream; its reason is what the iteration rejects with */
  readonly signal?: AbortSignal | undefined;
  /** URL of the server. Default: the relay `https://bsky.network` for repositories, the labeler's own server for labels */
  readonly service?: string | URL | undefined;
  /** HTTP headers of the request that opens the connection */
  readonly headers?: HeaderInput | undefined;
  /**
   * Only changes of these collections: NSIDs, or prefixes such as `app.bsky.*`. Records of others are not decoded, and commits
   * without any of these are left out. Default: all
   */
  readonly collections?: readonly string[] | undefined;
  /** Check every decoded record against its CID; one that does not match becomes an `unreadable` change. Default false */
  readonly verify?: boolean | undefined;
  /** How it connects again; `false`: the first end is final */
  readonly reconnect?: ReconnectOptions | false | undefined;
  /** Milliseconds between pings; a connection that answers none is given up after twice that. `false`: no pings. Default 10,000 */
  readonly heartbeat?: number | false | undefined;
  /**
   * Milliseconds without any message before the connection is replaced. Default: never, since pings tell whether a quiet
   * connection lives; without them (`heartbeat: false`) 60,000, and 300,000 for labels
   */
  readonly idleTimeout?: number | false | undefined;
  /** Bytes received but not yet consumed above which the server is slowed down. Default 1,048,576 */
  readonly highWaterMark?: number | undefined;
}

/** How the position of a stream is kept. */
export interface StreamResumeOptions {
  /** The position is stored after so many consumed events. Default 1,000 */
  readonly everyEvents?: number | undefined;
  /** The position is stored after so many milliseconds. Default 5,000 */
  readonly everyMs?: number | undefined;
  /** Where the very first run begins: `beginning` with all the server still has, `now` with what comes next. Default `now` */
  readonly start?: "beginning" | "now" | undefined;
  /**
   * Milliseconds to wait while another stream under this name is open, 0 for none. Default 20,000, which outlasts one whose
   * process was killed
   */
  readonly wait?: number | undefined;
}

/** How events are handled. */
export interface HandleOptions<Event> {
  /** Events handled at the same time. Default 16 */
  readonly concurrency?: number | undefined;
  /** Events of one key are handled one after the other, in order. Default: the repository */
  readonly keyBy?: ((event: Event) => string | undefined) | undefined;
}

/** What a stream tells of itself. A listener that throws is reported to the logger and disturbs nothing. */
export interface StreamNotices {
  /** A connection stands; `reconnects` were made before it */
  connect: { readonly url: string; readonly reconnects: number };
  /** A connection ended */
  disconnect: { readonly error: unknown; /** Milliseconds until the next try */ readonly retryIn: number };
  /**
   * Something was passed over: a message that cannot be read, or a position that cannot be right, whose event is delivered all the
   * same. Told once in 10 seconds at most; `count` says how many there were since the last notice
   */
  skip: { readonly error: unknown; readonly position: number | undefined; readonly count: number };
  /** The stream is more than 30 seconds behind; told once in 10 seconds at most */
  lag: { readonly ms: number; readonly position: number | undefined };
}
