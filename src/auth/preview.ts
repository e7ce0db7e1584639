import type { CallAccount, Patience } from "../core/account.ts";
import { NotAuthenticatedError } from "../core/errors.ts";
import { isDid, isEmail, plainName } from "./names.ts";
import type { SessionManager } from "./session-manager.ts";
import type { SessionParts } from "./session-parts.ts";
import type { Session } from "./session.ts";
import { homeOf } from "./session.ts";

/** An account as far as it is known without a login: it says where calls would go, and has no token for any. */
export class Preview implements CallAccount {
  readonly serviceTokens = { get: (): Promise<never> => this.credential() };
  readonly session: Session | undefined;
  readonly #manager: SessionManager;
  readonly #parts: SessionParts;

  constructor(manager: SessionManager, session: Session | undefined, parts: SessionParts) {
    this.#manager = manager;
    this.session = session;
    this.#parts = parts;
  }

  /** @throws what the login would be refused for */
  async home(): Promise<string> {
    if (this.session !== undefined) return homeOf(this.session);
    const { identity, service, entryway } = this.#parts;
    const { name, logins } = this.#manager;
    logins.check();
    // Where an address's account lives is known to the server it logs in at.
    return isEmail(name) ? (service ?? entryway) : (await identity.resolve(name)).pds;
  }

  async did(): Promise<string> {
    if (this.session !== undefined) return this.session.did;
    const { name, logins } = this.#manager;
    if (isDid(name)) return name;
    logins.check();
    if (!isEmail(name)) return (await this.#parts.identity.resolve(name)).did;
    throw new NotAuthenticatedError(`Whose account ${name} is will be known after its login: client.login()`);
  }

  trusts(origin: string, patience: Patience): Promise<boolean> {
    return this.#manager.trusts(origin, patience);
  }

  owns(repo: string): boolean {
    return [this.#manager.name, this.session?.did, this.session?.handle].includes(plainName(repo));
  }

  credential(): Promise<never> {
    return Promise.reject(new Error("A preview sends nothing."));
  }
}
