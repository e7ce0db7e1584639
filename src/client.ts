import type { Procedures, Queries } from "../generated/root.ts";
import { Root } from "../generated/root.ts";
import { assemble, Assembly } from "./assembly.ts";
import type { ClientSession } from "./auth/account-view.ts";
import { AccountView } from "./auth/account-view.ts";
import type { ClientSessions } from "./auth/accounts.ts";
import type { LoginOptions } from "./auth/login.ts";
import type { SessionInfo } from "./auth/session.ts";
import type { SessionListener } from "./auth/session-events.ts";
import type { Answer, Arguments } from "./by-nsid.ts";
import { endpoint, refused } from "./by-nsid.ts";
import type { CallPromise } from "./core/call-promise.ts";
import { createCall } from "./core/caller.ts";
import { ValidationError } from "./core/errors.ts";
import type { Call } from "./core/namespace.ts";
import type { CallOptions } from "./core/options.ts";
import type { PagePromise } from "./core/page-promise.ts";
import { mergeHeaders } from "./core/request.ts";
import { parseService } from "./core/syntax.ts";
import type { CallLog } from "./log/call-log.ts";
import type { ClientOptions, ViewOptions } from "./options.ts";
import { Profiles } from "./profiles/profiles.ts";

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
  /** Profiles by handle or DID, kept in the database: `bsky_user_profile` */
  readonly profiles: Profiles;
  readonly #assembly: Assembly;

  constructor(options?: ClientOptions);
  constructor(options: ClientOptions | Assembly = {}) {
    super();
    this.#assembly = options instanceof Assembly ? options : assemble(options);
    const { caller, shared, view } = this.#assembly;
    this.call = createCall(caller);
    this.profiles = new Profiles({
      call: this.call,
      store: shared.storage.profiles,
      clock: shared.clock,
      viewer: async () => (view.account === undefined ? undefined : this.did()),
    });
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
    return this.#assembly.view.login(identifier, password, options);
  }

  /** Ends the session at the server and in the database. Waits for a refresh that is under way. */
  logout(): Promise<void> {
    return this.#assembly.view.logout();
  }

  /** DID of the account. Logs in if needed; rejects with `NotAuthenticatedError` without an account. */
  did(): Promise<string> {
    return this.#assembly.view.did();
  }

  /** Origin of the account's own server. Logs in if needed; rejects with `NotAuthenticatedError` without an account. */
  pds(): Promise<string> {
    return this.#assembly.view.pds();
  }

  /** The session this client speaks for. */
  get session(): ClientSession {
    return this.#assembly.view;
  }

  /** The sessions in the database. */
  get sessions(): ClientSessions {
    return this.#assembly.shared.accounts;
  }

  /** Every call, as a row that can be queried: `bsky_api_call_log` */
  get log(): CallLog {
    return this.#assembly.shared.log;
  }

  /**
   * Tells of sessions that are created, refreshed or lost by this client or its views. The function it gives ends that.
   * A listener that throws disturbs nothing; it is reported to the logger.
   */
  on(event: "session", listener: SessionListener): () => void {
    return this.#assembly.shared.accounts.events.on(listener);
  }

  /** A view of this client that does some things differently. It costs next to nothing and shares everything else. */
  with({ account, service, headers, signal, timeout }: ViewOptions): Client {
    const { shared, view, caller } = this.#assembly;
    const own = account === undefined ? view : new AccountView(shared.accounts, shared.accounts.manager(account));
    const options = {
      ...caller.options,
      ...(service !== undefined && { service: parseService(service) }),
      ...(headers !== undefined && { headers: mergeHeaders(caller.options.headers, headers) }),
      ...(signal !== undefined && { signal: either(caller.options.signal, signal) }),
      ...(timeout !== undefined && { timeout }),
    };
    return new (Client as new (assembly: Assembly) => Client)(new Assembly(shared, own, { ...caller, options }));
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

  /**
   * Writes what still has to be written, and closes the database unless it was given as an object. The client and its
   * views are done then.
   */
  close(): Promise<void> {
    return this.#assembly.shared.close();
  }

  /** `await using client = new Client()` closes it at the end of the block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const either = (one: AbortSignal | undefined, other: AbortSignal): AbortSignal =>
  one === undefined ? other : AbortSignal.any([one, other]);
