import { writePoints } from "../budget/points.ts";
import { beforeSending } from "../core/account.ts";
import type { CallRequest, Middleware } from "../core/pipeline.ts";
import type { CallRecorder } from "../log/recorder.ts";

/**
 * Sees to the row and the points of what is about to be sent, attempt by attempt: a process that is killed while sending
 * leaves a trace, and points are taken before they are spent. What surely never left gives them back. Inside the loop, since
 * servers charge every attempt; outside of the token, since they charge none that only a worn-out token failed.
 */
export function budget(recorder: CallRecorder): Middleware {
  return (next) => (request) => {
    return request.definition.kind === "procedure" ? charged(request, recorder, next) : next(request);
  };
}

async function charged(request: CallRequest, recorder: CallRecorder, next: Parameters<Middleware>[0]) {
  const { trace, definition } = request;
  const cost = writePoints(definition.nsid, request.input);
  if (cost > 0) trace.did ??= await accountOf(request);
  const before = trace.attempts.length;
  trace.points = (trace.points ?? 0) + cost;
  if (before === 0) await recorder.reserve(request);
  try {
    return await next(request);
  } finally {
    if (!trace.attempts.slice(before).some(({ reached }) => reached)) trace.points -= cost;
  }
}

/** DID of the account whose points the call spends. */
async function accountOf(request: CallRequest): Promise<string | undefined> {
  const { account, auth, headers, definition } = request;
  if (account === undefined || auth !== "session" || "authorization" in headers) return undefined;
  try {
    return await account.did(request);
  } catch (error) {
    throw beforeSending(error, definition.nsid);
  }
}
