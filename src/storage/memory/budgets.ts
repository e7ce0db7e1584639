import {
  countedUntil,
  currentFigures,
  decide,
  learnt,
  released,
  roomOf,
  showsPoints,
  type Room,
  type BudgetCharge,
  type BudgetUsage,
} from "../shared/budget-rules.ts";
import type {
  BudgetClaim,
  BudgetGrant,
  BudgetRefusal,
  BudgetState,
  BudgetStore,
  BudgetWindow,
  CallInput,
  ServerFigures,
} from "../ports/index.ts";

/** What budgets need of the calls in memory. */
export interface ChargedCalls {
  add(row: CallInput): number;
  /** Adds to the points that a row shows */
  spend(id: number, points: number): void;
  remove(id: number): void;
}

type Told = Pick<BudgetUsage, "warnedAt" | "server">;
const nothingTold: Told = { warnedAt: null, server: null };

/** Budgets of calls that are kept in memory. */
export class MemoryBudgets implements BudgetStore {
  readonly #check: () => void;
  readonly #calls: ChargedCalls;
  /** By budget, then by row */
  readonly #charges = new Map<string, Map<number, BudgetCharge>>();
  readonly #told = new Map<string, Told>();

  constructor(check: () => void, calls: ChargedCalls) {
    this.#check = check;
    this.#calls = calls;
  }

  /** Counts a row. */
  charge(id: number, charge: BudgetCharge): void {
    const rows = this.#charges.get(charge.budget) ?? new Map<number, BudgetCharge>();
    this.#charges.set(charge.budget, rows.set(id, charge));
  }

  /** Whether a row was charged after a moment. */
  isCharged(id: number, since: number): boolean {
    return this.#charges.values().some((rows) => {
      const charge = rows.get(id);
      return charge !== undefined && charge.points > 0 && charge.at >= since;
    });
  }

  /** The rows are gone. */
  forget(ids: readonly number[]): void {
    for (const rows of this.#charges.values()) for (const id of ids) rows.delete(id);
  }

  async claim(
    budget: string,
    windows: readonly BudgetWindow[],
    claims: readonly BudgetClaim[],
    now: number,
  ): Promise<readonly (BudgetGrant | BudgetRefusal)[]> {
    this.#check();
    const ledgers = this.#ledgers(budget, windows, now);
    const earlier = (id: number): BudgetCharge | undefined => this.#charges.get(budget)?.get(id);
    const decision = decide(windows, ledgers, claims, earlier, now);
    this.#tell(budget, decision.ledgers);
    const ids = claims.map(({ row, points }, index) => {
      if ("lacks" in (decision.answers[index] as object)) return undefined;
      const id = typeof row === "number" ? row : this.#calls.add({ ...row, writeOpPointsConsumed: 0 });
      this.charge(id, { budget, points: (earlier(id)?.points ?? 0) + points, at: now });
      if (showsPoints(budget)) this.#calls.spend(id, points);
      return id;
    });
    return decision.answers.map((answer, index) => {
      if (!("lacks" in answer)) return { id: ids[index] as number, warnings: answer.warnings };
      const { seconds, used, limit, lacks, never } = answer;
      const times = lacks.map((lack) => lack.resetAt ?? this.#whenBack(budget, lack.seconds, lack.points, now));
      return { seconds, used, limit, freeAt: never ? null : Math.max(now, ...times) };
    });
  }

  async release(
    budget: string,
    windows: readonly BudgetWindow[],
    id: number,
    points: number,
    now: number,
    isUnused = false,
  ): Promise<void> {
    this.#check();
    const charge = this.#charges.get(budget)?.get(id);
    if (charge === undefined) return;
    const ledgers = this.#ledgers(budget, windows, now);
    this.#tell(
      budget,
      ledgers.map((ledger) => released(ledger, points, charge.at)),
    );
    this.charge(id, { ...charge, points: charge.points - points });
    if (showsPoints(budget)) this.#calls.spend(id, -points);
    if (isUnused) this.#calls.remove(id);
  }

  async learn(budget: string, { seconds }: BudgetWindow, figures: ServerFigures, now: number): Promise<void> {
    this.#check();
    const name = `${seconds} ${budget}`;
    const told = this.#told.get(name) ?? nothingTold;
    this.#told.set(name, { ...told, server: learnt(told.server, figures, seconds, now) });
  }

  async read(
    budget: string,
    windows: readonly BudgetWindow[],
    now: number,
    points?: number,
  ): Promise<readonly BudgetState[]> {
    this.#check();
    const ledgers = this.#ledgers(budget, windows, now);
    return windows.map((window, index) => {
      const ledger = ledgers[index] as BudgetUsage;
      const room = roomOf(window, ledger, now);
      const { seconds, used, limit } = room;
      const [oldest] = this.#oldestFirst(budget, seconds, now);
      const server = currentFigures(ledger.server, seconds, now);
      const state = { seconds, used, limit, freesAt: oldest === undefined ? null : oldest.at + seconds * 1000, server };
      return points === undefined ? state : { ...state, freeAt: this.#freeAt(budget, room, points, now) };
    });
  }

  #ledgers(budget: string, windows: readonly BudgetWindow[], now: number): readonly BudgetUsage[] {
    return windows.map(({ seconds }) => {
      const since = now - seconds * 1000;
      const used = this.#within(budget, seconds, now).reduce((sum, { points }) => sum + points, 0);
      return { seconds, used, since, countedAt: now, ...(this.#told.get(`${seconds} ${budget}`) ?? nothingTold) };
    });
  }

  #tell(budget: string, ledgers: readonly BudgetUsage[]): void {
    for (const { seconds, warnedAt, server } of ledgers) this.#told.set(`${seconds} ${budget}`, { warnedAt, server });
  }

  /** What was charged within a window. */
  #within(budget: string, seconds: number, now: number): readonly BudgetCharge[] {
    const [since, until] = [now - seconds * 1000, countedUntil(now)];
    return [...(this.#charges.get(budget)?.values() ?? [])].filter(
      ({ at, points }) => at > since && at <= until && points > 0,
    );
  }

  #oldestFirst(budget: string, seconds: number, now: number): readonly BudgetCharge[] {
    return this.#within(budget, seconds, now).toSorted((one, other) => one.at - other.at);
  }

  #freeAt(budget: string, room: Room, points: number, now: number): number | null {
    const { seconds, used, limit, resetAt } = room;
    if (points > limit) return null;
    return used + points <= limit ? now : (resetAt ?? this.#whenBack(budget, seconds, used + points - limit, now));
  }

  #whenBack(budget: string, seconds: number, points: number, now: number): number {
    let freed = 0;
    for (const charge of this.#oldestFirst(budget, seconds, now)) {
      freed += charge.points;
      if (freed >= points) return charge.at + seconds * 1000;
    }
    return now + seconds * 1000;
  }
}
