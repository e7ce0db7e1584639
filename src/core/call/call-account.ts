import { SkylexError } from "../errors/index.ts";

/** How long somebody waits for an account: until the signal aborts or the moment passes. */
export interface WaitLimit {
  readonly signal: AbortSignal | undefined;
  /** Milliseconds since 1970 */
  readonly deadline: number;
}

/** What is sent to prove who is asking. */
export interface Credential {
  /** DID of the account; unknown for a token that does not say */
  readonly did: string | undefined;
  readonly accessToken: string;
  /** Only for the two endpoints that take it in place of the access token */
  readonly refreshToken: string | undefined;
}

/**
 * A token by which a service knows the account without its session: signed by the account's server, for one service and one
 * method. https://atproto.com/specs/xrpc#inter-service-authentication-jwt
 */
export interface ServiceTokenRequest {
  /** DID of who shall accept it; `account's server` is the account's own, by the DID that it calls itself */
  readonly aud: string;
  /** NSID of the only method it is good for; any if absent */
  readonly lxm: string | undefined;
  /** Seconds it shall live. Default: what the server gives, which is 60 */
  readonly seconds?: number | undefined;
  /** Seconds it must have left when it is sent. Default 10 */
  readonly left?: number | undefined;
}

/** `aud` of tokens for the account's own server */
export const accountsServer = "account's server";

/** The account a call is made as: all that the layers know of sessions. */
export interface CallAccount {
  /** Origin of the account's own server. Makes a session if there is none */
  home(patience: WaitLimit): Promise<string>;
  /** DID of the account; unknown for a token that does not say. Makes a session if there is none */
  did(patience: WaitLimit): Promise<string | undefined>;
  /** Whether the account's token may go to this origin. Never logs in */
  trusts(origin: string, patience: WaitLimit): Promise<boolean>;
  /** Whether this is the account's own repository, by DID or handle. Asked after `home` */
  owns(repo: string): boolean;
  /** The token for a request that is about to be sent */
  credential(patience: WaitLimit): Promise<Credential>;
  /** The one to send instead of one that the server called expired or invalid; absent where there can be no other */
  renew?(refused: Credential, patience: WaitLimit): Promise<Credential>;
  readonly serviceTokens: ServiceTokenSource;
}

export interface ServiceTokenSource {
  /** A token for another service; not the one that was refused */
  get(request: ServiceTokenRequest, patience: WaitLimit, refused?: string): Promise<string>;
}

/**
 * What a call says of a failure that happened to its session, before the call itself was sent: the same error, with the
 * original as its cause. Whatever is unsure about the original, this call surely did nothing.
 */
export function beforeSending(error: unknown, nsid: string): unknown {
  if (!(error instanceof SkylexError)) return error;
  // Every error takes as details what it shows as properties.
  const Kind = error.constructor as new (message: string, details: object) => SkylexError;
  const details = { nsid, cause: error, retryable: error.retryable || error.ambiguous, ambiguous: false };
  return new Kind(`${nsid} was not sent. ${error.message}`, Object.assign({}, error, details));
}
