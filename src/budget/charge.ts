import { beforeSending } from "../core/call/call-account.ts";
import type { CallRequest } from "../core/pipeline.ts";
import { type BudgetKind, budgetOf, callCosts } from "./limits.ts";
import { writePoints } from "./points.ts";

/** What one attempt of a call costs, and whom. */
export interface Charge {
  readonly kind: BudgetKind;
  readonly points: number;
  /** DID; for logins the name they are for */
  readonly account: string;
  /** Name of the budget in storage */
  readonly budget: string;
}

/** What an attempt costs; nothing if its account is not known, or nobody's budget is for such calls. */
export async function chargeOf(request: CallRequest): Promise<Charge | undefined> {
  const { nsid } = request.definition;
  const points = writePoints(nsid, request.input);
  const kind = points > 0 ? "write" : callCosts[nsid];
  if (kind === undefined) return undefined;
  if (kind === "login") return login(request);
  const account = await accountOf(request);
  return account === undefined ? undefined : { kind, points: points || 1, account, budget: budgetOf(kind, account) };
}

function login({ input, service }: CallRequest): Charge | undefined {
  const { identifier } = (input ?? {}) as { readonly identifier?: unknown };
  if (typeof identifier !== "string") return undefined;
  const account = identifier.trim().replace(/^@/, "").toLowerCase().slice(0, 300);
  return { kind: "login", points: 1, account, budget: budgetOf("login", `${service} ${account}`) };
}

/** DID of the account that the server will charge; unknown for a token that is not the account's. */
async function accountOf(request: CallRequest): Promise<string | undefined> {
  const { account, auth, headers, definition, trace, input } = request;
  if (account === undefined || auth !== "session" || "authorization" in headers) return undefined;
  try {
    trace.did ??= await account.did(request);
  } catch (error) {
    throw beforeSending(error, definition.nsid);
  }
  // A token that does not say whose it is writes to its own repository all the same.
  const { repo } = (input ?? {}) as { readonly repo?: unknown };
  return trace.did ?? (typeof repo === "string" && repo.startsWith("did:") ? repo : undefined);
}
