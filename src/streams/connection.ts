import { CloseError, defaultShouldReconnect, SocketError, websocket } from "@atproto/ws-client";
import type { Clock } from "../core/clock.ts";
import { sleep } from "../core/clock.ts";
import { SkylexError, StreamError } from "../core/errors/index.ts";
import type { ReconnectOptions, StreamNotices, StreamOptions } from "../core/streams/stream-options.ts";

/** One line to a server, as long as somebody reads from it. */
export interface Line<Received> extends Pick<
  StreamOptions,
  "signal" | "reconnect" | "heartbeat" | "idleTimeout" | "highWaterMark"
> {
  readonly nsid: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly headers: Readonly<Record<string, string>>;
  /** Where to connect, position included; asked for each connection */
  url(): string | Promise<string>;
  /** Reads a message; `undefined` drops it. A retryable error replaces the connection, any other ends the stream */
  read(message: Uint8Array | string): Received | undefined;
  tell<Name extends "connect" | "disconnect">(name: Name, notice: StreamNotices[Name]): void;
}

const defaults = { baseDelay: 1_000, maxDelay: 64_000, healthyAfter: 60_000 };
const FIRST_ATTEMPTS = 5;
const NORMAL_CLOSURE = 1000;

/** Messages over any number of connections. A message is taken from the socket only when it is asked for. */
export async function* receive<Received>(line: Line<Received>): AsyncGenerator<Received, void, undefined> {
  const { clock, random, signal, nsid } = line;
  const policy = policyOf(line.reconnect);
  let failures = 0;
  let reconnects = -1;
  for (;;) {
    signal?.throwIfAborted();
    let openedAt: number | undefined;
    let failure: unknown;
    const silence = new Silence(nsid, clock, line.idleTimeout);
    try {
      const url = await line.url();
      const messages = websocket(url, {
        dataMode: "auto",
        shouldReconnect: false,
        headers: line.headers,
        signal: signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]),
        ...(line.heartbeat !== undefined && { heartbeat: line.heartbeat ? { intervalMs: line.heartbeat } : false }),
        ...(line.highWaterMark !== undefined && { highWaterMark: line.highWaterMark }),
        onConnect: () => {
          openedAt = clock.now();
          line.tell("connect", { url, reconnects: ++reconnects });
        },
      });
      for await (const message of silence.between(messages)) {
        const received = line.read(message);
        if (received !== undefined) yield received;
      }
    } catch (error) {
      failure = error;
    }
    signal?.throwIfAborted();
    if (!policy.enabled || !isMendable(failure)) throw ended(nsid, failure);
    if (openedAt !== undefined && clock.now() - openedAt >= policy.healthyAfter) failures = 0;
    if (++failures >= (policy.attempts ?? (reconnects < 0 ? FIRST_ATTEMPTS : Infinity))) throw ended(nsid, failure);
    const retryIn = random() * Math.min(policy.maxDelay, policy.baseDelay * 2 ** (failures - 1));
    line.tell("disconnect", { error: ended(nsid, failure), retryIn });
    await sleep(clock, retryIn, signal);
  }
}

/** Ends a connection on which nothing comes. Time that the consumer takes does not count. */
class Silence {
  readonly #controller = new AbortController();
  readonly #nsid: string;
  readonly #clock: Clock;
  readonly #longest: number | false;

  constructor(nsid: string, clock: Clock, longest: number | false | undefined) {
    this.#nsid = nsid;
    this.#clock = clock;
    this.#longest = longest ?? false;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  async *between<Message>(messages: AsyncIterable<Message>): AsyncGenerator<Message, void, undefined> {
    const iterator = messages[Symbol.asyncIterator]();
    try {
      for (;;) {
        const cancel = this.#longest === false ? undefined : this.#clock.after(this.#longest, () => this.#end());
        const next = await iterator.next().finally(() => cancel?.());
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }

  #end(): void {
    const { retryable, message } = { retryable: true, message: `nothing came for ${this.#longest} ms` };
    this.#controller.abort(new StreamError(`${this.#nsid}: ${message}.`, { nsid: this.#nsid, retryable }));
  }
}

function policyOf(options: ReconnectOptions | false | undefined) {
  const given = options || {};
  return {
    enabled: options !== false,
    baseDelay: given.baseDelay ?? defaults.baseDelay,
    maxDelay: given.maxDelay ?? defaults.maxDelay,
    healthyAfter: given.healthyAfter ?? defaults.healthyAfter,
    attempts: given.attempts,
  };
}

/** Streams have no end of their own: one that the server closed in good order is taken up again too. */
function isMendable(failure: unknown): boolean {
  if (failure === undefined) return true;
  if (failure instanceof SkylexError) return failure.retryable;
  if (failure instanceof CloseError && failure.code === NORMAL_CLOSURE) return true;
  const status = statusOf(failure);
  if (status !== undefined && status < 500 && status !== 429 && status !== 408) return false;
  return defaultShouldReconnect(failure);
}

/** The status of an answer that is no WebSocket: the socket's library says it in words only. */
function statusOf(failure: unknown): number | undefined {
  const cause = failure instanceof SocketError ? failure.cause : undefined;
  const found = cause instanceof Error ? /^Unexpected server response: (\d{3})$/.exec(cause.message) : null;
  return found === null ? undefined : Number(found[1]);
}

function ended(nsid: string, failure: unknown): SkylexError {
  if (failure instanceof SkylexError) return failure;
  const status = statusOf(failure);
  const cause = failure instanceof SocketError ? failure.cause : failure;
  const reason =
    status !== undefined
      ? `the server answered ${status} instead of opening a stream`
      : failure instanceof CloseError
        ? `the connection was closed with code ${failure.code}${failure.reason ? ` (${failure.reason})` : ""}`
        : failure === undefined
          ? "the server closed the connection"
          : cause instanceof Error
            ? cause.message
            : String(cause);
  return new StreamError(`${nsid}: ${reason}.`, { nsid, cause: failure, retryable: isMendable(failure) });
}
