import type { Clock } from "../core/clock.ts";
import type { BudgetShortage } from "../core/errors/index.ts";
import type { BudgetStore } from "../storage/ports/index.ts";
import { type BudgetKind, budgetOf, limits, windowNames } from "./limits.ts";
import type { BudgetConfig } from "./options.ts";
import { outlook, shortageOf } from "./refusal.ts";

/** One window of a budget as it is now. */
export interface BudgetWindowStatus {
  /** `1-hour`, `24-hour` or `5-minute` */
  readonly window: string;
  /** What is spent within it, by all processes on this database; more if the server says so */
  readonly used: number;
  /** `Infinity` where nothing is limited */
  readonly budget: number;
  /** What is left: `budget` less `used`, never below 0 */
  readonly remaining: number;
  /** When the oldest of what is used comes back; `undefined` if nothing is used */
  readonly freesAt: Date | undefined;
  /** What the server said last, less what was spent since; `undefined` if it said nothing in this window */
  readonly server: { readonly limit: number; readonly remaining: number; readonly resetAt: Date } | undefined;
}

/** What an account may still spend, window by window. */
export interface BudgetStatus {
  /** DID */
  readonly account: string;
  /** In write points: a create costs 3, an update 2, a delete 1 */
  readonly writes: readonly BudgetWindowStatus[];
  /** In uploads */
  readonly uploads: readonly BudgetWindowStatus[];
  /** In changes of handle */
  readonly handles: readonly BudgetWindowStatus[];
}

/** An account, and where it writes. */
export interface Spender {
  readonly did: string;
  /** Origin */
  readonly service: string;
}

export interface ClientBudgetParts {
  /** The account by any of its names, or the client's own */
  readonly spender: (account: string | undefined) => Promise<Spender>;
  readonly store: () => Promise<BudgetStore>;
  readonly config: BudgetConfig;
  readonly clock: Clock;
}

/** `client.budget`: what an account may still write. */
export class ClientBudget {
  readonly #context: ClientBudgetParts;

  constructor(parts: ClientBudgetParts) {
    this.#context = parts;
  }

  /**
   * The windows of the account's budgets. Logs in if needed.
   *
   * @param options.account handle or DID. Default: the client's account
   */
  async status({ account }: { readonly account?: string } = {}): Promise<BudgetStatus> {
    const spender = await this.#context.spender(account);
    const [writes, uploads, handles] = await Promise.all([
      this.#windows("write", spender),
      this.#windows("upload", spender),
      this.#windows("handle", spender),
    ]);
    return { account: spender.did, writes, uploads, handles };
  }

  /** Write points the account can spend at once, `Infinity` if they are not limited: what a batch of writes may cost at most. */
  async remaining({ account }: { readonly account?: string } = {}): Promise<number> {
    const writes = await this.#windows("write", await this.#context.spender(account));
    return Math.min(...writes.map(({ remaining }) => remaining));
  }

  async #windows(kind: BudgetKind, { did, service }: Spender): Promise<readonly BudgetWindowStatus[]> {
    const { config, clock, store } = this.#context;
    return windowsOf({ config, clock, store: await store() }, kind, budgetOf(kind, did), service);
  }
}

/** What is missing for so many write points; `undefined` if they fit now, or nothing limits them. Spends nothing. */
export async function writeShortage(
  { spender, store, config, clock }: ClientBudgetParts,
  nsid: string,
  points: number,
): Promise<BudgetShortage | undefined> {
  const { did: account, service } = await spender(undefined);
  const windows = config.at(service).windows.write;
  if (windows === undefined) return undefined;
  const charge = { kind: "write", account, budget: budgetOf("write", account), points } as const;
  const now = clock.now();
  const refusal = await outlook(await store(), charge, windows, now);
  return refusal.freeAt !== null && refusal.freeAt <= now ? undefined : shortageOf(nsid, charge, refusal);
}

/** The windows of one budget as they are now, at one server. Spends nothing. */
export async function windowsOf(
  { config, clock, store }: Pick<ClientBudgetParts, "config" | "clock"> & { readonly store: BudgetStore },
  kind: BudgetKind,
  budget: string,
  service: string,
): Promise<readonly BudgetWindowStatus[]> {
  const windows = config.at(service).windows[kind] ?? [];
  // What is not limited is counted all the same.
  const all = limits[kind].map(
    ({ seconds }) => windows.find((one) => one.seconds === seconds) ?? { seconds, limit: Infinity, learns: false },
  );
  const states = await store.read(budget, all, clock.now());
  return states.map(({ seconds, used, limit, freesAt, server }) => ({
    window: windowNames[seconds] ?? `${seconds}-second`,
    used,
    budget: limit,
    remaining: Math.max(0, limit - used),
    freesAt: freesAt === null ? undefined : new Date(freesAt),
    server: server === null ? undefined : { ...server, resetAt: new Date(server.resetAt) },
  }));
}
