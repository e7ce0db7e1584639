import type { Middleware } from "../core/pipeline.ts";
import type { CallRecorder } from "../log/recorder.ts";

/**
 * Stores the row of a write before the first attempt, so that a process that is killed while sending leaves a trace, and
 * points are taken before they are spent. After the choice of host and before the loop: one row whatever the attempts.
 */
export function reserve(recorder: CallRecorder): Middleware {
  return (next) => async (request) => {
    const proxy = request.headers["atproto-proxy"];
    if (proxy !== undefined) request.trace.proxy = proxy;
    if (request.definition.kind === "procedure") await recorder.reserve(request);
    return next(request);
  };
}
