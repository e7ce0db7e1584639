import type { CallAccount } from "../core/call/call-account.ts";
import { beforeSending } from "../core/call/call-account.ts";
import { NotAuthenticatedError, ValidationError } from "../core/errors/index.ts";
import type { CallAuth, CallRequest } from "../core/pipeline.ts";
import type { Services } from "../core/services.ts";
import { isDid, isServiceRef, parseService } from "../core/identifiers.ts";
import type { Route } from "./route-table.ts";
import type { RouteTable } from "./find-route.ts";

export interface RouteConfig {
  readonly table: RouteTable;
  readonly services: Services;
  /** Origin the client names: where accounts log in, and where calls without an account go */
  readonly service: string | undefined;
  /** Headers that the client sends with all its calls */
  readonly clientHeaders: CallRequest["headers"];
  /** Whether servers that DID documents name must be public ones: everywhere but in a network for development */
  readonly isGuarded: boolean;
  /** Origin of the server that has a repository, by handle or DID; `undefined` if nobody can say */
  readonly locate: (repo: string, request: CallRequest) => Promise<string | undefined>;
}

/** Why a call goes where it goes. */
export type Reason =
  | "account" // the account's own server
  | "repo" // the server that has the repository
  | "route" // the row names it
  | "call" // the option `service` of the call or view
  | "client"; // the option `service` of the client

/** Where a call goes and as whom. */
export interface Choice {
  readonly route: Route;
  /** Origin */
  readonly service: string;
  readonly reason: Reason;
  /** A DID document named the host, so it must be a public one */
  readonly isForeign: boolean;
  readonly auth: CallAuth;
  /** Value of `atproto-proxy` */
  readonly proxy: string | undefined;
  /** Value of `atproto-accept-labelers` */
  readonly labelers: string | undefined;
}

/** What of an account the choice depends on. */
export type AccountPlace = Pick<CallAccount, "home" | "trusts" | "owns">;

type Place = Pick<Choice, "service" | "reason" | "auth" | "proxy">;

/**
 * Chooses for a call: what it says itself wins over the client's options, and those over the table.
 *
 * @throws ValidationError, NotAuthenticatedError for what must not be sent; whatever finding the account's server raises
 */
export async function chooseRoute(
  config: RouteConfig,
  request: CallRequest,
  account: AccountPlace | undefined,
): Promise<Choice> {
  const route = config.table.find(request.definition);
  const labelers = labelersOf(request);
  const explicit = request.options.service === undefined ? undefined : parseService(request.options.service);
  const proxy = proxyOf(request, route);
  // A token on a call that makes an account is taken for something else: createAccount knows a service token or none.
  const isForAccounts = account !== undefined && !(route.host === "login" && route.token === "none");
  const place = isForAccounts
    ? await withAccount(config, request, route, account, explicit, proxy)
    : await withoutAccount(config, request, route, explicit, proxy);
  return { route, labelers, isForeign: place.reason === "repo" && config.isGuarded, ...place };
}

async function withAccount(
  { services, locate }: RouteConfig,
  request: CallRequest,
  route: Route,
  account: AccountPlace,
  explicit: string | undefined,
  proxy: string | undefined,
): Promise<Place> {
  const { definition, headers } = request;
  if (route.needs !== undefined && proxy === undefined && explicit === undefined && request.options.proxy !== false) {
    throw missing(definition.nsid, route.needs);
  }
  // The AppView shows everybody the same, and a token there would only be given away.
  if (explicit === services.appview) return { service: explicit, reason: "call", auth: "none", proxy: undefined };
  const token = tokenOf(route, definition.nsid);
  const own = route.host === "account" || proxy !== undefined ? undefined : (route.host as string);
  if (own !== undefined && (explicit === undefined || explicit === own)) {
    return { service: own, reason: "route", auth: token, proxy };
  }
  try {
    // The entryway serves logins and nothing else: who names it means the account's own server.
    if (explicit === undefined || explicit === services.entryway) {
      const home = await account.home(request);
      const repo = explicit === undefined && proxy === undefined ? repoOf(request, route) : undefined;
      if (repo !== undefined && !("authorization" in headers) && !account.owns(repo)) {
        const there = await locate(repo, request);
        if (there !== undefined && there !== home) {
          return { service: there, reason: "repo", auth: "none", proxy };
        }
      }
      return { service: home, reason: "account", auth: sessionFor(route), proxy };
    }
    const trusted = await account.trusts(explicit, request);
    const auth = !trusted
      ? "none"
      : own === undefined
        ? sessionFor(route)
        : await tokenAt(explicit, account, request, token);
    return { service: explicit, reason: "call", auth, proxy: trusted || hasOwnProxy(request) ? proxy : undefined };
  } catch (error) {
    throw beforeSending(error, definition.nsid);
  }
}

const missing = (nsid: string, path: string): ValidationError =>
  new ValidationError(
    `${nsid} is for a moderation service, and this client knows none. Name it: new Client({ services: { ozone: "did:plc:…" } }), or { proxy: "did:plc:…#atproto_labeler" } for this call. Nothing was sent.`,
    { nsid, issues: [{ path, message: "is needed" }] },
  );

/** A service of the account's trust at another address gets what it would get at its own; the account's server knows the session. */
async function tokenAt(
  origin: string,
  account: AccountPlace,
  request: CallRequest,
  token: CallAuth,
): Promise<CallAuth> {
  return typeof token === "object" && origin === (await account.home(request)) ? "session" : token;
}

async function withoutAccount(
  { services, service, locate }: RouteConfig,
  request: CallRequest,
  route: Route,
  explicit: string | undefined,
  proxy: string | undefined,
): Promise<Place> {
  const { headers, definition } = request;
  const hasOwnToken = "authorization" in headers;
  if ((route.anonymous === undefined || proxy !== undefined) && !hasOwnToken) {
    throw new NotAuthenticatedError(
      `${definition.nsid} needs an account, and this client has none. Give it one: new Client({ identifier, password }), or client.login(identifier, password). Nothing was sent.`,
      { nsid: definition.nsid },
    );
  }
  const to = (origin: string, reason: Reason): Place => ({ service: origin, reason, auth: "none", proxy });
  if (explicit !== undefined) return to(explicit, "call");
  const anonymous = route.anonymous ?? (route.host === "account" ? "login" : route.host);
  if (route.host === anonymous && anonymous !== "login") return to(anonymous, "route");
  if (service !== undefined) return to(service, "client");
  const repo = hasOwnToken || proxy !== undefined ? undefined : repoOf(request, route);
  let there: string | undefined;
  try {
    there = repo === undefined ? undefined : await locate(repo, request);
  } catch (error) {
    throw beforeSending(error, definition.nsid);
  }
  if (there !== undefined) return to(there, "repo");
  return to(anonymous === "login" || proxy !== undefined ? services.entryway : anonymous, "route");
}

/** What proves who is asking, at the host that the row names. */
function tokenOf({ token = "session" }: Route, nsid: string): CallAuth {
  return typeof token === "object" ? { ...token, lxm: token.lxm ?? nsid } : token;
}

/** What the account's own server wants to know. */
const sessionFor = ({ token }: Route): CallAuth => (token === "refresh" ? "refresh" : "session");

function repoOf({ params }: CallRequest, { repo }: Route): string | undefined {
  const value = repo === undefined ? undefined : (params as Readonly<Record<string, unknown>> | undefined)?.[repo];
  return typeof value === "string" && value !== "" ? value : undefined;
}

const hasOwnProxy = ({ headers, options }: CallRequest): boolean =>
  "atproto-proxy" in headers || typeof options.proxy === "string";

/** The caller's own header, else the option, else the row's. */
function proxyOf({ headers, options, definition: { nsid } }: CallRequest, route: Route): string | undefined {
  if ("atproto-proxy" in headers) return headers["atproto-proxy"];
  const { proxy } = options;
  if (proxy === false) return undefined;
  if (proxy !== undefined) {
    if (isServiceRef(proxy)) return proxy;
    const message = `must be a DID with a service, "did:web:api.bsky.chat#bsky_chat", not ${JSON.stringify(proxy)}`;
    throw new ValidationError(`${nsid}: options.proxy ${message}. Nothing was sent.`, {
      nsid,
      issues: [{ path: "options.proxy", message }],
    });
  }
  return route.proxy;
}

/** https://atproto.com/specs/label#label-distribution-endpoints. An empty list asks for nobody's labels. */
function labelersOf({ headers, options, definition: { nsid } }: CallRequest): string | undefined {
  const { labelers } = options;
  const name = "atproto-accept-labelers";
  if (name in headers || labelers === undefined) return headers[name];
  for (const [index, labeler] of labelers.entries()) {
    if (isDid(labeler.replace(/;\s*redact$/, ""))) continue;
    const path = `options.labelers[${index}]`;
    const message = `must be a DID, with ";redact" behind it or not, not ${JSON.stringify(labeler)}`;
    throw new ValidationError(`${nsid}: ${path} ${message}. Nothing was sent.`, { nsid, issues: [{ path, message }] });
  }
  return labelers.join(", ");
}

const without = (headers: CallRequest["headers"], others: CallRequest["headers"]): CallRequest["headers"] =>
  Object.fromEntries(
    // One that was taken away stays so.
    Object.entries(headers).filter(
      ([name, value]) => name === "user-agent" || value === undefined || others[name] !== value,
    ),
  );

/** The call on its chosen way. */
export function routed(request: CallRequest, choice: Choice, { clientHeaders }: RouteConfig): CallRequest {
  const { service, reason, isForeign, auth, proxy, labelers } = choice;
  let { headers } = request;
  // The client's headers may be keys, to a gateway for instance, and are nothing for the server of a stranger.
  if (reason === "repo") headers = without(headers, clientHeaders);
  if (proxy !== undefined) headers = { ...headers, "atproto-proxy": proxy };
  if (labelers !== undefined) headers = { ...headers, "atproto-accept-labelers": labelers };
  return { ...request, service, isForeign, auth, headers };
}
