import { SkylexError } from "../core/errors/index.ts";
import type { CallRequest, Middleware } from "../core/pipeline.ts";
import type { RetryPolicy } from "../core/http/retry-policy.ts";

/**
 * Repeats what is safe to repeat: what the server surely did not do, and what may be done twice. Where neither is so nobody
 * can have it repeated, not even `decide`.
 *
 * @param isIdempotent whether a procedure may be carried out twice
 */
export function retry(repeat: RetryPolicy, isIdempotent: (request: CallRequest) => boolean): Middleware {
  return (next) => async (request) => {
    for (let round = 1; ; round++) {
      try {
        return await next(request);
      } catch (error) {
        if (!(error instanceof SkylexError) || (error.ambiguous && !isIdempotent(request))) throw error;
        if (!(await repeat(request, error, round, error.retryable || error.ambiguous))) throw error;
      }
    }
  };
}
