import type { Authority, Procedures, Queries } from "../generated/root.ts";
import { definitions, Root } from "../generated/root.ts";
import type { ClientSession } from "./auth/account-view.ts";
import { AccountView } from "./auth/account-view.ts";
import type { ClientSessions } from "./auth/accounts.ts";
import { Accounts } from "./auth/accounts.ts";
import type { LoginOptions } from "./auth/login.ts";
import type { SessionInfo } from "./auth/session.ts";
import type { SessionListener } from "./auth/session-events.ts";
import type { CallerConfig } from "./core/caller.ts";
import { createCall } from "./core/caller.ts";
import type { CallPromise } from "./core/call-promise.ts";
import { systemClock } from "./core/clock.ts";
import type { Definition, Endpoint } from "./core/definition.ts";
import { ValidationError } from "./core/errors.ts";
import { atLevel, stderrLogger } from "./core/logger.ts";
import type { Call } from "./core/namespace.ts";
import type { CallOptions } from "./core/options.ts";
import { hasNodeTransport, nodeTransport } from "./core/node-transport.ts";
import { PagePromise } from "./core/page-promise.ts";
import { mergeHeaders } from "./core/request.ts";
import { parseNsid, parseService } from "./core/syntax.ts";
import type { Transport } from "./core/transport.ts";
import { fetchTransport } from "./core/transport.ts";
import { createPipeline } from "./middleware/index.ts";
import type { ClientOptions, ViewOptions } from "./options.ts";
import { createStorage } from "./storage/create.ts";
import { version } from "./version.ts";

/** An endpoint may be named with or without `xrpc/` before it. */
type Bare<Name extends string> = Name extends `xrpc/${infer Nsid}` ? Nsid : Name;

/** What stands for a name below a known authority that is no endpoint of the kind. */
type Misspelt<Name extends string> =
  `"${Name}" is no such endpoint of the lexicons. If it is newer than they are, call it untyped: "…" as string`;

/** Arguments of an endpoint: those of its method if the name is known, anything if it is any other string. */
type Arguments<Methods, Name extends string, Untyped extends unknown[]> =
  Bare<Name> extends keyof Methods
    ? Methods[Bare<Name>] extends (...args: infer Args) => unknown
      ? Args
      : never
    : Bare<Name> extends `${Authority}.${string}`
      ? [never: Misspelt<Name>]
      : Untyped;

type Answer<Methods, Name extends string, Untyped> =
  Bare<Name> extends keyof Methods
    ? Methods[Bare<Name>] extends (...args: never) => infer Result
      ? Result
      : never
    : Untyped;

/** What a client and its views share, and what a view has of its own. */
class Core {
  readonly accounts: Accounts;
  readonly view: AccountView;
  readonly caller: CallerConfig;

  constructor(accounts: Accounts, view: AccountView, caller: Omit<CallerConfig, "account">) {
    this.accounts = accounts;
    this.view = view;
    this.caller = { ...caller, account: () => view.account };
  }
}

/**
 * A client of the AT Protocol: a method for every endpoint of the lexicons, `client.app.bsky.feed.getTimeline()`, and
 * `get`, `post` and `call` beside them. Making one does no I/O.
 *
 * Queries are sent when somebody waits for them; procedures at once.
 *
 * @example
 * const client = new Client();
 * const profile = await client.app.bsky.actor.getProfile({ actor: "bsky.app" });
 */
export class Client extends Root {
  /**
   * Calls a definition, for instance one of `skylex/definitions`: `client.call(appBskyFeedGetTimeline, { limit: 10 })`.
   * Arguments are those of the method: parameters or input first, options second.
   */
  readonly call: Call;

  readonly #core: Core;

  constructor(options?: ClientOptions);
  constructor(options: ClientOptions | Core = {}) {
    super();
    this.#core = options instanceof Core ? options : createCore(options);
    this.call = createCall(this.#core.caller);
  }

  /**
   * Makes sure that there is a session, and speaks for its account from now on. A stored session is used if there is one,
   * since servers ration logins (`fresh: true`: log in anyway). Handle, DID and e-mail address will do; what is left out
   * comes from the client's options.
   *
   * Rejects with `AuthFactorTokenRequiredError` when the account wants the code from an e-mail, with `AuthenticationError` when
   * the server does not take the password; calls then fail in the same way for five minutes without asking the server again.
   */
  login(identifier?: string, password?: string, options?: LoginOptions): Promise<SessionInfo> {
    return this.#core.view.login(identifier, password, options);
  }

  /** Ends the session at the server and in the database. Waits for a refresh that is under way. */
  logout(): Promise<void> {
    return this.#core.view.logout();
  }

  /** DID of the account. Logs in if needed; rejects with `NotAuthenticatedError` without an account. */
  did(): Promise<string> {
    return this.#core.view.did();
  }

  /** Origin of the account's own server. Logs in if needed; rejects with `NotAuthenticatedError` without an account. */
  pds(): Promise<string> {
    return this.#core.view.pds();
  }

  /** The session this client speaks for. */
  get session(): ClientSession {
    return this.#core.view;
  }

  /** The sessions in the database. */
  get sessions(): ClientSessions {
    return this.#core.accounts;
  }

  /**
   * Tells of sessions that are created, refreshed or lost by this client or its views. The function it gives ends that.
   * A listener that throws disturbs nothing; it is reported to the logger.
   */
  on(event: "session", listener: SessionListener): () => void {
    return this.#core.accounts.events.on(listener);
  }

  /** A view of this client that does some things differently. It costs next to nothing and shares everything else. */
  with({ account, service, headers, signal, timeout }: ViewOptions): Client {
    const { accounts, view, caller } = this.#core;
    const own = account === undefined ? view : new AccountView(accounts, accounts.manager(account));
    const options = {
      ...caller.options,
      ...(service !== undefined && { service: parseService(service) }),
      ...(headers !== undefined && { headers: mergeHeaders(caller.options.headers, headers) }),
      ...(signal !== undefined && { signal: either(caller.options.signal, signal) }),
      ...(timeout !== undefined && { timeout }),
    };
    return new (Client as new (core: Core) => Client)(new Core(accounts, own, { ...caller, options }));
  }

  /**
   * Calls a query by its NSID. Fully typed when the NSID is a known literal, untyped for any other string; a name below a known
   * authority that the lexicons do not have does not compile.
   *
   * Rejects with `ValidationError` when the NSID is none, or names a procedure.
   */
  get<const Name extends string>(
    nsid: Name,
    ...args: Arguments<Queries, Name, [params?: object, options?: CallOptions]>
  ): Answer<Queries, Name, PagePromise<unknown>>;
  get(nsid: string, params?: object, options?: CallOptions): unknown {
    const definition = endpoint(nsid, "query");
    return definition instanceof ValidationError ? refused(nsid, definition) : this.call(definition, params, options);
  }

  /**
   * Calls a procedure by its NSID. Typed like {@link get}. Bytes are sent as they are, with `options.encoding` as their
   * Content-Type; parameters for the URL go to `options.params`.
   *
   * Rejects with `ValidationError` when the NSID is none, or names a query.
   */
  post<const Name extends string>(
    nsid: Name,
    ...args: Arguments<Procedures, Name, [input?: unknown, options?: CallOptions]>
  ): Answer<Procedures, Name, CallPromise<unknown>>;
  post(nsid: string, input?: unknown, options?: CallOptions): unknown {
    const definition = endpoint(nsid, "procedure");
    return definition instanceof ValidationError ? refused(nsid, definition) : this.call(definition, input, options);
  }
}

/** Node's own client where there is one; it takes a fraction of the CPU. */
function transportOf({ fetch }: ClientOptions): Transport {
  if (fetch === undefined && hasNodeTransport()) return nodeTransport;
  return fetchTransport(fetch ?? ((url, init) => globalThis.fetch(url, init)));
}

const either = (one: AbortSignal | undefined, other: AbortSignal): AbortSignal =>
  one === undefined ? other : AbortSignal.any([one, other]);

function createCore(options: ClientOptions): Core {
  const { clock = systemClock, random = Math.random, accessToken, headers, timeout, attemptTimeout, retry } = options;
  const transport = transportOf(options);
  const logger = atLevel(options.logger ?? stderrLogger(() => clock.now()), options.logLevel ?? "warn");
  const origin = (name: "service" | "handleResolver" | "plcDirectory"): string | undefined =>
    options[name] === undefined ? undefined : parseService(options[name], name);
  const service = origin("service");
  const handler = createPipeline({ service, transport, clock, random, logger });
  const caller = { handler, clock, random, userAgent: options.userAgent ?? `skylex/${version}` };
  const accounts = new Accounts({
    // Headers of the client may name a proxy or a token, which are for its own calls.
    call: createCall({ ...caller, options: { attemptTimeout, retry } }),
    store: createStorage(options.storage).sessions,
    transport,
    clock,
    logger,
    service,
    trustedServices: new Set(options.trustedServices?.map((one) => parseService(one, "trustedServices"))),
    handleResolver: origin("handleResolver"),
    plcDirectory: origin("plcDirectory"),
    identifier: options.identifier ?? (process.env["BSKY_AUTH_USERNAME"] || undefined),
    password: options.password ?? (process.env["BSKY_AUTH_PASSWORD"] || undefined),
    accessToken,
  });
  const view = new AccountView(accounts, accounts.initial);
  return new Core(accounts, view, { ...caller, options: { headers, timeout, attemptTimeout, retry } });
}

/** Calls that are refused reject like all others that fail. */
const refused = (nsid: string, error: ValidationError): PagePromise<never> =>
  new PagePromise({ nsid, fetchPage: () => Promise.reject(error), items: undefined, cursor: undefined });

function endpoint<Kind extends "query" | "procedure">(
  name: string,
  kind: Kind,
): Extract<Endpoint, { kind: Kind }> | ValidationError {
  const nsid = parseNsid(name);
  if (nsid === undefined) {
    return new ValidationError(
      `${JSON.stringify(name)} is not the name of an endpoint. Names look like app.bsky.feed.getTimeline. Nothing was sent.`,
      { issues: [{ path: "nsid", message: "not an NSID" }] },
    );
  }
  const definition: Definition = index().get(nsid) ?? { kind, nsid };
  if (definition.kind === kind) return definition as Extract<Endpoint, { kind: Kind }>;
  const use = { query: ": call it with client.get", procedure: ": call it with client.post" } as Record<string, string>;
  return new ValidationError(
    `${nsid} is a ${definition.kind}, not a ${kind}${use[definition.kind] ?? ""}. Nothing was sent.`,
    { nsid, issues: [{ path: "nsid", message: `is a ${definition.kind}` }] },
  );
}

let known: ReadonlyMap<string, Definition> | undefined;

/** The table is made when the first call by name needs it, and is the same for all clients. */
function index(): ReadonlyMap<string, Definition> {
  known ??= new Map(
    definitions.flatMap((module) => Object.values(module)).map((definition) => [definition.nsid, definition]),
  );
  return known;
}
