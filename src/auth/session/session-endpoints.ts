import {
  comAtprotoServerCreateSession,
  comAtprotoServerDeleteSession,
  comAtprotoServerRefreshSession,
} from "../../../generated/definitions/com.atproto.ts";
import type { HttpInfo } from "../../core/errors/index.ts";
import { AuthenticationError, InvalidResponseError } from "../../core/errors/index.ts";
import { isDid } from "../../core/identifiers.ts";
import { isTokenRefusal } from "../../core/http/token-refusal.ts";
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
    return checked(await this.#call(comAtprotoServerCreateSession, { ...input }, { service, timeout }).withResponse());
  }

  /** Not repeated here: the call that needs the session is, and asks storage for a newer one first. */
  async refresh(session: Session): Promise<SessionResponse> {
    const options = { ...this.#as(session), retry: false as const };
    return checked(await this.#call(comAtprotoServerRefreshSession, undefined, options).withResponse());
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

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

/** What a server answers is a claim: without two tokens and an account it is not a session, and replaces none. */
function checked({ data, http }: { readonly data: unknown; readonly http: HttpInfo }): SessionResponse {
  const { did, handle, accessJwt, refreshJwt, didDoc } = (data ?? {}) as Record<string, unknown>;
  if (typeof did === "string" && isDid(did) && isText(handle) && isText(accessJwt) && isText(refreshJwt)) {
    return { did, handle, accessJwt, refreshJwt, didDoc: didDoc ?? undefined };
  }
  throw new InvalidResponseError(
    `${new URL(http.url).origin} answered with something that is not a session. A session that is there stays as it is.`,
    { http, issues: [{ path: "", message: "is not a session" }] },
  );
}

/** The server takes this token no more; anything else says nothing about it. */
export function isTokenRejection(error: unknown): error is AuthenticationError {
  return error instanceof AuthenticationError && isTokenRefusal(error);
}
