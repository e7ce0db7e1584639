import { counted } from "../core/counted.ts";
import type { Clock } from "../core/clock.ts";
import { NotAuthenticatedError, RateLimitExceededError, ValidationError, XrpcError } from "../core/errors/index.ts";
import type { Logger } from "../core/logger.ts";
import type { CallResult, Middleware } from "../core/pipeline.ts";
import type { CallRecorder } from "../log/recorder.ts";

/**
 * Writes down how each call ended, local refusals and aborts included, and tells the logger: a failure is two error lines,
 * what happened and how to see its row; the rest is for debugging, refusals too. An abort was asked for and is no error.
 */
export function log(recorder: CallRecorder, logger: Logger, clock: Clock): Middleware {
  return (next) => async (request) => {
    const { trace, definition, signal } = request;
    let result: CallResult;
    try {
      result = await next(request);
    } catch (error) {
      const { line, hint, isExpected } = await recorder.failed(request, error);
      const isAbort = signal?.aborted === true && error === signal.reason;
      if (!isAbort) {
        const level = isExpected || wasTold(error, trace.attempts.length) ? "debug" : "error";
        logger[level](line);
        logger[level](hint);
      }
      throw error;
    }
    const stored = recorder.succeeded(request, result);
    if (stored !== undefined) await stored;
    logger.debug(
      `${result.http.status} ${definition.nsid} - ${clock.now() - trace.startedAt} ms, ${counted(trace.attempts.length, "attempt")}`,
    );
    return result;
  };
}

/**
 * Nothing was sent, so the caller knows all there is to know by the error: the call was refused here. Or another call failed, a login
 * for instance, which told the logger itself.
 */
const wasTold = (error: unknown, attempts: number): boolean =>
  attempts === 0 &&
  (error instanceof ValidationError ||
    error instanceof NotAuthenticatedError ||
    error instanceof RateLimitExceededError ||
    error instanceof XrpcError);
