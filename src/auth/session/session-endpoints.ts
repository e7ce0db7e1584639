import {
  comAtprotoServerCreateSession,
  comAtprotoServerDeleteSession,
  comAtprotoServerRefreshSession,
} from "../../../generated/definitions/com.atproto.ts";
import { AuthenticationError } from "../../core/errors/index.ts";
import type { Call } from "../../core/lexicon/namespace.ts";
import type { Session } from "./session.ts";
import { homeOf } from "./session.ts";

/** Shorter than others wait for the lock that is held meanwhile. */
const timeout = 45_000;

/** A session as login and refresh answer it. */
export interface SessionResponse {
  readonly did: string;
  readonly handle: string;
  readonly accessJwt: string;
  readonly refreshJwt: string;
  readonly didDoc?: object | undefined;
}

export interface LoginInput {
  readonly identifier: string;
  readonly password: string;
  readonly authFactorToken?: string | undefined;
}

/** The calls a session is made, kept and ended with. They are calls like others, as nobody, with a header of their own. */
export class SessionEndpoints {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  async create(service: string, input: LoginInput): Promise<SessionResponse> {
    return this.#call(comAtprotoServerCreateSession, { ...input }, { service, timeout });
  }

  /** Not repeated here: the call that needs the session is, and asks storage for a newer one first. */
  async refresh(session: Session): Promise<SessionResponse> {
    return this.#call(comAtprotoServerRefreshSession, undefined, { ...this.#as(session), retry: false });
  }

  /** Ends the session. One that the server has ended already counts as ended now. */
  async delete(session: Session): Promise<void> {
    try {
      await this.#call(comAtprotoServerDeleteSession, undefined, this.#as(session));
    } catch (error) {
      if (!isTokenRejection(error)) throw error;
    }
  }

  #as(session: Session) {
    return { service: homeOf(session), headers: { authorization: `Bearer ${session.refreshJwt}` }, timeout };
  }
}

/** The server takes this token no more; anything else says nothing about it. */
export function isTokenRejection(error: unknown): error is AuthenticationError {
  return error instanceof AuthenticationError && (error.error === "ExpiredToken" || error.error === "InvalidToken");
}
