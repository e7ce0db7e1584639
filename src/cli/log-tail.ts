import type { CallRow, Client, LogFilter } from "../index.ts";

/** How long a row is waited for whose id is smaller than one that was seen already, in ms. */
const LATE_MS = 15_000;
/** How many ids back it may be. */
const LATE_IDS = 1000;
/** Rows that are read in one go. */
const PAGE = 1000;

/**
 * The end of the log as it grows, in the order of ids. PostgreSQL gives out ids before rows can be seen, so that a row may come
 * after others with larger ids: the last ids are read again for a while.
 */
export class LogTail {
  readonly #log: Pick<Client["log"], "query" | "get">;
  readonly #filter: LogFilter;
  readonly #now: () => number;
  /** Ids above `#settled` that were seen */
  readonly #seen = new Set<number>();
  /** Largest id at a moment, oldest first */
  readonly #marks: { readonly at: number; readonly id: number }[] = [];
  /** Writes whose calls have not ended */
  readonly #underWay = new Set<number>();
  /** Everything up to this id is done with */
  #settled = 0;
  #newest = 0;

  constructor(log: Pick<Client["log"], "query" | "get">, filter: LogFilter, now: () => number) {
    this.#log = log;
    this.#filter = filter;
    this.#now = now;
  }

  /** Takes the rows that are there as seen. */
  async start(): Promise<void> {
    const [newest] = await this.#log.query({ afterId: 0, limit: 1 });
    this.#newest = newest?.id ?? 0;
    this.#settled = Math.max(0, this.#newest - LATE_IDS);
    for (const { id } of await this.#read({ afterId: this.#settled })) this.#saw(id);
    this.#settle();
  }

  /** The rows that came since, and the reserved ones of before whose calls have ended. */
  async next(): Promise<readonly CallRow[]> {
    const { failed, ...filter } = this.#filter;
    const ended = await Promise.all([...this.#underWay].map((id) => this.#log.get(id)));
    const come = (await this.#read({ ...filter, afterId: this.#settled })).filter(({ id }) => !this.#seen.has(id));
    const shown: CallRow[] = [];
    for (const row of [...ended, ...come]) {
      if (row === undefined) continue;
      this.#saw(row.id);
      if (row.state === "reserved") {
        this.#underWay.add(row.id);
        continue;
      }
      this.#underWay.delete(row.id);
      if (failed !== true || row.state !== "done") shown.push(row);
    }
    this.#settle();
    return shown;
  }

  async #read(filter: LogFilter): Promise<readonly CallRow[]> {
    const rows: CallRow[] = [];
    for (let afterId = filter.afterId ?? 0; ;) {
      const page = await this.#log.query({ ...filter, afterId, limit: PAGE, order: "oldest" });
      rows.push(...page);
      afterId = page.at(-1)?.id ?? afterId;
      if (page.length < PAGE) return rows;
    }
  }

  #saw(id: number): void {
    this.#seen.add(id);
    this.#newest = Math.max(this.#newest, id);
  }

  #settle(): void {
    const now = this.#now();
    if (this.#marks.at(-1)?.id !== this.#newest) this.#marks.push({ at: now, id: this.#newest });
    const isOld = ({ at }: { readonly at: number }): boolean => now - at >= LATE_MS;
    let settled = Math.max(this.#settled, this.#newest - LATE_IDS);
    while (this.#marks[0] !== undefined && isOld(this.#marks[0])) {
      settled = Math.max(settled, this.#marks.shift()?.id ?? 0);
    }
    this.#settled = settled;
    for (const id of this.#seen) if (id <= settled) this.#seen.delete(id);
  }
}
