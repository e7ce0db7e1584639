import type { Clock } from "../core/clock.ts";
import { SkylexError, XrpcError } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import type { Middleware } from "../core/pipeline.ts";

/** Tells the logger how each call ended, local refusals included: failures as errors, the rest for debugging. */
export function log(logger: Logger, clock: Clock): Middleware {
  return (next) => async (request) => {
    const startedAt = clock.now();
    const { nsid } = request.definition;
    try {
      const result = await next(request);
      logger.debug(
        `${result.http.status} ${nsid} - ${clock.now() - startedAt} ms, ${request.trace.attempts.length} attempts`,
      );
      return result;
    } catch (error) {
      if (error instanceof SkylexError) logger.error(describe(error));
      throw error;
    }
  };
}

/** `<status> <name> - <text>`: the server's own name for the error if it gave one, and no status if no answer came. */
function describe(error: SkylexError): string {
  if (!(error instanceof XrpcError)) return `${error.name} - ${error.message}`;
  return `${error.status} ${error.error ?? error.name} - ${error.message}`;
}
