import { SkylexError } from "./errors.ts";

/** How long somebody waits for an account: until the signal aborts or the moment passes. */
export interface Patience {
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

/** The account a call is made as: all that the layers know of sessions. */
export interface CallAccount {
  /** Origin of the account's own server. Makes a session if there is none */
  home(patience: Patience): Promise<string>;
  /** DID of the account; unknown for a token that does not say. Makes a session if there is none */
  did(patience: Patience): Promise<string | undefined>;
  /** Whether the account's token may go to this origin. Never logs in */
  trusts(origin: string, patience: Patience): Promise<boolean>;
  /** The token for a request that is about to be sent */
  credential(patience: Patience): Promise<Credential>;
  /** The one to send instead of one that the server called expired or invalid; absent where there can be no other */
  renew?(refused: Credential, patience: Patience): Promise<Credential>;
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
