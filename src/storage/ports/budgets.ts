import type { CallInput } from "./calls.ts";

/** A rolling window of a budget: no more than `limit` points in any `seconds`. */
export interface BudgetWindow {
  /** Names the window within its budget */
  readonly seconds: number;
  /** Points that fit into it */
  readonly limit: number;
  /** Whether a size that the server told takes the place of `limit` */
  readonly learns: boolean;
}

/** Points that one attempt of a call is about to spend. */
export interface BudgetClaim {
  readonly points: number;
  /** The call's row, stored together with its points; or the id it got, for attempts after the first */
  readonly row: CallInput | number;
  /** Take the points even if there are not as many left. Default false */
  readonly force?: boolean;
}

/** How full a window is. */
export interface BudgetUse {
  readonly seconds: number;
  readonly used: number;
  readonly limit: number;
}

export interface BudgetGrant {
  /** Row of the call */
  readonly id: number;
  /** Windows that this claim filled above 95 %, the claim included; each is told of once, until it is below again */
  readonly warnings: readonly BudgetUse[];
}

/** The first window, from the shortest on, that has no room for a claim. */
export interface BudgetRefusal extends BudgetUse {
  /** When all windows have room, if nobody else takes it; `null` if a window is smaller than the claim */
  readonly freeAt: number | null;
}

/** What a server says of one of its limits. */
export interface ServerFigures {
  readonly limit: number;
  readonly remaining: number;
  readonly resetAt: number;
}

export interface BudgetState extends BudgetUse {
  /** When the oldest of the used points come back; `null` if none are used */
  readonly freesAt: number | null;
  /** What the server told last, less what was claimed since; `null` if it told nothing, or it is outdated */
  readonly server: ServerFigures | null;
  /** When the points that were asked for fit, if nobody else takes the room; `null` if the window is smaller. Absent if none were */
  readonly freeAt?: number | null;
}

/**
 * Budgets: what the calls of the log have spent within rolling windows, under any names. Rows that {@link CallStore} takes
 * with a `requestDid` and `writeOpPointsConsumed` count for the budget `write <DID>`, at their `timestamp`.
 */
export interface BudgetStore {
  /**
   * Takes points for each claim, in order, and stores the rows of those that get them, while no other caller, in this
   * process or any other on the database, does so for the same budget. A claim is granted if it fits into all windows,
   * to the last point, or is forced; one that is refused leaves nothing behind.
   *
   * @param windows shortest first, the same for every claim of the budget
   */
  claim(
    budget: string,
    windows: readonly BudgetWindow[],
    claims: readonly BudgetClaim[],
    now: number,
  ): Promise<readonly (BudgetGrant | BudgetRefusal)[]>;

  /**
   * Gives points back that were claimed for a row and surely never spent.
   *
   * @param isUnused the claim made the row, and nobody got its id: the row goes as well. Default false
   */
  release(
    budget: string,
    windows: readonly BudgetWindow[],
    id: number,
    points: number,
    now: number,
    isUnused?: boolean,
  ): Promise<void>;

  /**
   * Notes what the server says of a window. As long as it has not reset, `remaining` never grows: what a server told in
   * between others may be older than what is known.
   */
  learn(budget: string, window: BudgetWindow, figures: ServerFigures, now: number): Promise<void>;

  /**
   * The windows as they are.
   *
   * @param points say of each window when it has room for so many, too
   */
  read(budget: string, windows: readonly BudgetWindow[], now: number, points?: number): Promise<readonly BudgetState[]>;
}
