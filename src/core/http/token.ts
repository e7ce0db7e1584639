/** What a token says of itself. Read without verifying: only the server that shall accept it can do that. */
export interface TokenClaims {
  /** Milliseconds since 1970 */
  readonly expiresAt: number | undefined;
  /** Milliseconds since 1970 */
  readonly issuedAt: number | undefined;
  /** DID of the account */
  readonly subject: string | undefined;
  /** What a session may do: `com.atproto.access`, `com.atproto.appPass`, `com.atproto.appPassPrivileged` … */
  readonly scope: string | undefined;
}

const unreadable: TokenClaims = { expiresAt: undefined, issuedAt: undefined, subject: undefined, scope: undefined };

/** Reads a JWT. A token of another form says nothing: servers may use what they like. */
export function readToken(token: string): TokenClaims {
  let claims: unknown;
  try {
    claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  } catch {
    return unreadable;
  }
  if (typeof claims !== "object" || claims === null) return unreadable;
  const { exp, iat, sub, scope } = claims as Record<string, unknown>;
  return {
    expiresAt: momentOf(exp),
    issuedAt: momentOf(iat),
    subject: typeof sub === "string" ? sub : undefined,
    scope: typeof scope === "string" ? scope : undefined,
  };
}

const momentOf = (seconds: unknown): number | undefined =>
  typeof seconds === "number" && Number.isFinite(seconds) ? seconds * 1000 : undefined;
