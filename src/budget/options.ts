import { ValidationError } from "../core/errors/index.ts";
import type { BudgetPolicy } from "../core/errors/index.ts";
import { given } from "../core/call/defaults.ts";
import { parseService } from "../core/identifiers.ts";
import type { BudgetWindow } from "../storage/ports/index.ts";
import { type BudgetKind, limits } from "./limits.ts";

/** How much may be spent. 0 refuses everything, `false` counts without refusing. */
export interface BudgetLimits {
  /** Write points an hour and account. Default 5,000, or what the server says */
  readonly hour?: number | false | undefined;
  /** Write points a day and account. Default 35,000, or what the server says */
  readonly day?: number | false | undefined;
  /** uploadBlob a day and account. Default 1,000, or what the server says */
  readonly uploads?: number | false | undefined;
  /** `false`: logins are not held to 30 in five minutes and 300 a day */
  readonly logins?: boolean | undefined;
  /** `false`: changes of handle are not held to 10 in five minutes and 50 a day */
  readonly handles?: boolean | undefined;
  /** `false`: calls are not slowed when a server has few requests left for this address */
  readonly pacing?: boolean | undefined;
}

/** What accounts may spend, and what happens when that is used up. */
export interface BudgetOptions extends BudgetLimits {
  /** What to do when a budget is used up. Default `throw` */
  readonly policy?: BudgetPolicy | undefined;
  /** Milliseconds that `wait` waits at most. Default: as long as the call's `timeout` allows */
  readonly maxWait?: number | undefined;
  /** What is different at single servers, by URL: `{ "https://pds.example.com": false }` for one without limits */
  readonly services?: Readonly<Record<string, BudgetLimits | false>> | undefined;
}

/** The windows of each budget at one server; absent where nothing limits it. */
export interface ServiceLimits {
  readonly windows: Readonly<Partial<Record<BudgetKind, readonly BudgetWindow[]>>>;
  readonly paced: boolean;
}

const amounts = ["hour", "day", "uploads"] as const;

/** Budgets as they were asked for, by server. */
export class BudgetConfig {
  readonly policy: BudgetPolicy;
  readonly maxWait: number;
  readonly #common: BudgetLimits | false;
  readonly #special = new Map<string, BudgetLimits | false>();
  readonly #resolved = new Map<string, ServiceLimits>();

  /** @throws ValidationError for what is no amount or URL */
  constructor(options: BudgetOptions | false = {}) {
    const { policy = "throw", maxWait = Infinity, services = {}, ...common } = options === false ? {} : options;
    this.policy = policy;
    this.maxWait = maxWait;
    this.#common = options === false ? false : checked(common, "budget");
    for (const [service, special] of Object.entries(services)) {
      const name = `budget.services[${JSON.stringify(service)}]`;
      this.#special.set(parseService(service, name), special === false ? false : checked(special, name));
    }
  }

  /** What counts at a server, by its origin. */
  at(origin: string): ServiceLimits {
    let known = this.#resolved.get(origin);
    if (known === undefined) this.#resolved.set(origin, (known = this.#resolve(origin)));
    return known;
  }

  #resolve(origin: string): ServiceLimits {
    const special = this.#special.get(origin);
    if (special === false || this.#common === false) return { windows: {}, paced: false };
    const { hour, day, uploads, logins, handles, pacing } = { ...this.#common, ...given(special ?? {}) };
    const [hourly, daily] = limits.write;
    const windows = {
      ...windowsOf("write", [hour, hourly], [day, daily]),
      ...windowsOf("upload", [uploads, limits.upload[0]]),
      ...(logins !== false && windowsOf("login", ...limits.login.map((limit) => [undefined, limit] as const))),
      ...(handles !== false && windowsOf("handle", ...limits.handle.map((limit) => [undefined, limit] as const))),
    };
    return { windows, paced: pacing !== false };
  }
}

type Asked = readonly [own: number | false | undefined, limit: (typeof limits.write)[number] | undefined];

function windowsOf(kind: BudgetKind, ...asked: readonly Asked[]): ServiceLimits["windows"] {
  const windows = asked.flatMap(([own, limit]) =>
    own === false || limit === undefined
      ? []
      : [{ seconds: limit.seconds, limit: own ?? limit.limit, learns: own === undefined }],
  );
  return windows.length === 0 ? {} : { [kind]: windows };
}

function checked(given: BudgetLimits, where: string): BudgetLimits {
  for (const name of amounts) {
    const amount = given[name];
    if (amount === undefined || amount === false || (Number.isInteger(amount) && amount >= 0)) continue;
    const path = `${where}.${name}`;
    throw new ValidationError(`${path} must be a whole number, 0 included, or false. Nothing was sent.`, {
      issues: [{ path, message: "must be a whole number from 0 on, or false" }],
    });
  }
  return given;
}
