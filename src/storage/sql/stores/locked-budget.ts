import {
  claimedRow,
  CLOCK_SKEW_MS,
  countedUntil,
  currentFigures,
  decide,
  isStale,
  learnt,
  released,
  roomOf,
  showsPoints,
  type Decision,
  type Earlier,
  type BudgetUsage,
  type Refused,
  type Room,
} from "../../shared/budget-rules.ts";
import type {
  BudgetClaim,
  BudgetGrant,
  BudgetRefusal,
  BudgetState,
  BudgetWindow,
  CallInput,
  ServerFigures,
} from "../../ports/index.ts";
import { insertCharged } from "./call-writer.ts";
import type { Opened } from "../connection/connect.ts";
import { timestampFromText } from "../schema/timestamp.ts";
import { run, type Row, type Script } from "../connection/script.ts";

const STATE = "used, since, counted_at, warned_at, server_limit, server_remaining, server_reset_at";

/**
 * A budget within a transaction. Who changes it locks the rows of its windows first, always the shortest window's before
 * the others, so that two never wait for each other.
 */
export class LockedBudget {
  readonly #opened: Opened;
  readonly #budget: string;
  readonly #windows: readonly BudgetWindow[];
  readonly #now: number;
  readonly #times = new Map<string, number>();

  constructor(opened: Opened, budget: string, windows: readonly BudgetWindow[], now: number) {
    this.#opened = opened;
    this.#budget = budget;
    this.#windows = windows;
    this.#now = now;
  }

  *claim(claims: readonly BudgetClaim[]): Script<readonly (BudgetGrant | BudgetRefusal)[]> {
    let ledgers = yield* this.#counted(yield* this.#lock(), false);
    const earlier = yield* this.#earlier(claims);
    let decision = decide(this.#windows, ledgers, claims, earlier, this.#now);
    if (decision.answers.some(isRefused)) {
      // Nobody is refused by a sum that was not just taken from the rows themselves.
      ledgers = yield* this.#counted(ledgers, true);
      decision = decide(this.#windows, ledgers, claims, earlier, this.#now);
    }
    const ids = yield* this.#charge(claims, decision);
    yield* this.#save(decision.ledgers);
    const answers: (BudgetGrant | BudgetRefusal)[] = [];
    for (const [index, answer] of decision.answers.entries()) {
      if (isRefused(answer)) {
        const { seconds, used, limit } = answer;
        answers.push({ seconds, used, limit, freeAt: yield* this.#freeAt(answer) });
      } else answers.push({ id: ids[index] as number, warnings: answer.warnings });
    }
    return answers;
  }

  *release(id: number, points: number, isUnused: boolean): Script<void> {
    const ledgers = yield* this.#lock();
    const row = yield* this.#row(id);
    if (row === undefined) return;
    yield* run(
      `update bsky_api_call_log set budget_points = budget_points - ?${this.#alsoShown("-")} where id = ?`,
      ...this.#twice(points),
      id,
    );
    yield* this.#save(ledgers.map((ledger) => released(ledger, points, row.at)));
    if (isUnused) yield* run("delete from bsky_api_call_log where id = ?", id);
  }

  *learn(figures: ServerFigures): Script<void> {
    const ledgers = yield* this.#lock();
    yield* this.#save(
      ledgers.map((ledger) => ({ ...ledger, server: learnt(ledger.server, figures, ledger.seconds, this.#now) })),
    );
  }

  *read(points?: number): Script<readonly BudgetState[]> {
    const rows = yield* run(`select seconds, ${STATE} from bsky_write_budget where budget_key = ?`, this.#budget);
    const ledgers = yield* this.#counted(this.#ledgers(rows), points !== undefined);
    const states: BudgetState[] = [];
    for (const [index, window] of this.#windows.entries()) {
      const ledger = ledgers[index] as BudgetUsage;
      const room = roomOf(window, ledger, this.#now);
      const { seconds, used, limit } = room;
      const [oldest] = yield* run(
        `select min(budget_at) as at from bsky_api_call_log
          where budget_key = ? and budget_at > ? and budget_at <= ? and budget_points > 0`,
        this.#budget,
        this.#opened.instant(ledger.since),
        this.#opened.instant(countedUntil(this.#now)),
      );
      const at = momentOf(oldest?.["at"]);
      const server = currentFigures(ledger.server, seconds, this.#now);
      const state = { seconds, used, limit, freesAt: at === null ? null : at + seconds * 1000, server };
      states.push(points === undefined ? state : { ...state, freeAt: yield* this.#freeFor(room, points) });
    }
    return states;
  }

  /** Locks the windows, and makes the rows of those that have none. */
  *#lock(): Script<readonly BudgetUsage[]> {
    const rows = yield* run(
      `insert into bsky_write_budget (budget_key, seconds, used, since, updated_at)
        values ${this.#windows.map(() => "(?, ?, 0, ?, ?)").join(", ")}
        on conflict (budget_key, seconds) do update set updated_at = excluded.updated_at returning seconds, ${STATE}`,
      ...this.#windows.flatMap(({ seconds }) => {
        const now = this.#opened.instant(this.#now);
        return [this.#budget, seconds, now, now];
      }),
    );
    return this.#ledgers(rows);
  }

  #ledgers(rows: readonly Row[]): readonly BudgetUsage[] {
    return this.#windows.map(({ seconds }) => {
      const row = rows.find((one) => Number(one["seconds"]) === seconds);
      const limit = numberOf(row?.["server_limit"]);
      const remaining = numberOf(row?.["server_remaining"]);
      const resetAt = momentOf(row?.["server_reset_at"]);
      return {
        seconds,
        used: numberOf(row?.["used"]) ?? 0,
        since: momentOf(row?.["since"]) ?? this.#now,
        countedAt: momentOf(row?.["counted_at"]),
        warnedAt: momentOf(row?.["warned_at"]),
        server: limit === null || remaining === null || resetAt === null ? null : { limit, remaining, resetAt },
      };
    });
  }

  /**
   * Moves the windows up to now. What left them since is subtracted and what they now reach is added, so that the cost does not
   * grow with what is in them; all is summed up from time to time, and `anew`.
   */
  *#counted(ledgers: readonly BudgetUsage[], anew: boolean): Script<readonly BudgetUsage[]> {
    const now = this.#now;
    const stale = anew || ledgers.some((ledger) => isStale(ledger, now));
    const moves = ledgers.map((ledger) => {
      const since = now - ledger.seconds * 1000;
      return { ledger, since, all: stale || ledger.since > since + CLOCK_SKEW_MS };
    });
    if (moves.every(({ ledger, since, all }) => !all && since <= ledger.since)) return ledgers;
    const sum = `(select coalesce(sum(budget_points), 0) from bsky_api_call_log
      where budget_key = ? and budget_at > ? and budget_at <= ?)`;
    const spans = moves.map(({ ledger: { since: last, seconds }, since, all }) => {
      if (all) return { left: [last, last], come: [since, countedUntil(now)] } as const;
      const to = Math.max(last, since);
      return { left: [last, to], come: [last, to].map((at) => countedUntil(at + seconds * 1000)) } as const;
    });
    const [sums] = yield* run(
      `select ${spans.map((_, index) => `${sum} as left${index}, ${sum} as come${index}`).join(", ")}`,
      ...spans
        .flatMap(({ left, come }) => [left, come])
        .flatMap((span) => [this.#budget, ...span.map((at) => this.#opened.instant(at))]),
    );
    return moves.map(({ ledger, since, all }, index) => {
      const [left, come] = ["left", "come"].map((name) => numberOf(sums?.[`${name}${index}`]) ?? 0) as [number, number];
      if (all) return { ...ledger, used: come, since, countedAt: now };
      return { ...ledger, used: Math.max(0, ledger.used - left) + come, since: Math.max(ledger.since, since) };
    });
  }

  *#earlier(claims: readonly BudgetClaim[]): Script<Earlier> {
    const found = new Map<number, ReturnType<Earlier>>();
    for (const { row } of claims) {
      if (typeof row === "number") found.set(row, yield* this.#row(row));
    }
    return (id) => found.get(id);
  }

  *#row(id: number): Script<ReturnType<Earlier>> {
    const [row] = yield* run(
      "select budget_points, budget_at from bsky_api_call_log where id = ? and budget_key = ?",
      id,
      this.#budget,
    );
    const at = momentOf(row?.["budget_at"]);
    return at === null ? undefined : { points: numberOf(row?.["budget_points"]) ?? 0, at };
  }

  /** Stores what was granted, and gives the ids of the rows in the order of the claims. */
  *#charge(claims: readonly BudgetClaim[], { answers }: Decision): Script<readonly (number | undefined)[]> {
    const at = this.#opened.instant(this.#now);
    const made: { readonly index: number; readonly row: CallInput; readonly points: number }[] = [];
    const ids: (number | undefined)[] = [];
    for (const [index, { row, points }] of claims.entries()) {
      if (isRefused(answers[index] as Refused)) continue;
      if (typeof row === "number") {
        ids[index] = row;
        yield* run(
          // A row that was stored while budgets could not be checked has no budget yet.
          `update bsky_api_call_log set budget_points = case when budget_key = ? then budget_points else 0 end + ?,
            budget_key = ?, budget_at = ?${this.#alsoShown("+")} where id = ?`,
          this.#budget,
          points,
          this.#budget,
          at,
          ...this.#twice(points).slice(1),
          row,
        );
      } else made.push({ index, row: claimedRow(row, this.#budget, points), points });
    }
    if (made.length === 0) return ids;
    const charge = ({ row, points }: (typeof made)[number]) => ({
      row,
      charge: { budget: this.#budget, points, at: this.#now },
    });
    const rows = yield insertCharged(this.#opened, made.map(charge));
    // They come in the order of their making, but nobody promises that.
    const inOrder = rows.map(({ id }) => Number(id)).toSorted((one, other) => one - other);
    for (const [place, { index }] of made.entries()) ids[index] = inOrder[place];
    return ids;
  }

  *#save(ledgers: readonly BudgetUsage[]): Script<void> {
    const instant = (at: number | null | undefined): string | null =>
      at === null || at === undefined ? null : this.#opened.instant(at);
    yield* run(
      `insert into bsky_write_budget (budget_key, seconds, ${STATE}, updated_at)
        values ${ledgers.map(() => "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").join(", ")}
        on conflict (budget_key, seconds) do update set used = excluded.used, since = excluded.since,
        counted_at = excluded.counted_at, warned_at = excluded.warned_at, server_limit = excluded.server_limit,
        server_remaining = excluded.server_remaining, server_reset_at = excluded.server_reset_at`,
      ...ledgers.flatMap(({ seconds, used, since, countedAt, warnedAt, server }) => [
        this.#budget,
        seconds,
        used,
        instant(since),
        instant(countedAt),
        instant(warnedAt),
        server?.limit ?? null,
        server?.remaining ?? null,
        instant(server?.resetAt),
        instant(this.#now),
      ]),
    );
  }

  *#freeFor({ seconds, used, limit, resetAt }: Room, points: number): Script<number | null> {
    if (points > limit) return null;
    return used + points <= limit ? this.#now : (resetAt ?? (yield* this.#whenBack(seconds, used + points - limit)));
  }

  *#freeAt({ never, lacks }: Refused): Script<number | null> {
    if (never) return null;
    let latest = this.#now;
    for (const { seconds, points, resetAt } of lacks) {
      latest = Math.max(latest, resetAt ?? (yield* this.#whenBack(seconds, points)));
    }
    return latest;
  }

  /** When so many points of a window have come back. */
  *#whenBack(seconds: number, points: number): Script<number> {
    const name = `${seconds} ${points}`;
    const known = this.#times.get(name);
    if (known !== undefined) return known;
    const [row] = yield* run(
      `select min(budget_at) as at from (
        select budget_at, sum(budget_points) over (order by budget_at) as freed
        from bsky_api_call_log where budget_key = ? and budget_at > ? and budget_at <= ?) as spent where freed >= ?`,
      this.#budget,
      this.#opened.instant(this.#now - seconds * 1000),
      this.#opened.instant(countedUntil(this.#now)),
      points,
    );
    const at = (momentOf(row?.["at"]) ?? this.#now) + seconds * 1000;
    this.#times.set(name, at);
    return at;
  }

  /** The points of writes stand in a column of their own as well. */
  #alsoShown(sign: "+" | "-"): string {
    return showsPoints(this.#budget) ? `, write_op_points_consumed = write_op_points_consumed ${sign} ?` : "";
  }

  #twice(points: number): readonly number[] {
    return showsPoints(this.#budget) ? [points, points] : [points];
  }
}

const isRefused = (answer: Decision["answers"][number]): answer is Refused => "lacks" in answer;

const numberOf = (value: Row[string] | undefined): number | null =>
  value === null || value === undefined ? null : Number(value);

const momentOf = (value: Row[string] | undefined): number | null =>
  value === null || value === undefined ? null : timestampFromText(value);
