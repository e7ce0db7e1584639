import type { ErrorDetails } from "./skylex-error.ts";
import { SkylexError } from "./skylex-error.ts";

/** A budget that has no room for a call: what it would cost, and when there is room. */
export interface BudgetShortage {
  /** Endpoint of the call */
  readonly nsid: string;
  /** DID; for logins the name they are for */
  readonly account: string;
  /** `write points`, `uploads`, `logins` or `handle changes` */
  readonly unit: string;
  /** The first window without room: `5-minute`, `1-hour` or `24-hour` */
  readonly window: string;
  /** What of the budget is spent within the window */
  readonly used: number;
  /** What the call costs, in `unit` */
  readonly cost: number;
  /** What may be spent within the window */
  readonly budget: number;
  /** When all windows have room, if nobody else takes it; `undefined` if the call costs more than there can ever be */
  readonly resumeAt: Date | undefined;
}

/**
 * What to do with a call that its budget has no room for. `throw`: `RateLimitExceededError`, without sending. `wait`: send it
 * when there is room, or throw if that is after the call's time. `send`: send it all the same. Or a function that decides;
 * what can never fit is thrown without asking.
 */
export type BudgetPolicy = BudgetDecision | ((shortage: BudgetShortage) => BudgetDecision | Promise<BudgetDecision>);

/** What is done with a call that does not fit: see {@link BudgetPolicy}. */
export type BudgetDecision = "throw" | "wait" | "send";

/** The call was refused before it was sent: its account's budget has no room for what it costs. */
export class RateLimitExceededError extends SkylexError implements BudgetShortage {
  override readonly name = "RateLimitExceededError";
  /** Endpoint of the call */
  declare readonly nsid: string;
  /** DID; for logins the name they are for */
  readonly account: string;
  /** `write points`, `uploads`, `logins` or `handle changes` */
  readonly unit: string;
  /** The first window without room: `5-minute`, `1-hour` or `24-hour` */
  readonly window: string;
  /** What of the budget is spent within the window */
  readonly used: number;
  /** What the call costs, in `unit` */
  readonly cost: number;
  /** What may be spent within the window */
  readonly budget: number;
  /** When all windows have room, if nobody else takes it; `undefined` if the call costs more than there can ever be */
  readonly resumeAt: Date | undefined;

  constructor(message: string, details: ErrorDetails & BudgetShortage) {
    super(message, details);
    this.account = details.account;
    this.unit = details.unit;
    this.window = details.window;
    this.used = details.used;
    this.cost = details.cost;
    this.budget = details.budget;
    this.resumeAt = details.resumeAt;
  }
}
