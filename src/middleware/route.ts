import type { CallAccount } from "../core/account.ts";
import { beforeSending } from "../core/account.ts";
import { NotAuthenticatedError } from "../core/errors.ts";
import type { CallRequest, CallResult, Middleware } from "../core/pipeline.ts";
import { entryway, publicAppView } from "../core/services.ts";
import { parseService } from "../core/syntax.ts";
import { accountless, privateReads, publicReads } from "./routes.ts";

export interface RouteConfig {
  /** Origin the client names: where accounts log in, and where calls without an account go */
  readonly service: string | undefined;
}

type Send = (origin: string, authenticated: boolean) => Promise<CallResult>;

/** Chooses the host of a call, and whether the account's token belongs there: only where the account says so. */
export function route({ service }: RouteConfig): Middleware {
  return (next) => (request) => {
    const { account, definition, headers, options } = request;
    const { nsid, kind } = definition;
    const explicit = options.service === undefined ? undefined : parseService(options.service);
    const send: Send = (origin, authenticated) => {
      request.trace.service = origin;
      return next({ ...request, service: origin, authenticated });
    };
    // A token on a call that makes an account is taken for something else: createAccount knows a service token or none.
    if (account !== undefined && !accountless.has(nsid)) return sendAs(account, request, explicit, send);
    if (!("authorization" in headers) && needsAccount(request)) {
      throw new NotAuthenticatedError(
        `${nsid} needs an account, and this client has none. Give it one: new Client({ identifier, password }), or client.login(identifier, password). Nothing was sent.`,
        { nsid },
      );
    }
    return send(explicit ?? service ?? (kind === "query" ? publicAppView : entryway), false);
  };
}

async function sendAs(
  account: CallAccount,
  request: CallRequest,
  explicit: string | undefined,
  send: Send,
): Promise<CallResult> {
  // The AppView shows everybody the same, and a token there would only be given away.
  if (explicit === publicAppView) return send(explicit, false);
  let origin: string;
  let trusted = true;
  try {
    // The entryway serves logins and nothing else: who names it means the account's own server.
    const elsewhere = explicit !== undefined && explicit !== entryway;
    origin = elsewhere ? explicit : await account.home(request);
    if (elsewhere) trusted = await account.trusts(explicit, request);
  } catch (error) {
    throw beforeSending(error, request.definition.nsid);
  }
  return send(origin, trusted);
}

function needsAccount({ definition: { nsid, kind } }: CallRequest): boolean {
  if (kind === "procedure") return !accountless.has(nsid);
  return privateReads.some((prefix) => nsid.startsWith(prefix)) && !publicReads.has(nsid);
}
