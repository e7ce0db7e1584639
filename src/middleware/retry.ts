import type { Clock } from "../core/clock.ts";
import { sleep } from "../core/clock.ts";
import { defaults } from "../core/defaults.ts";
import { SkylexError, XrpcError } from "../core/errors.ts";
import type { RetryOptions } from "../core/options.ts";
import type { Middleware } from "../core/pipeline.ts";
import { resumeTime } from "../core/rate-limit.ts";

/**
 * The only loop around attempts. It repeats what the error itself calls safe to repeat, a bounded number of times, after a
 * random wait or the one the server asks for. It gives up at once when the wait would be longer than `maxWait` or than
 * what is left of the call's time.
 */
export function retry(clock: Clock, random: () => number): Middleware {
  return (next) => async (request) => {
    const policy = policyOf(request.options.retry);
    for (let attempt = 1; ; attempt++) {
      try {
        return await next(request);
      } catch (error) {
        if (!(error instanceof SkylexError) || !error.retryable || attempt >= policy.attempts) throw error;
        if (request.body?.replayable === false) throw error;
        const wait = waitBefore(error, attempt, policy, clock, random);
        if (wait > policy.maxWait || clock.now() + wait >= request.deadline) throw error;
        const last = request.trace.attempts.at(-1);
        if (last) last.waited = wait;
        await sleep(clock, wait, request.signal);
      }
    }
  };
}

type Policy = { readonly [Name in keyof RetryOptions]-?: number };

function policyOf(options: RetryOptions | false | undefined): Policy {
  if (options === false) return { ...defaults.retry, attempts: 1 };
  const { attempts, baseDelay, maxDelay, maxWait } = { ...defaults.retry, ...withoutUndefined(options ?? {}) };
  return { attempts, baseDelay, maxDelay, maxWait };
}

function withoutUndefined(options: RetryOptions): { readonly [Name in keyof RetryOptions]: number } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function waitBefore(error: SkylexError, attempt: number, policy: Policy, clock: Clock, random: () => number): number {
  const asked = error instanceof XrpcError ? resumeTime(error.status, error.headers, clock.now()) : undefined;
  if (asked !== undefined) return Math.max(0, asked - clock.now());
  return random() * Math.min(policy.maxDelay, policy.baseDelay * 2 ** (attempt - 1));
}
