import { counted } from "../core/counted.ts";
import { RateLimitExceededError, type BudgetShortage } from "../core/errors/index.ts";
import type { CallRequest } from "../core/pipeline.ts";
import type { BudgetRefusal, BudgetStore, BudgetWindow } from "../storage/ports/index.ts";
import type { Charge } from "./charge.ts";
import { units, windowNames } from "./limits.ts";

/**
 * How a claim would fare now, without making it: the first window that has no room, or the fullest that has; `freeAt` is `now` where
 * all have room.
 */
export async function outlook(
  store: BudgetStore,
  { budget, points }: Pick<Charge, "budget" | "points">,
  windows: readonly BudgetWindow[],
  now: number,
): Promise<BudgetRefusal> {
  const states = await store.read(budget, windows, now, points);
  const times = states.map(({ used, limit, freesAt, freeAt }) => {
    if (freeAt !== undefined) return freeAt;
    // Storage that was made before it could be asked for so many.
    if (points > limit) return null;
    return used + points <= limit ? now : (freesAt ?? now);
  });
  const byRoom = states.toSorted((one, other) => one.limit - one.used - (other.limit - other.used));
  const [tight] = [...states.filter(({ used, limit }) => used + points > limit), ...byRoom];
  const { seconds = 0, used = 0, limit = Infinity } = tight ?? {};
  return { seconds, used, limit, freeAt: times.includes(null) ? null : Math.max(now, ...times.map(Number)) };
}

/** What users are told of a refusal. */
export function shortageOf(
  nsid: string,
  { account, kind, points }: Pick<Charge, "account" | "kind" | "points">,
  { seconds, used, limit, freeAt }: BudgetRefusal,
): BudgetShortage {
  return {
    nsid,
    account,
    unit: units[kind],
    window: windowNames[seconds] ?? `${seconds}-second`,
    used,
    cost: points,
    budget: limit,
    resumeAt: freeAt === null ? undefined : new Date(freeAt),
  };
}

/** The refusal of a call. */
export function exceeded(
  { trace, service }: Pick<CallRequest, "trace" | "service">,
  details: BudgetShortage,
  windows: readonly BudgetWindow[] = [],
): RateLimitExceededError {
  const { nsid, account, unit, window, used, cost, budget, resumeAt } = details;
  const sent = trace.attempts.length;
  const again = sent === 0 ? "was not sent" : `was not sent again after ${counted(sent, "attempt")}`;
  const room =
    resumeAt === undefined
      ? "It never fits: split it, or raise the budget"
      : `There is room at ${resumeAt.toISOString()}: call again then, or wait for it with the budget policy "wait"`;
  const isOwn = windows.some(({ seconds, learns }) => windowNames[seconds] === window && !learns);
  const limits = isOwn
    ? "The limit is the one that new Client({ budget }) was given."
    : `If ${service} has other limits or none, say so: new Client({ budget: { services: { ${JSON.stringify(service)}: … } } }).`;
  return new RateLimitExceededError(
    `${nsid} ${again}: it costs ${cost} ${unit}, and ${account} has used ${used} of ${budget} in the ${window} window. ${room}. ${limits}`,
    details,
  );
}
