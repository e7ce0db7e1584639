import type { Clock } from "../clock.ts";
import { sleep } from "../clock.ts";
import { defaults, given } from "../call/defaults.ts";
import type { SkylexError } from "../errors/index.ts";
import { XrpcError } from "../errors/index.ts";
import type { RetryDecision, RetryOptions } from "../call/options.ts";
import type { CallRequest } from "../pipeline.ts";
import { resumeTime } from "./rate-limit.ts";

interface Policy {
  readonly attempts: number;
  readonly baseDelay: number;
  readonly maxDelay: number;
  readonly maxWait: number;
  readonly decide: RetryDecision | undefined;
}

/** How often a call may be sent, its waits, and who decides. */
export function retrySettings(options: RetryOptions | false | undefined): Policy {
  return { decide: undefined, ...defaults.retry, ...given(options === false ? { attempts: 1 } : (options ?? {})) };
}

/** Waits before a failed request is sent again. False, at once, where it must not be. */
export type RetryPolicy = (request: CallRequest, error: SkylexError, round: number, safe: boolean) => Promise<boolean>;

/** Each wait is this many times the one before: outages of gateways last seconds, so four attempts reach over about ten. */
const GROWTH = 4;
/** Waits differ by so much of themselves to either side, so that clients that failed together do not come back together. */
const SPREAD = 0.25;

/**
 * The rules of retrying: no more requests than `attempts`; waits that grow, or the one the server asks for where that is longer; and
 * none that is longer than `maxWait` or than what is left of the call's time.
 */
export function createRetryPolicy(clock: Clock, random: () => number): RetryPolicy {
  const waitBefore = (error: SkylexError, sent: number, { baseDelay, maxDelay, maxWait }: Policy): number => {
    const asked = error instanceof XrpcError ? resumeTime(error.status, error.headers, clock.now()) : undefined;
    const delay = baseDelay * GROWTH ** (sent - 1) * (1 - SPREAD + 2 * SPREAD * random());
    // A time that has passed by the clock here is not taken for a leave to ask again at once.
    return Math.max(Math.min(maxDelay, maxWait, delay), (asked ?? 0) - clock.now());
  };
  return async (request, error, round, safe) => {
    const { trace, definition, deadline, signal, body, options } = request;
    const policy = retrySettings(options.retry);
    // Rounds count too: a failure before anything was sent leaves no attempt behind.
    const sent = Math.max(round, trace.attempts.length);
    if (sent >= policy.attempts || body?.replayable === false) return false;
    const usual = waitBefore(error, sent, policy);
    const { nsid } = definition;
    const verdict = policy.decide?.({ error, nsid, attempts: sent, wait: usual, repeat: safe }) ?? safe;
    if (verdict === false) return false;
    const wait = verdict === true ? usual : Math.max(0, verdict);
    // Written so that a wait that is no number is none.
    if (!(wait <= policy.maxWait) || clock.now() + wait >= deadline) return false;
    const last = trace.attempts.at(-1);
    if (last) last.waited = wait;
    await sleep(clock, wait, signal);
    return true;
  };
}
