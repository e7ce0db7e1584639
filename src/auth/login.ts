import { NotAuthenticatedError, SessionError } from "../core/errors.ts";
import { pdsOf } from "./did-document.ts";
import { LoginPause } from "./login-pause.ts";
import { isDid, isEmail } from "./names.ts";
import type { Session } from "./session.ts";
import { tokens } from "./session.ts";
import type { SessionParts } from "./session-parts.ts";
import type { SessionAnswer } from "./session-server.ts";

/** How an account is logged in. */
export interface LoginOptions {
  /** The code the server sent by e-mail after `AuthFactorTokenRequiredError` */
  readonly authFactorToken?: string | undefined;
  /** Log in although a session is there. Default false: the stored session is used, since servers ration logins */
  readonly fresh?: boolean | undefined;
}

/** Logins of one account: with what, where, and how often. The password stays here, in memory. */
export class Login {
  readonly #name: string;
  readonly #parts: SessionParts;
  readonly #pause: LoginPause;
  #password: string | undefined;

  constructor(name: string, password: string | undefined, parts: SessionParts) {
    this.#name = name;
    this.#password = password;
    this.#parts = parts;
    this.#pause = new LoginPause(parts.clock);
  }

  get isPossible(): boolean {
    return this.#password !== undefined;
  }

  /** The user asks for a login: what was refused before counts no more. */
  anew(password: string | undefined): void {
    this.#password = password ?? this.#password;
    this.#pause.end();
  }

  /** @throws NotAuthenticatedError without a password; the last refusal while it lasts */
  check(): void {
    if (!this.isPossible) throw this.impossible("no session of it is stored, and there is no password");
    this.#pause.check();
  }

  impossible(why: string): NotAuthenticatedError {
    return new NotAuthenticatedError(
      `${this.#name} has no session: ${why}. Call client.login(identifier, password), or give new Client({ identifier, password }).`,
    );
  }

  /** Where to log in: at the server the client names, else the account's own; e-mail addresses at the entryway. */
  async service(): Promise<string> {
    const { service, identity, entryway } = this.#parts;
    if (service !== undefined) return service;
    return isEmail(this.#name) ? entryway : (await identity.resolve(this.#name)).pds;
  }

  /** Logs in. The session is not stored yet. */
  async create(service: string, authFactorToken: string | undefined): Promise<Session> {
    this.check();
    const identifier = this.#name;
    const password = this.#password ?? "";
    let answer: SessionAnswer;
    try {
      answer = await this.#parts.server.create(service, { identifier, password, authFactorToken });
    } catch (error) {
      this.#pause.refused(error);
      throw error;
    }
    this.#pause.end();
    const { did, handle, didDoc } = answer;
    if (isDid(identifier) && did !== identifier) throw mismatch(identifier, did, service);
    const pds = pdsOf(didDoc, did);
    const own = tokens(answer.accessJwt, answer.refreshJwt);
    return { service, did, handle, identifier, pds, ...own, createMethod: "create", generation: 0, saved: false };
  }
}

export function mismatch(did: string, other: string, service: string): SessionError {
  return new SessionError(`${service} gave a session of ${other} for ${did}. It is not used.`, {
    did,
    reason: "mismatch",
  });
}
