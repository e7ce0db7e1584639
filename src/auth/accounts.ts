import type { Clock } from "../core/clock.ts";
import type { Transport } from "../core/http/transport.ts";
import type { Logger } from "../core/logger.ts";
import type { Call } from "../core/lexicon/namespace.ts";
import type { CallAccount, WaitLimit } from "../core/call/call-account.ts";
import type { Services } from "../core/services.ts";
import type { SessionStore, SessionSummary } from "../storage/ports/index.ts";
import { documentUrl, isLoopback, labeler } from "../identity/did-document.ts";
import { AccessTokenAccount } from "./access-token-account.ts";
import { IdentityResolver } from "../identity/identity-resolver.ts";
import { isDid, isEmail, plainName } from "../core/identifiers.ts";
import { PreviewAccount } from "./account-preview.ts";
import type { SessionEvents } from "./session/session-events.ts";
import { StoredSessions } from "./session/stored-sessions.ts";
import type { SessionContext } from "./session/session-context.ts";
import { SessionManager } from "./session/session-manager.ts";
import { SessionEndpoints } from "./session/session-endpoints.ts";
import { withDeadline } from "./with-deadline.ts";

export interface AccountsConfig {
  /** Calls as nobody, with the client's headers */
  readonly call: Call;
  /** The same without them, to hosts that the user did not name */
  readonly callStranger: Call;
  readonly callAs: (account: CallAccount) => Call;
  readonly store: SessionStore;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Origin the client names for logins */
  readonly service: string | undefined;
  readonly services: Services;
  readonly trustedServices: ReadonlySet<string>;
  /** Origin that is asked for the DIDs of handles. Default: an account's own server, then `service`, else the public AppView */
  readonly handleResolver: string | undefined;
  /** Origin. Default `https://plc.directory` */
  readonly plcDirectory: string | undefined;
  readonly identifier: string | undefined;
  readonly password: string | undefined;
  /** Where it came from, for messages */
  readonly passwordFrom: string;
  readonly accessToken: string | undefined;
  readonly events: SessionEvents;
}

/** Whom a call would be made as. */
export interface AccountPreview {
  /** `undefined` until somebody can say */
  readonly did: string | undefined;
  /** `undefined` until somebody can say */
  readonly handle: string | undefined;
  /** `none`: the call would log in first */
  readonly session: "in use" | "stored" | "access token" | "none";
}

/** The sessions in the database. */
export interface ClientSessions {
  /** Without tokens, newest first; those that are over only with `includeDead` */
  list(options?: { readonly service?: string; readonly includeDead?: boolean }): Promise<readonly SessionSummary[]>;
}

/** Previews and accounts with a session are asked, which wait for nobody. */
const forEver: WaitLimit = { signal: undefined, deadline: Infinity };

/** All accounts of a client and of its views: one manager each, so that their calls share logins and refreshes. */
export class Accounts implements ClientSessions {
  /** Whom the client speaks for from the start */
  readonly initial: SessionManager | AccessTokenAccount | undefined;
  readonly #managers = new Map<string, SessionManager>();
  readonly #context: SessionContext;
  readonly #store: SessionStore;
  /** The directory is on this machine: a network for development */
  readonly #isLocal: boolean;
  readonly #asksOwnServer: boolean;

  constructor(config: AccountsConfig) {
    const { call, callAs, transport, clock, logger, service, services, trustedServices } = config;
    const { identifier, password, accessToken } = config;
    const { entryway } = services;
    const resolver = config.handleResolver ?? service ?? services.appview;
    const plcDirectory = config.plcDirectory ?? "https://plc.directory";
    this.#store = config.store;
    this.#asksOwnServer = config.handleResolver === undefined;
    this.#isLocal = isLoopback(plcDirectory);
    this.#context = {
      call,
      callAs,
      server: new SessionEndpoints(call),
      keeper: new StoredSessions(config.store, clock, logger),
      identity: new IdentityResolver({
        call: config.handleResolver === undefined && service === undefined ? config.callStranger : call,
        callFirst: call,
        transport,
        clock,
        resolver,
        plcDirectory,
      }),
      events: config.events,
      clock,
      service,
      entryway,
      passwordFrom: config.passwordFrom,
      trustedServices,
    };
    if (accessToken !== undefined) {
      this.initial = new AccessTokenAccount(accessToken, service ?? entryway, trustedServices, this.#context);
    } else if (identifier !== undefined) {
      const name = plainName(identifier);
      this.initial = new SessionManager(name, password, this.#context);
      this.#managers.set(name, this.initial);
    }
  }

  /** The manager of an account, by any of the names it is known by here. */
  manager(name: string): SessionManager {
    const plain = plainName(name);
    const known = this.#managers.get(plain) ?? this.#byAlias(plain);
    if (known !== undefined) return known;
    const made = new SessionManager(plain, undefined, this.#context);
    this.#managers.set(plain, made);
    return made;
  }

  /** What is known of an account without a login. */
  async preview(manager: SessionManager): Promise<{ readonly account: CallAccount; readonly outlook: AccountPreview }> {
    const session = await manager.known();
    const { did, handle } = session ?? {};
    const how = session === undefined ? "none" : session === manager.current ? "in use" : "stored";
    const name = isDid(manager.name) ? { did: manager.name } : isEmail(manager.name) ? {} : { handle: manager.name };
    return {
      account: new PreviewAccount(manager, session, this.#context),
      outlook: { did, handle: handle ?? undefined, ...(session === undefined && name), session: how },
    };
  }

  /** Origin of the server that has a repository; `undefined` if nobody can say now. */
  async locate(repo: string, patience: WaitLimit): Promise<string | undefined> {
    const { clock, identity } = this.#context;
    // Who names a repository must not lead a program to what listens on its own machine, unless all its servers are there.
    const isOpen = async (url: string): Promise<boolean> => {
      if (this.#isLocal) return true;
      const { isPrivateHost } = await import("../core/http/public-addresses.ts");
      return !isPrivateHost(URL.parse(url)?.hostname ?? "");
    };
    const find = async (): Promise<string | undefined> => {
      if (isDid(repo) && !(await isOpen(documentUrl(repo, "") ?? ""))) return undefined;
      const { pds } = await identity.resolve(repo);
      return (await isOpen(pds)) ? pds : undefined;
    };
    const found = find().catch(() => undefined);
    return withDeadline(clock, found, patience);
  }

  /** Origin of the server an account serves its labels at. Rejects with `SessionError` if it has none */
  labeler(name: string): Promise<string> {
    return this.#context.identity.service(name, labeler);
  }

  #byAlias(plain: string): SessionManager | undefined {
    // By DID only, and only where the user typed a name that the DID was checked for: a handle is what a server says.
    return [...this.#managers.values()].find(({ current, name }) => current?.did === plain && !isEmail(name));
  }

  /**
   * The DID a handle belongs to, remembered for some minutes; `undefined` if nobody has it. The server of the account that wants to
   * know is asked first: it knows its own accounts, also where nobody else does. Nobody is logged in for it.
   */
  async didOf(handle: string, account: CallAccount | undefined): Promise<string | undefined> {
    const first = this.#asksOwnServer ? await account?.home(forEver).catch(() => undefined) : undefined;
    return this.#context.identity.didOf(handle, { first });
  }

  /** Lets logins, refreshes and logouts that are under way end, and stores what could not be stored before. */
  async settle(): Promise<void> {
    await Promise.all([...this.#managers.values()].map((manager) => manager.settle()));
  }

  list(options?: { readonly service?: string; readonly includeDead?: boolean }): Promise<readonly SessionSummary[]> {
    return this.#store.list(options);
  }
}
