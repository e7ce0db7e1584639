import type { Budgets, Taken } from "../budget/budgets.ts";
import { type Charge, chargeOf } from "../budget/charge.ts";
import type { Pace } from "../budget/pace.ts";
import { writePoints } from "../budget/points.ts";
import type { Attempt, CallRequest, CallResult, Middleware, Next } from "../core/pipeline.ts";
import { readRateLimit } from "../core/http/rate-limit.ts";
import type { CallRecorder } from "../log/recorder.ts";

export interface BudgetLayers {
  readonly budgets: Budgets;
  readonly pace: Pace;
  readonly recorder: CallRecorder;
}

/**
 * Sees to the row and the points of what is about to be sent, attempt by attempt: a process that is killed while sending
 * leaves a trace, and points are taken before they are spent. What surely never left gives them back. Inside the loop, since
 * servers charge every attempt; outside of the token, since they charge none that only a worn-out token failed.
 */
export function budget({ budgets, pace, recorder }: BudgetLayers): Middleware {
  return (next) => async (request) => {
    const { trace, definition } = request;
    const wait = pace.next(request);
    if (wait > 0) await pace.hold(wait, request);
    const before = trace.attempts.length;
    try {
      return definition.kind === "procedure" ? await spend(request, next) : await next(request);
    } finally {
      const said = trace.attempts.length > before ? saidOf(request) : undefined;
      if (said !== undefined) pace.learn(request, said);
    }
  };

  async function spend(request: CallRequest, next: Next): Promise<CallResult> {
    const { trace, definition, input } = request;
    const charge = await chargeOf(request);
    const points = writePoints(definition.nsid, input);
    const before = trace.attempts.length;
    let taken: Taken | undefined;
    trace.points = (trace.points ?? 0) + points;
    try {
      taken = charge && (await take(request, charge));
      if (taken === undefined) await recorder.reserve(request);
      return await next(request);
    } finally {
      const sent = trace.attempts.slice(before);
      if (!sent.some(isCharged)) {
        trace.points -= points;
        await taken?.giveBack();
      }
      const said = charge && sent.length > 0 ? saidOf(request) : undefined;
      if (said !== undefined) await budgets.learn(request, charge as Charge, said);
    }
  }

  async function take(request: CallRequest, charge: Charge): Promise<Taken | undefined> {
    const row = request.trace.logId ?? recorder.draft(request);
    const taken = row === undefined ? undefined : await budgets.take(request, charge, row);
    if (taken !== undefined) recorder.adopt(request, taken.id);
    return taken;
  }
}

/**
 * Servers look at the token before they count: `packages/xrpc-server/src/server.ts` in https://github.com/bluesky-social/atproto.
 * What was refused for it cost nothing, if no other token came after it.
 */
const isCharged = ({ reached, error }: Attempt): boolean =>
  reached && error !== "ExpiredToken" && error !== "InvalidToken";

function saidOf({ trace }: CallRequest) {
  const last = trace.attempts.at(-1);
  return last?.http && readRateLimit(last.http.headers, last.startedAt + last.elapsed);
}
