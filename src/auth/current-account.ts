import type { CallAccount, WaitLimit } from "../core/call/call-account.ts";
import { NotAuthenticatedError, ValidationError } from "../core/errors/index.ts";
import type { AccountPreview, Accounts } from "./accounts.ts";
import { AccessTokenAccount } from "./access-token-account.ts";
import type { SessionInfo } from "./session/session.ts";
import { homeOf, infoOf } from "./session/session.ts";
import type { LoginOptions } from "./login.ts";
import type { ServiceAuthRequest } from "./service-tokens.ts";
import type { SessionManager } from "./session/session-manager.ts";
import { readSession, writeSession } from "./session/session-string.ts";

/** The session a client speaks for. */
export interface ClientSession {
  /** Without tokens; `undefined` before the first call that needs the session, and without an account */
  readonly info: SessionInfo | undefined;
  /** The session as one string, tokens included: keep it like a password. Logs in if needed */
  export(): Promise<string>;
  /** Takes a session from `export()`, stores it unless a newer one of the account is stored, and speaks for its account from now on */
  import(session: string): Promise<SessionInfo>;
}

/** Whom a client or view speaks for now. It changes with login and logout, for all views that share it. */
export class CurrentAccount implements ClientSession {
  readonly #accounts: Accounts;
  #account: SessionManager | AccessTokenAccount | undefined;

  constructor(accounts: Accounts, account: SessionManager | AccessTokenAccount | undefined) {
    this.#accounts = accounts;
    this.#account = account;
  }

  /** `undefined` for nobody, also after a logout */
  get account(): CallAccount | undefined {
    const account = this.#account;
    return account === undefined || (!(account instanceof AccessTokenAccount) && account.ended) ? undefined : account;
  }

  /** Whom calls would be made as. Nobody is logged in for it */
  async preview(): Promise<{ readonly account?: CallAccount; readonly outlook?: AccountPreview }> {
    const { account } = this;
    if (account instanceof AccessTokenAccount) {
      return { account, outlook: { did: await account.did(), handle: undefined, session: "access token" } };
    }
    if (account === undefined || this.#manager === undefined) return {};
    return this.#accounts.preview(this.#manager);
  }

  /** Facts of the session in use, without its tokens; `undefined` before the first call that needs it */
  get info(): SessionInfo | undefined {
    const session = this.#manager?.current;
    return session && infoOf(session);
  }

  get #manager(): SessionManager | undefined {
    return this.#account instanceof AccessTokenAccount ? undefined : this.#account;
  }

  async login(identifier?: string, password?: string, options?: LoginOptions): Promise<SessionInfo> {
    const manager = identifier === undefined ? this.#manager : this.#accounts.manager(identifier);
    if (manager === undefined) {
      throw new ValidationError(
        "login() does not know whose session it shall be: client.login(identifier, password), new Client({ identifier, password }), or BSKY_AUTH_USERNAME and BSKY_AUTH_PASSWORD. Nothing was sent.",
        { issues: [{ path: "identifier", message: "is missing" }] },
      );
    }
    const session = await manager.login(password, options);
    this.#account = manager;
    return infoOf(session);
  }

  async logout(): Promise<void> {
    await this.#manager?.logout();
    if (this.#account instanceof AccessTokenAccount) this.#account = undefined;
  }

  async did(): Promise<string> {
    if (this.#account instanceof AccessTokenAccount) {
      const did = await this.#account.did();
      if (did !== undefined) return did;
      throw new NotAuthenticatedError("The access token of this client does not say whose it is.");
    }
    return (await this.#someone().ready()).did;
  }

  async pds(): Promise<string> {
    if (this.#account instanceof AccessTokenAccount) return this.#account.home();
    return homeOf(await this.#someone().ready());
  }

  /** A token by which another service knows the account. */
  async serviceAuth(request: ServiceAuthRequest, patience: WaitLimit): Promise<string> {
    const account = this.#account instanceof AccessTokenAccount ? this.#account : this.#someone();
    return account.serviceTokens.give(request, patience);
  }

  /** See {@link ClientSession.export}. */
  async export(): Promise<string> {
    return writeSession(await this.#someone().ready());
  }

  async import(text: string): Promise<SessionInfo> {
    const session = readSession(text);
    const manager = this.#accounts.manager(session.did);
    const imported = await manager.import(session);
    this.#account = manager;
    return infoOf(imported);
  }

  #someone(): SessionManager {
    const manager = this.#manager;
    if (manager !== undefined && !manager.ended) return manager;
    throw new NotAuthenticatedError(
      "This client has no account. Give it one: BSKY_AUTH_USERNAME and BSKY_AUTH_PASSWORD, new Client({ identifier, password }), or client.login(identifier, password).",
    );
  }
}
