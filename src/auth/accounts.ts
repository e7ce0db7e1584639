import type { Clock } from "../core/clock.ts";
import type { Transport } from "../core/transport.ts";
import type { Logger } from "../core/logger.ts";
import type { Call } from "../core/namespace.ts";
import type { CallAccount, Patience } from "../core/account.ts";
import type { Services } from "../core/services.ts";
import type { SessionStore, SessionSummary } from "../storage/ports.ts";
import { documentUrl, isLoopback } from "./did-document.ts";
import { FixedAccount } from "./fixed-account.ts";
import { labeler } from "./did-document.ts";
import { IdentityResolver } from "./identity.ts";
import { isDid, isEmail, plainName } from "./names.ts";
import { Preview } from "./preview.ts";
import type { SessionEvents } from "./session-events.ts";
import { SessionKeeper } from "./session-keeper.ts";
import type { SessionParts } from "./session-parts.ts";
import { SessionManager } from "./session-manager.ts";
import { SessionServer } from "./session-server.ts";
import { within } from "./wait.ts";

export interface AccountsConfig {
  /** Calls as nobody */
  readonly call: Call;
  readonly callAs: (account: CallAccount) => Call;
  readonly store: SessionStore;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Origin the client names for logins */
  readonly service: string | undefined;
  readonly services: Services;
  readonly trustedServices: ReadonlySet<string>;
  /** Origin that is asked for the DIDs of handles. Default: `service`, else the public AppView */
  readonly handleResolver: string | undefined;
  /** Origin. Default `https://plc.directory` */
  readonly plcDirectory: string | undefined;
  readonly identifier: string | undefined;
  readonly password: string | undefined;
  readonly accessToken: string | undefined;
  readonly events: SessionEvents;
}

/** Whom a call would be made as. */
export interface AccountOutlook {
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

/** All accounts of a client and of its views: one manager each, so that their calls share logins and refreshes. */
export class Accounts implements ClientSessions {
  /** Whom the client speaks for from the start */
  readonly initial: SessionManager | FixedAccount | undefined;
  readonly #managers = new Map<string, SessionManager>();
  readonly #parts: SessionParts;
  readonly #store: SessionStore;
  /** The directory is on this machine: a network for development */
  readonly #isLocal: boolean;

  constructor(config: AccountsConfig) {
    const { call, callAs, transport, clock, logger, service, services, trustedServices } = config;
    const { identifier, password, accessToken } = config;
    const { entryway } = services;
    const resolver = config.handleResolver ?? service ?? services.appview;
    const plcDirectory = config.plcDirectory ?? "https://plc.directory";
    this.#store = config.store;
    this.#isLocal = isLoopback(plcDirectory);
    this.#parts = {
      call,
      callAs,
      server: new SessionServer(call),
      keeper: new SessionKeeper(config.store, clock, logger),
      identity: new IdentityResolver({ call, transport, clock, resolver, plcDirectory }),
      events: config.events,
      clock,
      service,
      entryway,
      trustedServices,
    };
    if (accessToken !== undefined) {
      this.initial = new FixedAccount(accessToken, service ?? entryway, trustedServices, this.#parts);
    } else if (identifier !== undefined) {
      const name = plainName(identifier);
      this.initial = new SessionManager(name, password, this.#parts);
      this.#managers.set(name, this.initial);
    }
  }

  /** The manager of an account, by any of the names it is known by here. */
  manager(name: string): SessionManager {
    const plain = plainName(name);
    const known = this.#managers.get(plain) ?? this.#byAlias(plain);
    if (known !== undefined) return known;
    const made = new SessionManager(plain, undefined, this.#parts);
    this.#managers.set(plain, made);
    return made;
  }

  /** What is known of an account without a login. */
  async preview(manager: SessionManager): Promise<{ readonly account: CallAccount; readonly outlook: AccountOutlook }> {
    const session = await manager.known();
    const { did, handle } = session ?? {};
    const how = session === undefined ? "none" : session === manager.current ? "in use" : "stored";
    const name = isDid(manager.name) ? { did: manager.name } : isEmail(manager.name) ? {} : { handle: manager.name };
    return {
      account: new Preview(manager, session, this.#parts),
      outlook: { did, handle: handle ?? undefined, ...(session === undefined && name), session: how },
    };
  }

  /** Origin of the server that has a repository; `undefined` if nobody can say now. */
  async locate(repo: string, patience: Patience): Promise<string | undefined> {
    const { clock, identity } = this.#parts;
    // Who names a repository must not lead a program to what listens on its own machine, unless all its servers are there.
    const isOpen = (url: string): boolean => this.#isLocal || !isLoopback(url);
    if (isDid(repo) && !isOpen(documentUrl(repo, "") ?? "")) return undefined;
    const found = identity.resolve(repo).then(
      ({ pds }) => (isOpen(pds) ? pds : undefined),
      () => undefined,
    );
    return within(clock, found, patience);
  }

  /** Origin of the server an account serves its labels at. Rejects with `SessionError` if it has none */
  labeler(name: string): Promise<string> {
    return this.#parts.identity.service(name, labeler);
  }

  #byAlias(plain: string): SessionManager | undefined {
    for (const manager of this.#managers.values()) {
      if (manager.current?.did === plain || manager.current?.handle === plain) return manager;
    }
    return undefined;
  }

  /** The DID a handle belongs to, remembered for some minutes; `undefined` if nobody has it. `fresh`: ask again */
  didOf(handle: string, options?: { readonly fresh?: boolean }): Promise<string | undefined> {
    return this.#parts.identity.didOf(handle, options);
  }

  /** Lets logins, refreshes and logouts that are under way end, and stores what could not be stored before. */
  async settle(): Promise<void> {
    await Promise.all([...this.#managers.values()].map((manager) => manager.settle()));
  }

  list(options?: { readonly service?: string; readonly includeDead?: boolean }): Promise<readonly SessionSummary[]> {
    return this.#store.list(options);
  }
}
