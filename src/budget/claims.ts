import type { BudgetClaim, BudgetGrant, BudgetRefusal, BudgetStore, BudgetWindow } from "../storage/ports/index.ts";

export type ClaimAnswer = BudgetGrant | BudgetRefusal;

interface Pending {
  readonly claim: BudgetClaim;
  readonly resolve: (answer: ClaimAnswer) => void;
  readonly reject: (reason: unknown) => void;
}

/** Claims in one transaction: what others wait for meanwhile stays bounded. */
const BATCH = 200;

/** Brings claims to storage: those of one budget that come while others are under way go together, in one transaction. */
export class Claims {
  readonly #store: BudgetStore;
  readonly #now: () => number;
  /** By windows, then by budget: what waits while a batch is under way */
  readonly #queues = new Map<readonly BudgetWindow[], Map<string, Pending[]>>();

  constructor(store: BudgetStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  claim(budget: string, windows: readonly BudgetWindow[], claim: BudgetClaim): Promise<ClaimAnswer> {
    return new Promise((resolve, reject) => {
      const pending = { claim, resolve, reject };
      const queues = this.#queues.get(windows) ?? new Map<string, Pending[]>();
      this.#queues.set(windows, queues);
      const queue = queues.get(budget);
      if (queue !== undefined) queue.push(pending);
      else {
        const started = [pending];
        queues.set(budget, started);
        void this.#drain(budget, windows, queues, started);
      }
    });
  }

  async #drain(
    budget: string,
    windows: readonly BudgetWindow[],
    queues: Map<string, Pending[]>,
    queue: Pending[],
  ): Promise<void> {
    while (queue.length > 0) {
      const batch = queue.splice(0, BATCH);
      try {
        const claims = batch.map(({ claim }) => claim);
        const answers = await this.#store.claim(budget, windows, claims, this.#now());
        for (const [index, { resolve }] of batch.entries()) resolve(answers[index] as ClaimAnswer);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    queues.delete(budget);
  }
}
