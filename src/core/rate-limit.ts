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
