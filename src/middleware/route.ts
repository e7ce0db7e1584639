import { NotAuthenticatedError } from "../core/errors.ts";
import type { CallRequest, Middleware } from "../core/pipeline.ts";
import { parseService } from "../core/syntax.ts";
import { accountless, entryway, privateReads, publicAppView, publicReads } from "./routes.ts";

export interface RouteConfig {
  /** Origin of the account's own server, if the client names one */
  readonly service: string | undefined;
  readonly hasAccount: boolean;
}

/** Chooses the host of a call, and whether the account's token belongs there: only on the account's own server. */
export function route({ service, hasAccount }: RouteConfig): Middleware {
  const home = service ?? entryway;
  return (next) => (request) => {
    const { options, definition, headers } = request;
    if (!hasAccount && !("authorization" in headers) && needsAccount(request)) {
      throw new NotAuthenticatedError(
        `${definition.nsid} needs an account, and this client has none. Give it one: new Client({ service, accessToken }). Nothing was sent.`,
        { nsid: definition.nsid },
      );
    }
    const explicit = options.service === undefined ? undefined : parseService(options.service);
    const anonymousHome = service ?? (definition.kind === "query" ? publicAppView : entryway);
    const chosen = explicit ?? (hasAccount ? home : anonymousHome);
    request.trace.service = chosen;
    return next({ ...request, service: chosen, authenticated: hasAccount && chosen === home });
  };
}

function needsAccount({ definition: { nsid, kind } }: CallRequest): boolean {
  if (kind === "procedure") return !accountless.has(nsid);
  return privateReads.some((prefix) => nsid.startsWith(prefix)) && !publicReads.has(nsid);
}
