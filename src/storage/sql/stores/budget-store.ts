import type {
  BudgetClaim,
  BudgetGrant,
  BudgetRefusal,
  BudgetState,
  BudgetStore,
  BudgetWindow,
  ServerFigures,
} from "../../ports/index.ts";
import { storable } from "../../shared/text.ts";
import type { Database } from "../connection/database.ts";
import { LockedBudget } from "./locked-budget.ts";
import { inTransaction, type Script } from "../connection/script.ts";

/** Budgets in `bsky_write_budget`, spent by rows of `bsky_api_call_log`. */
export class MikroBudgetStore implements BudgetStore {
  readonly #database: Database;
  readonly #waitMs: number;

  constructor(database: Database, waitMs: number) {
    this.#database = database;
    this.#waitMs = waitMs;
  }

  async claim(
    budget: string,
    windows: readonly BudgetWindow[],
    claims: readonly BudgetClaim[],
    now: number,
  ): Promise<readonly (BudgetGrant | BudgetRefusal)[]> {
    return this.#with(budget, windows, now, (locked) => locked.claim(claims));
  }

  async release(
    budget: string,
    windows: readonly BudgetWindow[],
    id: number,
    points: number,
    now: number,
    isUnused = false,
  ): Promise<void> {
    await this.#with(budget, windows, now, (locked) => locked.release(id, points, isUnused));
  }

  async learn(budget: string, window: BudgetWindow, figures: ServerFigures, now: number): Promise<void> {
    await this.#with(budget, [window], now, (locked) => locked.learn(figures));
  }

  async read(
    budget: string,
    windows: readonly BudgetWindow[],
    now: number,
    points?: number,
  ): Promise<readonly BudgetState[]> {
    return this.#with(budget, windows, now, (locked) => locked.read(points));
  }

  async #with<Result>(
    budget: string,
    windows: readonly BudgetWindow[],
    now: number,
    script: (locked: LockedBudget) => Script<Result>,
  ): Promise<Result> {
    return this.#database.use((opened) =>
      inTransaction(opened, this.#waitMs, () => script(new LockedBudget(opened, storable(budget), windows, now))),
    );
  }
}
