import type { CallAccount, WaitLimit } from "../core/call/call-account.ts";
import { NotAuthenticatedError } from "../core/errors/index.ts";
import { isDid, isEmail, plainName } from "../core/identifiers.ts";
import type { SessionManager } from "./session/session-manager.ts";
import type { SessionContext } from "./session/session-context.ts";
import type { Session } from "./session/session.ts";
import { homeOf } from "./session/session.ts";

/** An account as far as it is known without a login: it says where calls would go, and has no token for any. */
export class PreviewAccount implements CallAccount {
  readonly serviceTokens = { get: (): Promise<never> => this.credential() };
  readonly session: Session | undefined;
  readonly #manager: SessionManager;
  readonly #context: SessionContext;

  constructor(manager: SessionManager, session: Session | undefined, parts: SessionContext) {
    this.#manager = manager;
    this.session = session;
    this.#context = parts;
  }

  /** @throws what the login would be refused for */
  async home(): Promise<string> {
    if (this.session !== undefined) return homeOf(this.session);
    const { identity, service, entryway } = this.#context;
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
    if (!isEmail(name)) return (await this.#context.identity.resolve(name)).did;
    throw new NotAuthenticatedError(`Whose account ${name} is will be known after its login: client.login()`);
  }

  trusts(origin: string, patience: WaitLimit): Promise<boolean> {
    return this.#manager.trusts(origin, patience);
  }

  owns(repo: string): boolean {
    return [this.#manager.name, this.session?.did, this.session?.handle].includes(plainName(repo));
  }

  credential(): Promise<never> {
    return Promise.reject(new Error("A preview sends nothing."));
  }
}
