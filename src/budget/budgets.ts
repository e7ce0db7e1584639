import type { Clock } from "../core/clock.ts";
import type { BudgetDecision, BudgetPolicy, BudgetShortage } from "../core/errors/index.ts";
import type { Logger } from "../core/logger.ts";
import type { CallRequest } from "../core/pipeline.ts";
import type { RateLimit } from "../core/http/rate-limit.ts";
import type {
  BudgetRefusal,
  BudgetState,
  BudgetUse,
  BudgetWindow,
  CallInput,
  Storage,
} from "../storage/ports/index.ts";
import type { Charge } from "./charge.ts";
import { type ClaimAnswer, Claims } from "./claims.ts";
import { units, windowNames } from "./limits.ts";
import type { BudgetConfig } from "./options.ts";
import { exceeded, outlook, shortageOf } from "./refusal.ts";
import { ServerFiguresSeen } from "./server-figures.ts";
import { WaitingLine } from "./waiting-line.ts";

export interface BudgetParts {
  readonly config: BudgetConfig;
  readonly storage: Pick<Storage, "budgets" | "location">;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Points that an attempt has taken. */
export interface Taken {
  /** Row of the call in the log */
  readonly id: number;
  /** Gives them back, if the attempt surely never left. Never rejects */
  giveBack(): Promise<void>;
}

/** Milliseconds a call waits for storage at most, before it goes on without */
const PATIENCE = 10_000;
/** Milliseconds after which storage that failed is asked again */
const PAUSE = 5000;

interface Spending {
  readonly request: CallRequest;
  readonly charge: Charge;
  readonly windows: readonly BudgetWindow[];
  readonly row: CallInput | number;
}

/** Spends the budgets of accounts, attempt by attempt, in the database, for all processes that share it. */
export class Budgets {
  readonly #context: BudgetParts;
  readonly #claims: Claims;
  readonly #lines = new Map<string, WaitingLine>();
  readonly #seen = new ServerFiguresSeen();
  #isReported = false;
  #pausedUntil = 0;

  constructor(parts: BudgetParts) {
    this.#context = parts;
    this.#claims = new Claims(parts.storage.budgets, () => parts.clock.now());
  }

  /**
   * Takes the points of an attempt, and stores its row if it is a new one; `undefined` if nothing limits such calls, or
   * storage fails: nobody is kept from writing by that.
   *
   * @throws RateLimitExceededError if there is no room, and the policy is not to wait, or not for as long
   */
  async take(request: CallRequest, charge: Charge, row: CallInput | number): Promise<Taken | undefined> {
    const windows = this.#windows(request, charge);
    if (windows === undefined || this.#context.clock.now() < this.#pausedUntil) return undefined;
    const spending = { request, charge, windows, row };
    let answer: ClaimAnswer;
    try {
      answer = await this.#answer(spending);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "StorageError") throw error;
      this.#report(error.message);
      return undefined;
    }
    if (!("id" in answer)) throw exceeded(request, shortage(spending, answer), spending.windows);
    this.#seen.granted(charge.budget, windows, charge.points);
    if (answer.warnings.length > 0) await this.#warn(spending, answer.warnings);
    const { id } = answer;
    return { id, giveBack: () => this.#giveBack(spending, id) };
  }

  /** Notes what an answer says of the budget. Never rejects. */
  async learn(request: CallRequest, charge: Charge, said: RateLimit): Promise<void> {
    const window = this.#windows(request, charge)?.find(({ seconds }) => seconds === said.seconds);
    if (window === undefined || !this.#seen.isNews(charge.budget, said)) return;
    const { storage, clock } = this.#context;
    const { limit, remaining, resetAt } = said;
    await this.#quietly(() => storage.budgets.learn(charge.budget, window, { limit, remaining, resetAt }, clock.now()));
  }

  #windows({ service }: CallRequest, { kind }: Charge): readonly BudgetWindow[] | undefined {
    return this.#context.config.at(service).windows[kind];
  }

  async #answer(spending: Spending): Promise<ClaimAnswer> {
    const { request } = spending;
    const policy = this.#policy(request);
    const line = this.#lines.get(lineName(spending));
    if (line !== undefined && !line.isEmpty) {
      if (policy === "wait") return this.#wait(spending, line);
      if (typeof policy === "function") {
        const own = await this.#outlook(spending);
        // Others came first: there is room for this one when they have theirs.
        const freeAt = own.freeAt === null ? null : Math.max(own.freeAt, line.freeAt);
        if (!line.isEmpty) return this.#decide(spending, policy, { ...own, freeAt });
      }
    }
    const answer = await this.#claim(spending);
    return "id" in answer ? answer : this.#decide(spending, policy, answer);
  }

  #policy({ options }: CallRequest): BudgetPolicy {
    return options.budget ?? this.#context.config.policy;
  }

  async #decide(spending: Spending, policy: BudgetPolicy, refusal: BudgetRefusal): Promise<ClaimAnswer> {
    const { request, charge } = spending;
    const { freeAt } = refusal;
    if (freeAt === null) return refusal;
    const decision = typeof policy === "function" ? await policy(shortage(spending, refusal)) : policy;
    if (decision === "send") return this.#claim(spending, true);
    if (decision !== "wait" || freeAt > this.#waitsUntil(request)) return refusal;
    const line = this.#lines.get(lineName(spending)) ?? new WaitingLine(this.#context.clock, refusal);
    this.#lines.set(lineName(spending), line);
    this.#context.logger.debug(
      `${request.definition.nsid} waits for room in the budget of ${charge.account}, at the earliest until ${new Date(freeAt).toISOString()}`,
    );
    return this.#wait(spending, line, refusal);
  }

  /** How a claim would fare now. */
  #outlook({ charge, windows }: Spending): Promise<BudgetRefusal> {
    const { storage, clock } = this.#context;
    return outlook(storage.budgets, charge, windows, clock.now());
  }

  #waitsUntil({ deadline }: CallRequest): number {
    const { config, clock } = this.#context;
    return Math.min(deadline, clock.now() + config.maxWait);
  }

  async #wait(spending: Spending, line: WaitingLine, refusal?: BudgetRefusal): Promise<ClaimAnswer> {
    const { request } = spending;
    // The place in the line is taken at once; whoever can never be served in time leaves it again.
    const known = refusal === undefined ? this.#outlook(spending).catch(() => undefined) : Promise.resolve(refusal);
    const answer = await line.join({
      claim: () => this.#claim(spending),
      refusal: known,
      release: ({ id }) => void this.#giveBack(spending, id, true),
      until: this.#waitsUntil(request),
      signal: request.signal,
    });
    if (line.isEmpty && this.#lines.get(lineName(spending)) === line) this.#lines.delete(lineName(spending));
    return answer;
  }

  /** Storage's answer if it comes soon. Points that are granted too late go back. */
  async #claim(spending: Spending, force = false): Promise<ClaimAnswer> {
    const { charge, windows, row } = spending;
    const claimed = this.#claims.claim(charge.budget, windows, { points: charge.points, row, force });
    const late = Promise.withResolvers<undefined>();
    const cancel = this.#context.clock.after(PATIENCE, () => late.resolve(undefined), true);
    try {
      const answer = await Promise.race([claimed, late.promise]);
      if (answer !== undefined) {
        this.#pausedUntil = 0;
        return answer;
      }
    } finally {
      cancel();
    }
    claimed.then(
      (answer) => void ("id" in answer && this.#giveBack(spending, answer.id, true)),
      () => undefined,
    );
    throw Object.assign(new Error(`No answer within ${PATIENCE} ms.`), { name: "StorageError" });
  }

  /** @param isLate nobody waited for the points any more: a row that was made for them is nobody's */
  #giveBack({ charge, windows, row }: Spending, id: number, isLate = false): Promise<void> {
    const { storage, clock } = this.#context;
    if (!isLate) this.#seen.granted(charge.budget, windows, -charge.points);
    const isUnused = isLate && typeof row !== "number";
    return this.#quietly(() =>
      storage.budgets.release(charge.budget, windows, id, charge.points, clock.now(), isUnused),
    );
  }

  async #warn({ request, charge, windows }: Spending, warnings: readonly BudgetUse[]): Promise<void> {
    const { storage, clock, logger } = this.#context;
    let states: readonly BudgetState[] = [];
    await this.#quietly(async () => {
      states = await storage.budgets.read(charge.budget, windows, clock.now());
    });
    for (const warning of warnings) {
      const freesAt = states.find(({ seconds }) => seconds === warning.seconds)?.freesAt;
      logger.warn(warningLine(charge, warning, this.#policy(request), freesAt));
    }
  }

  /** What fails here leaves the budget a little tighter than it is; nobody needs to hear of it. */
  async #quietly(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#context.logger.debug(`The budget at ${this.#context.storage.location} was not corrected: ${String(error)}`);
    }
  }

  #report(reason: string): void {
    const { storage, clock, logger } = this.#context;
    this.#pausedUntil = clock.now() + PAUSE;
    if (this.#isReported) return;
    this.#isReported = true;
    logger.warn(`Budgets cannot be checked at ${storage.location}: ${reason} Calls are sent without it.`);
  }
}

const lineName = ({ request, charge }: Spending): string => `${request.service} ${charge.budget}`;

const shortage = ({ request, charge }: Spending, refusal: BudgetRefusal): BudgetShortage =>
  shortageOf(request.definition.nsid, charge, refusal);

/** What becomes of calls that do not fit, by policy. */
const consequences: Readonly<Record<BudgetDecision | "function", string>> = {
  throw: "Calls that do not fit are refused",
  wait: "Calls that do not fit wait",
  send: "Calls that do not fit are sent all the same, and the server may refuse them",
  function: "The budget policy decides about calls that do not fit",
};

/** The share with two decimals: `33356/35000 (95.30%)` */
function warningLine(
  { kind, account }: Charge,
  { seconds, used, limit }: BudgetUse,
  policy: BudgetPolicy,
  freesAt: number | null | undefined,
): string {
  const share = ((used / limit) * 100).toFixed(2);
  const window = windowNames[seconds] ?? `${seconds}-second`;
  const back =
    freesAt === null || freesAt === undefined ? "" : `; the oldest come back at ${new Date(freesAt).toISOString()}`;
  const next = consequences[typeof policy === "function" ? "function" : policy];
  return `Over 95 % of the ${units[kind]} that ${account} has in the ${window} window are used: ${used}/${limit} (${share}%). ${next}${back}.`;
}
