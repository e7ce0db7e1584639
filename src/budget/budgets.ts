import { counted } from "../core/counted.ts";
import type { Clock } from "../core/clock.ts";
import { RateLimitExceededError, type BudgetShortage } from "../core/errors/index.ts";
import type { Logger } from "../core/logger.ts";
import type { CallRequest } from "../core/pipeline.ts";
import type { RateLimit } from "../core/http/rate-limit.ts";
import type { BudgetRefusal, BudgetUse, BudgetWindow, CallInput, Storage } from "../storage/ports/index.ts";
import type { Charge } from "./charge.ts";
import { type ClaimAnswer, Claims } from "./claims.ts";
import { units, windowNames } from "./limits.ts";
import type { BudgetConfig } from "./options.ts";
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
    if (!("id" in answer)) throw exceeded(spending, shortage(spending, answer));
    this.#seen.granted(charge.budget, windows, charge.points);
    for (const warning of answer.warnings) this.#context.logger.warn(warningLine(charge, warning));
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
    const { request, charge } = spending;
    const { config } = this.#context;
    const policy = request.options.budget ?? config.policy;
    const line = this.#lines.get(lineName(spending));
    if (policy === "wait" && line !== undefined && !line.isEmpty) return this.#wait(spending, line);
    const answer = await this.#claim(spending);
    if ("id" in answer || answer.freeAt === null) return answer;
    const decision = typeof policy === "function" ? await policy(shortage(spending, answer)) : policy;
    if (decision === "send") return this.#claim(spending, true);
    if (decision !== "wait" || answer.freeAt > this.#waitsUntil(request)) return answer;
    const started = this.#lines.get(lineName(spending)) ?? new WaitingLine(this.#context.clock, answer);
    this.#lines.set(lineName(spending), started);
    this.#context.logger.debug(
      `${request.definition.nsid} waits for room in the budget of ${charge.account}, at the earliest until ${new Date(answer.freeAt).toISOString()}`,
    );
    return this.#wait(spending, started);
  }

  #waitsUntil({ deadline }: CallRequest): number {
    const { config, clock } = this.#context;
    return Math.min(deadline, clock.now() + config.maxWait);
  }

  async #wait(spending: Spending, line: WaitingLine): Promise<ClaimAnswer> {
    const { request } = spending;
    const answer = await line.join({
      claim: () => this.#claim(spending),
      release: ({ id }) => void this.#giveBack(spending, id),
      until: this.#waitsUntil(request),
      signal: request.signal,
    });
    if (line.isEmpty) this.#lines.delete(lineName(spending));
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
      (answer) => void ("id" in answer && this.#giveBack(spending, answer.id)),
      () => undefined,
    );
    throw Object.assign(new Error(`No answer within ${PATIENCE} ms.`), { name: "StorageError" });
  }

  #giveBack({ charge, windows }: Spending, id: number): Promise<void> {
    const { storage, clock } = this.#context;
    this.#seen.granted(charge.budget, windows, -charge.points);
    return this.#quietly(() => storage.budgets.release(charge.budget, windows, id, charge.points, clock.now()));
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

function shortage({ request, charge }: Spending, { seconds, used, limit, freeAt }: BudgetRefusal): BudgetShortage {
  return {
    nsid: request.definition.nsid,
    account: charge.account,
    unit: units[charge.kind],
    window: windowNames[seconds] ?? `${seconds}-second`,
    used,
    cost: charge.points,
    budget: limit,
    resumeAt: freeAt === null ? undefined : new Date(freeAt),
  };
}

function exceeded({ request, windows }: Spending, details: BudgetShortage): RateLimitExceededError {
  const { nsid, account, unit, window, used, cost, budget, resumeAt } = details;
  const sent = request.trace.attempts.length;
  const again = sent === 0 ? "was not sent" : `was not sent again after ${counted(sent, "attempt")}`;
  const room =
    resumeAt === undefined
      ? "It never fits: split it, or raise the budget"
      : `There is room at ${resumeAt.toISOString()}: call again then, or wait for it with the budget policy "wait"`;
  const isOwn = windows.some(({ seconds, learns }) => windowNames[seconds] === window && !learns);
  const limits = isOwn
    ? "The limit is the one that new Client({ budget }) was given."
    : `If ${request.service} has other limits or none, say so: new Client({ budget: { services: { ${JSON.stringify(request.service)}: … } } }).`;
  return new RateLimitExceededError(
    `${nsid} ${again}: it costs ${cost} ${unit}, and ${account} has used ${used} of ${budget} in the ${window} window. ${room}. ${limits}`,
    details,
  );
}

/** The share with two decimals: `33356/35000 (95.30%)` */
function warningLine({ kind, account }: Charge, { seconds, used, limit }: BudgetUse): string {
  const share = ((used / limit) * 100).toFixed(2);
  return `Budget of ${units[kind]} of ${account}, ${windowNames[seconds] ?? seconds} window: ${used}/${limit} (${share}%)`;
}
