import type { ResponseHeaders } from "./transport.ts";

/**
 * When a server takes requests again, from `Retry-After` (seconds or an HTTP date) or, on a refusal for too many requests,
 * `RateLimit-Reset`. Milliseconds since 1970; `undefined` where it does not say, or nothing that can be true.
 */
export function resumeTime(status: number, headers: ResponseHeaders, now: number): number | undefined {
  const retryAfter = headers.get("retry-after");
  if (retryAfter !== null) {
    const seconds = Number(retryAfter);
    const at = retryAfter.trim() !== "" && Number.isFinite(seconds) ? now + seconds * 1000 : Date.parse(retryAfter);
    if (isNear(at, now)) return at;
  }
  const reset = headers.get("ratelimit-reset");
  return status === 429 && reset !== null ? momentOf(Number(reset), now) : undefined;
}

/** Seconds; what is below is a time from now on, what is far above counts milliseconds. */
const SMALLEST_EPOCH = 1e9;
const SMALLEST_EPOCH_MS = 1e11;
/** Milliseconds; no server keeps anybody out for longer, so what is said is something else. */
const LONGEST_WAIT = 366 * 24 * 3_600_000;

const isNear = (at: number, now: number): boolean => at - now <= LONGEST_WAIT;

/**
 * The moment that a reset means. The official servers give seconds since 1970, https://www.ietf.org/archive/id/draft-ietf-httpapi-ratelimit-headers-07.html
 * and most other software seconds from now. `undefined` for what is neither.
 */
function momentOf(reset: number, now: number): number | undefined {
  const at = reset < SMALLEST_EPOCH ? now + reset * 1000 : reset < SMALLEST_EPOCH_MS ? reset * 1000 : reset;
  return reset >= 0 && isNear(at, now) ? at : undefined;
}

/** What an answer says of the limit that has the least left: https://docs.bsky.app/docs/advanced-guides/rate-limits */
export interface RateLimit {
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds since 1970 */
  readonly resetAt: number;
  /** Length of the window, from `RateLimit-Policy` */
  readonly seconds: number;
}

/** Reads the `RateLimit-*` headers of an answer; `undefined` if it has none, or none that can be read. */
export function readRateLimit(headers: ResponseHeaders, now: number): RateLimit | undefined {
  const policy = headers.get("ratelimit-policy");
  if (policy === null) return undefined;
  const seconds = Number(/;\s*w=(\d+)/.exec(policy)?.[1] ?? Number.NaN);
  const figure = (name: string): number => Number(headers.get(name) ?? Number.NaN);
  const limit = figure("ratelimit-limit");
  const remaining = figure("ratelimit-remaining");
  const resetAt = momentOf(figure("ratelimit-reset"), now);
  const isWhole = [seconds, limit, remaining].every((value) => Number.isSafeInteger(value) && value >= 0);
  return isWhole && resetAt !== undefined ? { limit, remaining, resetAt, seconds } : undefined;
}
