import { type Charge, chargeOf } from "../budget/charge.ts";
import { windowsOf } from "../budget/client-budget.ts";
import { units } from "../budget/limits.ts";
import { exceeded, outlook, shortageOf } from "../budget/refusal.ts";
import { accountsServer } from "../core/call/call-account.ts";
import { SkylexError, ValidationError } from "../core/errors/index.ts";
import type { CallRequest, Preparation } from "../core/pipeline.ts";
import { retrySettings } from "../core/http/retry-policy.ts";
import { sentHeaders } from "../core/http/request.ts";
import type { Redactor } from "../log/redact.ts";
import { REDACTED } from "../log/redact.ts";
import { cleaner } from "../log/row.ts";
import type { Choice, Reason, RouteConfig } from "../routing/choose-route.ts";
import { chooseRoute, routed } from "../routing/choose-route.ts";
import { isIdempotent } from "../write-reconciliation/idempotent.ts";
import { writesOf } from "../write-reconciliation/writes.ts";
import type { AccountPreview } from "../auth/accounts.ts";
import { checksOf } from "../validate/checks.ts";
import type { Explanation, ExplainedAuth, ExplainedBudget, ExplainedRepetition } from "./explanation.ts";
import { print } from "./text.ts";

export interface ExplainConfig {
  /** Does with a call what is done before its route is chosen; sends nothing */
  readonly prepare: Preparation;
  readonly routing: RouteConfig;
  readonly redactor: Redactor;
  readonly budgets: Parameters<typeof windowsOf>[0];
}

/** Says what a call would do. Nothing is sent to where it would go, and nobody is logged in. */
export async function explain(
  { prepare, routing, redactor, budgets }: ExplainConfig,
  request: CallRequest,
  account: AccountPreview | undefined,
): Promise<Explanation> {
  const { nsid, kind } = request.definition;
  let prepared = request;
  let choice: Choice | undefined;
  let budget: Explanation["budget"];
  let refusal: Explanation["refusal"];
  try {
    prepared = await prepare(request);
    choice = await chooseRoute(routing, prepared, prepared.account);
    prepared = routed(prepared, choice, routing);
    const charge = await chargeOf(prepared);
    budget = charge && (await budgetFor(prepared, charge, budgets));
    if (charge !== undefined) await refuseWhatDoesNotFit(prepared, charge, budgets);
  } catch (error) {
    if (!(error instanceof SkylexError)) throw error;
    const issues = error instanceof ValidationError ? error.issues : [];
    refusal = { name: error.name, message: cleaner(request, redactor)(error.message), issues };
  }
  const route = choice?.route ?? routing.table.find(request.definition);
  const clean = cleaner(prepared, redactor);
  const { body } = prepared;
  const explanation: Explanation = {
    nsid,
    kind,
    method: kind === "query" ? "GET" : "POST",
    url: choice && clean(choice.service + prepared.path),
    host: {
      origin: choice?.service,
      why: choice && reasons[choice.reason],
      route: route.nsid,
      rule: route.why,
      source: route.source,
    },
    account,
    auth: choice === undefined ? undefined : authOf(prepared),
    proxy: choice?.proxy,
    labelers: choice?.labelers,
    headers: headersOf(prepared, redactor, clean),
    body: body === undefined ? undefined : { encoding: body.encoding, bytes: body.length },
    checks: checksOf(prepared),
    budget,
    repetition: repetitionOf(prepared),
    refusal,
  };
  // Beside the data, so that it is printed as an object where objects are wanted.
  Object.defineProperty(explanation, "toString", { value: () => print(explanation) });
  return explanation;
}

const reasons: Readonly<Record<Reason, string>> = {
  account: "the account's own server",
  repo: "the server that has the repository",
  route: "named by the routing table",
  call: "named by the option `service` of the call or view",
  client: "named by the option `service` of the client",
};

/** @throws RateLimitExceededError where the call would, unless a function of the user's is to be asked */
async function refuseWhatDoesNotFit(
  request: CallRequest,
  charge: Charge,
  { config, clock, store }: ExplainConfig["budgets"],
): Promise<void> {
  const windows = config.at(request.service).windows[charge.kind];
  if (windows === undefined) return;
  const now = clock.now();
  const refusal = await outlook(store, charge, windows, now);
  const { freeAt } = refusal;
  if (freeAt !== null) {
    const policy = request.options.budget ?? config.policy;
    const waitsUntil = Math.min(request.deadline, now + config.maxWait);
    if (freeAt <= now || typeof policy === "function" || policy === "send") return;
    if (policy === "wait" && freeAt <= waitsUntil) return;
  }
  throw exceeded(request, shortageOf(request.definition.nsid, charge, refusal), windows);
}

async function budgetFor(
  request: CallRequest,
  charge: Charge,
  budgets: ExplainConfig["budgets"],
): Promise<ExplainedBudget> {
  const { kind, points: cost, account, budget } = charge;
  return { cost, unit: units[kind], account, windows: await windowsOf(budgets, kind, budget, request.service) };
}

function authOf({ auth, headers, account, definition }: CallRequest): ExplainedAuth {
  if ("authorization" in headers) return { kind: headers["authorization"] === undefined ? "none" : "own header" };
  if (account === undefined || auth === "none") return { kind: "none" };
  if (auth === "session") return { kind: "access token" };
  if (auth === "refresh") return { kind: "refresh token" };
  const { aud, lxm = definition.nsid, seconds = 60 } = auth;
  return {
    kind: "service token",
    aud: aud === accountsServer ? "the DID of the account's own server" : aud,
    lxm,
    seconds,
  };
}

function headersOf(request: CallRequest, redactor: Redactor, clean: (text: string) => string): Record<string, string> {
  const { headers, body, auth, account, definition } = request;
  const sent = sentHeaders({
    ...(body && { "content-type": body.encoding }),
    ...headers,
    ...(account !== undefined &&
      auth !== "none" &&
      !("authorization" in headers) && { authorization: `Bearer ${REDACTED}` }),
  });
  return Object.fromEntries(
    Object.entries(sent).map(([name, value]) => [
      name,
      name !== "authorization" && redactor.isSecret(name, definition.nsid) ? REDACTED : clean(value),
    ]),
  );
}

function repetitionOf(request: CallRequest): ExplainedRepetition {
  const { options, body } = request;
  const attempts = body?.replayable === false ? 1 : retrySettings(options.retry).attempts;
  if (options.retry !== false && writesOf(request).length > 0) {
    const afterLostAnswer = attempts > 1 ? "looked up, and repeated if not done" : "looked up, not repeated";
    return { attempts, afterLostAnswer };
  }
  return { attempts, afterLostAnswer: attempts > 1 && isIdempotent(request) ? "repeated" : "not repeated" };
}
