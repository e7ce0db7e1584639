import { budgetChargeOf } from "../shared/budget-rules.ts";
import {
  BUDGET_WINDOW_MS,
  checkFilter,
  checkPeriods,
  checkPrune,
  checkQuery,
  DEFAULT_QUERY_LIMIT,
  fillCall,
  matchesCall,
  periodLength,
} from "../shared/call-rows.ts";
import { MemoryBudgets } from "./budgets.ts";
import type {
  CallFilter,
  CallInput,
  CallOutcome,
  CallPeriod,
  CallPeriods,
  CallQuery,
  CallRow,
  CallStats,
  CallStore,
  PruneCalls,
} from "../ports/index.ts";

/** The call log in memory, and the budgets that its rows spend. */
export class MemoryCalls implements CallStore {
  readonly budgets: MemoryBudgets;
  readonly #check: () => void;
  readonly #rows = new Map<number, CallRow>();
  #lastId = 0;

  constructor(check: () => void) {
    this.#check = check;
    const add = (row: CallInput): number => this.#add(row);
    const spend = (id: number, points: number): void => {
      const row = this.#rows.get(id);
      if (row) this.#rows.set(id, { ...row, writeOpPointsConsumed: row.writeOpPointsConsumed + points });
    };
    const remove = (id: number): void => {
      this.#rows.delete(id);
      this.budgets.forget([id]);
    };
    this.budgets = new MemoryBudgets(check, { add, spend, remove });
  }

  async append(rows: readonly CallInput[]): Promise<void> {
    this.#check();
    for (const row of rows) this.#add(row);
  }

  appendSync(rows: readonly CallInput[]): boolean {
    for (const row of rows) this.#add(row);
    return true;
  }

  async insert(row: CallInput): Promise<number> {
    this.#check();
    return this.#add(row);
  }

  #add(row: CallInput): number {
    const id = ++this.#lastId;
    this.#rows.set(id, { id, ...fillCall(row) });
    const charge = budgetChargeOf(row);
    if (charge !== undefined) this.budgets.charge(id, charge);
    return id;
  }

  async complete(id: number, outcome: CallOutcome): Promise<boolean> {
    this.#check();
    const row = this.#rows.get(id);
    if (!row) return false;
    const known = Object.fromEntries(Object.entries(outcome).filter(([, value]) => value !== undefined));
    const { id: _, ...changed } = { ...row, ...known };
    this.#rows.set(id, { id, ...fillCall(changed) });
    return true;
  }

  has(id: number): boolean {
    return this.#rows.has(id);
  }

  async get(id: number): Promise<CallRow | undefined> {
    this.#check();
    return this.#rows.get(id);
  }

  async query(query: CallQuery = {}): Promise<readonly CallRow[]> {
    this.#check();
    checkQuery(query);
    const sign = query.order === "oldest" ? 1 : -1;
    return [...this.#rows.values()]
      .filter((row) => matchesCall(row, query))
      .toSorted((a, b) => sign * ((query.afterId === undefined ? a.timestamp - b.timestamp : 0) || a.id - b.id))
      .slice(0, query.limit ?? DEFAULT_QUERY_LIMIT);
  }

  async prune(options: PruneCalls): Promise<number> {
    this.#check();
    checkPrune(options);
    const { olderThan, now, keepCursorRows, dryRun } = options;
    const gone = [...this.#rows.values()].filter(
      (row) =>
        row.timestamp < olderThan &&
        !(row.writeOpPointsConsumed > 0 && row.timestamp >= now - BUDGET_WINDOW_MS) &&
        !this.budgets.isCharged(row.id, now - BUDGET_WINDOW_MS) &&
        !(keepCursorRows === true && row.cursorReceived !== null),
    );
    if (dryRun !== true) {
      for (const { id } of gone) this.#rows.delete(id);
      this.budgets.forget(gone.map(({ id }) => id));
    }
    return gone.length;
  }

  async stats(filter: CallFilter = {}): Promise<readonly CallStats[]> {
    this.#check();
    checkFilter(filter);
    const rows = [...this.#rows.values()].filter((row) => matchesCall(row, filter));
    return [...Map.groupBy(rows, (row) => row.endpoint)]
      .map(([endpoint, calls]) => ({ endpoint, ...figures(calls) }))
      .toSorted((a, b) => b.calls - a.calls || (a.endpoint < b.endpoint ? -1 : 1));
  }

  async timeline(query: CallPeriods): Promise<readonly CallPeriod[]> {
    this.#check();
    checkPeriods(query);
    const length = periodLength(query);
    const rows = [...this.#rows.values()].filter((row) => matchesCall(row, query));
    const periodOf = (row: CallRow): number => Math.floor((row.timestamp - query.since) / length);
    return [...Map.groupBy(rows, periodOf)]
      .toSorted(([one], [other]) => one - other)
      .map(([period, calls]) => ({
        start: query.since + period * length,
        points: calls.reduce((sum, row) => sum + row.writeOpPointsConsumed, 0),
        ...figures(calls),
      }));
  }
}

function figures(calls: readonly CallRow[]): Omit<CallStats, "endpoint"> {
  const durations = calls.flatMap((row) => row.durationMicroseconds ?? []).toSorted((a, b) => a - b);
  const rank = (share: number): number | null => durations[Math.ceil(durations.length * share) - 1] ?? null;
  return {
    calls: calls.length,
    errors: calls.filter((row) => row.state === "failed" || row.state === "unknown").length,
    p50Microseconds: rank(0.5),
    p95Microseconds: rank(0.95),
  };
}
