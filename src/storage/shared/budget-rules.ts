import type { BudgetClaim, BudgetGrant, BudgetUse, BudgetWindow, CallInput, ServerFigures } from "../ports/index.ts";

/** Rules of budgets that every backend shares. */

/** Windows are told of when they are fuller than this. */
const WARNING_SHARE = 0.95;
/** Clocks of machines that share a database differ by less. */
export const CLOCK_SKEW_MS = 60_000;
/** Servers write resets in whole seconds: figures of one window differ by that much. */
const SAME_RESET_MS = 5000;

/** A window as it is stored. */
export interface BudgetUsage {
  readonly seconds: number;
  /** Points of all rows charged after `since` */
  readonly used: number;
  readonly since: number;
  /** When `used` was last summed up from the rows; `null` if rows came that it does not know of */
  readonly countedAt: number | null;
  /** When the window was told of; `null` if it is not as full */
  readonly warnedAt: number | null;
  readonly server: ServerFigures | null;
}

/** What a row of the log is charged for. */
export interface BudgetCharge {
  readonly budget: string;
  readonly points: number;
  readonly at: number;
}

/** The budget of an account's writes. */
export const writeBudget = (did: string): string => `write ${did}`;

/** What a row counts for that comes with its points, not by a claim. */
export function budgetChargeOf({
  requestDid,
  writeOpPointsConsumed: points,
  timestamp,
}: CallInput): BudgetCharge | undefined {
  if (!requestDid || !points || points <= 0) return undefined;
  return { budget: writeBudget(requestDid), points, at: timestamp };
}

/** Whether a row is a write's, whose points its own column shows too. */
export const showsPoints = (budget: string): boolean => budget.startsWith("write ");

/** A row as a claim stores it. */
export const claimedRow = (row: CallInput, budget: string, points: number): CallInput =>
  showsPoints(budget) ? { ...row, writeOpPointsConsumed: points } : row;

/** Sums are taken anew from the rows after this at the latest, whatever somebody did to them by hand. */
const RECOUNT_MS = 10 * 60_000;

export const isStale = ({ countedAt }: BudgetUsage, now: number): boolean =>
  countedAt === null || countedAt > now || now - countedAt > RECOUNT_MS;

/**
 * Charges after this moment do not count: they come from a process whose clock is wrong, and would fill every window until
 * their time has come.
 */
export const countedUntil = (now: number): number => now + CLOCK_SKEW_MS;

/** What a server said of a window, if that is the present one. Further ahead than a window reaches lies only a wrong clock. */
export function currentFigures(server: ServerFigures | null, seconds: number, now: number): ServerFigures | null {
  if (server === null || server.resetAt <= now) return null;
  return server.resetAt <= countedUntil(now) + seconds * 1000 ? server : null;
}

export interface Room extends BudgetUse {
  /** Set if the server leaves less than the rows do: nothing changes before */
  readonly resetAt: number | undefined;
}

/** How full a window is: by the rows or by what the server says, whichever leaves less. */
export function roomOf(
  { seconds, limit: own, learns }: BudgetWindow,
  { used, server: told }: BudgetUsage,
  now: number,
): Room {
  const limit = learns && told !== null ? told.limit : own;
  const rows = { seconds, used, limit, resetAt: undefined };
  const server = currentFigures(told, seconds, now);
  if (server === null || server.remaining >= limit - used) return rows;
  return { seconds, used: server.limit - server.remaining, limit: server.limit, resetAt: server.resetAt };
}

/** The points of an earlier attempt of the same call, which move to the moment of the next. */
export type Earlier = (id: number) => { readonly points: number; readonly at: number } | undefined;

export interface Decision {
  readonly ledgers: readonly BudgetUsage[];
  /** In the order of the claims */
  readonly answers: readonly (Omit<BudgetGrant, "id"> | Refused)[];
}

/** A refusal whose end is not known yet. */
export interface Refused extends BudgetUse {
  /** For each window without room: how many points have to come back, or when the server starts again */
  readonly lacks: readonly {
    readonly seconds: number;
    readonly points: number;
    readonly resetAt: number | undefined;
  }[];
  readonly never: boolean;
}

/** Grants claims one after the other, as long as there is room. */
export function decide(
  windows: readonly BudgetWindow[],
  before: readonly BudgetUsage[],
  claims: readonly BudgetClaim[],
  earlier: Earlier,
  now: number,
): Decision {
  let ledgers = before;
  const answers = claims.map((claim) => {
    const rooms = windows.map((window, index) => roomOf(window, ledgers[index] as BudgetUsage, now));
    const full = rooms.filter(({ used, limit }) => used + claim.points > limit);
    const [first] = full;
    if (first !== undefined && claim.force !== true) return refused(claim, first, full);
    const warnings: BudgetUse[] = [];
    ledgers = ledgers.map((ledger, index) => {
      const next = charged(ledger, claim, earlier);
      const { seconds, used, limit } = roomOf(windows[index] as BudgetWindow, next, now);
      const isFull = used > limit * WARNING_SHARE;
      if (isFull && ledger.warnedAt === null) warnings.push({ seconds, used, limit });
      return { ...next, warnedAt: isFull ? (ledger.warnedAt ?? now) : null };
    });
    return { warnings };
  });
  return { ledgers, answers };
}

function refused(claim: BudgetClaim, { seconds, used, limit }: Room, full: readonly Room[]): Refused {
  return {
    seconds,
    used,
    limit,
    lacks: full.map((room) => ({ ...room, points: room.used + claim.points - room.limit })),
    never: full.some((room) => claim.points > room.limit),
  };
}

function charged(ledger: BudgetUsage, { points, row }: BudgetClaim, earlier: Earlier): BudgetUsage {
  const { used, server } = ledger;
  const moved = typeof row === "number" ? earlier(row) : undefined;
  const back = moved !== undefined && !isCounted(ledger, moved.at) ? moved.points : 0;
  return {
    ...ledger,
    used: used + points + back,
    server: server && { ...server, remaining: Math.max(0, server.remaining - points) },
  };
}

/** Whether a window, as it was last moved, has what was charged at a moment. */
const isCounted = ({ since, seconds }: BudgetUsage, at: number): boolean =>
  at > since && at <= countedUntil(since + seconds * 1000);

/** A window after points that were charged at a moment came back to it. */
export function released(ledger: BudgetUsage, points: number, at: number): BudgetUsage {
  const { server, used } = ledger;
  return {
    ...ledger,
    used: isCounted(ledger, at) ? Math.max(0, used - points) : used,
    server: server && { ...server, remaining: Math.min(server.limit, server.remaining + points) },
  };
}

/** What is known of the server after it said something of a window. */
export function learnt(
  stored: ServerFigures | null,
  said: ServerFigures,
  seconds: number,
  now: number,
): ServerFigures | null {
  // What a wrong clock put far ahead would otherwise stay the latest until its time has come.
  const known = stored !== null && stored.resetAt > countedUntil(now) + seconds * 1000 ? null : stored;
  if (said.resetAt > countedUntil(now) + seconds * 1000) return known;
  if (known === null || said.resetAt > known.resetAt + SAME_RESET_MS || said.limit !== known.limit) return said;
  if (said.resetAt < known.resetAt - SAME_RESET_MS) return known;
  return { ...said, remaining: Math.min(known.remaining, said.remaining) };
}
