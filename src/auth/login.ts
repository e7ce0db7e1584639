import {
  AuthenticationError,
  AuthFactorTokenRequiredError,
  NotAuthenticatedError,
  SessionError,
} from "../core/errors/index.ts";
import { pdsOf } from "../identity/did-document.ts";
import { LoginCooldown } from "./login-cooldown.ts";
import { isDid, isEmail, withoutNewline } from "../core/identifiers.ts";
import type { Session } from "./session/session.ts";
import { tokens } from "./session/session.ts";
import type { SessionContext } from "./session/session-context.ts";
import type { SessionResponse } from "./session/session-endpoints.ts";

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
  readonly #context: SessionContext;
  readonly #pause: LoginCooldown;
  #password: string | undefined;
  #passwordFrom: string;

  constructor(name: string, password: string | undefined, parts: SessionContext) {
    this.#name = name;
    this.#password = secretOf(password);
    this.#context = parts;
    this.#passwordFrom = parts.passwordFrom;
    this.#pause = new LoginCooldown(parts.clock);
  }

  get isPossible(): boolean {
    return this.#password !== undefined;
  }

  /** The user asks for a login: what was refused before counts no more. */
  anew(password: string | undefined): void {
    const given = secretOf(password);
    if (given !== undefined) {
      this.#password = given;
      this.#passwordFrom = "client.login()";
    }
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
    const { service, identity, entryway } = this.#context;
    if (service !== undefined) return service;
    return isEmail(this.#name) ? entryway : (await identity.resolve(this.#name)).pds;
  }

  async #ownerOf(identifier: string): Promise<string | undefined> {
    if (isEmail(identifier)) return undefined;
    return this.#context.identity.didOf(identifier).catch(() => undefined);
  }

  #notAccepted(error: AuthenticationError, service: string): AuthenticationError {
    const { nsid, http, error: name, body, callId, attempts, logId } = error;
    const refusal = new AuthenticationError(
      `${service} did not accept ${this.#name} with the password of ${this.#passwordFrom}. Check both; best is an app password, which bsky.app makes under Settings, Privacy and security. The account's own password works too, with a code by e-mail where that is on.`,
      { nsid, http, error: name, body },
    );
    return Object.assign(refusal, { callId, attempts, logId });
  }

  /** Logs in. The session is not stored yet. */
  async create(service: string, authFactorToken: string | undefined): Promise<Session> {
    this.check();
    const identifier = this.#name;
    const password = this.#password ?? "";
    let answer: SessionResponse;
    try {
      answer = await this.#context.server.create(service, {
        identifier,
        password,
        authFactorToken: authFactorToken?.trim(),
      });
    } catch (error) {
      const refusal = isWrongPassword(error) ? this.#notAccepted(error, service) : error;
      this.#pause.refused(refusal);
      throw refusal;
    }
    this.#pause.end();
    const { did, handle, didDoc } = answer;
    // A server may say whatever it likes of itself; the network says whose the name is.
    const owner = isDid(identifier) ? identifier : await this.#ownerOf(identifier);
    if (owner !== undefined && did !== owner) throw mismatch(identifier, did, service);
    const pds = pdsOf(didDoc, did);
    const own = tokens(answer.accessJwt, answer.refreshJwt);
    return { service, did, handle, identifier, pds, ...own, createMethod: "create", generation: 0, saved: false };
  }
}

/** As the official server says it: https://docs.bsky.app/docs/api/com-atproto-server-create-session */
const isWrongPassword = (error: unknown): error is AuthenticationError =>
  error instanceof AuthenticationError &&
  error.error === "AuthenticationRequired" &&
  !(error instanceof AuthFactorTokenRequiredError);

/** An empty password is none: every server refuses it, and rations whoever tries. */
const secretOf = (password: string | undefined): string | undefined => withoutNewline(password ?? "") || undefined;

export function mismatch(did: string, other: string, service: string): SessionError {
  return new SessionError(`${service} gave a session of ${other} for ${did}. It is not used.`, {
    did,
    reason: "mismatch",
  });
}
