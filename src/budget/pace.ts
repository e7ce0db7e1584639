import type { Clock } from "../core/clock.ts";
import { sleep } from "../core/clock.ts";
import type { Logger } from "../core/logger.ts";
import type { CallRequest } from "../core/pipeline.ts";
import type { RateLimit } from "../core/http/rate-limit.ts";
import { longestPace, ownFiveMinutes, pacedShare, requests } from "./limits.ts";
import type { BudgetConfig } from "./options.ts";

/** A server's limit of requests for this address, as far as it is known. */
interface Known {
  limit: number;
  /** By the server's last word, less what was sent since */
  remaining: number;
  resetAt: number;
  /** When the next request may go */
  nextAt: number;
  /** From 0 up to 1: where in its wait the next request goes that cannot wait for its turn */
  share: number;
}

/** Multiples of it, without their whole part, lie evenly between 0 and 1 however many there are: https://oeis.org/A094214 */
const GOLDEN_RATIO = 0.618033988749895;

/** Figures of one window differ by that much: servers write whole seconds. */
const SAME_RESET_MS = 5000;

/**
 * Slows calls down when a server has few requests left for this address, so that they do not run into its limit. Counted in
 * this process and corrected by what the server says of it; a server that never speaks of limits is left alone.
 */
export class Pace {
  readonly #config: BudgetConfig;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #servers = new Map<string, Known>();

  constructor(config: BudgetConfig, clock: Clock, logger: Logger) {
    this.#config = config;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Counts a request that is about to be sent. What it gives is the time to hold it back, in milliseconds; mostly 0. */
  next({ service, deadline }: CallRequest): number {
    const server = this.#servers.get(service);
    if (server === undefined) return 0;
    const now = this.#clock.now();
    if (now >= server.resetAt) this.#restart(server, now);
    server.remaining--;
    if (server.remaining >= server.limit * pacedShare) return 0;
    return server.remaining < 0 ? this.#waitForReset(server, now, deadline) : this.#waitForTurn(server, now, deadline);
  }

  /** Requests that are left are spread evenly over the time until the window ends. */
  #waitForTurn(server: Known, now: number, deadline: number): number {
    const at = Math.max(now, server.nextAt);
    const longest = Math.min(longestPace, (deadline - now) / 2);
    if (at - now <= longest) {
      server.nextAt = at + (server.resetAt - at) / (server.remaining + 1);
      return at - now;
    }
    // Many calls at once: those that cannot wait for their turn are spread over the time that they have.
    return longest * nextShare(server);
  }

  /** Requests beyond the limit go after the window ends, one after the other. */
  #waitForReset(server: Known, now: number, deadline: number): number {
    const at = Math.max(server.resetAt, server.nextAt);
    if (at - now > longestPace) return now + longestPace < deadline ? longestPace * (1 - nextShare(server) / 2) : 0;
    // Time that the call does not have is not spent waiting: the server may still say yes.
    if (at >= deadline) return 0;
    server.nextAt = at + (requests.seconds * 1000) / server.limit;
    return at - now;
  }

  /** Holds a request back. */
  async hold(ms: number, { service, signal, definition }: CallRequest): Promise<void> {
    const { remaining = 0, resetAt = 0 } = this.#servers.get(service) ?? {};
    this.#logger.debug(
      `${definition.nsid} waits ${Math.ceil(ms)} ms: ${service} takes ${Math.max(0, remaining)} more requests until ${new Date(resetAt).toISOString()}`,
    );
    await sleep(this.#clock, ms, signal);
  }

  /** Notes what the server says of all requests; while a tighter limit hides that, only that it has limits. */
  learn({ service, definition }: CallRequest, said: RateLimit): void {
    if (!this.#config.at(service).paced) return;
    const now = this.#clock.now();
    let server = this.#servers.get(service);
    if (server === undefined) {
      server = { limit: requests.limit, remaining: 0, resetAt: 0, nextAt: 0, share: 0 };
      this.#restart(server, now);
      this.#servers.set(service, server);
    }
    const { limit, remaining, resetAt, seconds } = said;
    if (seconds !== requests.seconds || (limit !== requests.limit && ownFiveMinutes.has(definition.nsid))) return;
    if (Math.abs(resetAt - server.resetAt) <= SAME_RESET_MS) server.remaining = Math.min(server.remaining, remaining);
    else if (resetAt > now) Object.assign(server, { remaining, resetAt });
    server.limit = limit;
  }

  #restart(server: Known, now: number): void {
    server.remaining = server.limit;
    server.resetAt = now + requests.seconds * 1000;
    server.nextAt = now;
  }
}

function nextShare(server: Known): number {
  const { share } = server;
  server.share = (share + GOLDEN_RATIO) % 1;
  return share;
}
