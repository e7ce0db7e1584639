import type { RateLimit } from "../core/http/rate-limit.ts";
import type { BudgetWindow } from "../storage/ports/index.ts";

/** Figures of one window differ by that much: servers write whole seconds. */
const SAME_RESET_MS = 5000;

/**
 * What servers said of budgets, less what was granted since. Storage knows the same of all processes; this spares it what is no
 * news, which is nearly everything.
 */
export class ServerFiguresSeen {
  readonly #seen = new Map<string, RateLimit>();

  /** Points of a budget are about to be spent. */
  granted(budget: string, windows: readonly BudgetWindow[], points: number): void {
    for (const { seconds } of windows) {
      const seen = this.#seen.get(`${seconds} ${budget}`);
      if (seen !== undefined) this.#seen.set(`${seconds} ${budget}`, { ...seen, remaining: seen.remaining - points });
    }
  }

  /** Whether somebody else spends too, or a window is seen for the first time. */
  isNews(budget: string, said: RateLimit): boolean {
    const name = `${said.seconds} ${budget}`;
    const seen = this.#seen.get(name);
    const isKnown =
      seen !== undefined && seen.limit === said.limit && Math.abs(seen.resetAt - said.resetAt) <= SAME_RESET_MS;
    if (isKnown && said.remaining >= seen.remaining) return false;
    this.#seen.set(name, said);
    return true;
  }
}
