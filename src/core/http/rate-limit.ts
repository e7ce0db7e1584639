import type { ResponseHeaders } from "./transport.ts";

/**
 * When a server takes requests again, from `Retry-After` (seconds or an HTTP date) or, on a refusal for too many requests,
 * `RateLimit-Reset` (epoch seconds). Milliseconds since 1970.
 */
export function resumeTime(status: number, headers: ResponseHeaders, now: number): number | undefined {
  const retryAfter = headers.get("retry-after");
  if (retryAfter !== null) {
    const seconds = Number(retryAfter);
    const at = Number.isFinite(seconds) ? now + seconds * 1000 : Date.parse(retryAfter);
    if (!Number.isNaN(at)) return at;
  }
  const reset = Number(headers.get("ratelimit-reset") ?? Number.NaN);
  return status === 429 && Number.isFinite(reset) ? reset * 1000 : undefined;
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
export function readRateLimit(headers: ResponseHeaders): RateLimit | undefined {
  const policy = headers.get("ratelimit-policy");
  if (policy === null) return undefined;
  const seconds = Number(/;\s*w=(\d+)/.exec(policy)?.[1] ?? Number.NaN);
  const figure = (name: string): number => Number(headers.get(name) ?? Number.NaN);
  const limit = figure("ratelimit-limit");
  const remaining = figure("ratelimit-remaining");
  const resetAt = figure("ratelimit-reset") * 1000;
  return [seconds, limit, remaining, resetAt].every(Number.isFinite)
    ? { limit, remaining, resetAt, seconds }
    : undefined;
}
