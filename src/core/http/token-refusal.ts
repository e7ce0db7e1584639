import { XrpcError } from "../errors/index.ts";

/**
 * What servers say of a token that came with a call. Official ones send these names with status 400, others with 401, and
 * those that follow RFC 6750 say it in a header: `packages/pds/src/auth-verifier.ts` in https://github.com/bluesky-social/atproto
 */
const TOKEN_ERRORS: ReadonlySet<string | undefined> = new Set(["ExpiredToken", "InvalidToken"]);
const SCOPE_ERRORS: ReadonlySet<string | undefined> = new Set(["InsufficientScope", "ScopeMissingError"]);

/** The text that the server gave beside the name of its error. */
export function saidIn({ body }: XrpcError): string {
  try {
    const { message } = JSON.parse(body ?? "") as { readonly message?: unknown };
    return typeof message === "string" ? message : "";
  } catch {
    return "";
  }
}

const challenges = ({ headers }: XrpcError, error: string): boolean =>
  new RegExp(`error="?${error}\\b`).test(headers.get("www-authenticate") ?? "");

/** The token is good, and may not do this: another one of the same password will not either. */
export function isScopeRefusal(error: unknown): error is XrpcError {
  if (!(error instanceof XrpcError)) return false;
  if (SCOPE_ERRORS.has(error.error) || challenges(error, "insufficient_scope")) return true;
  const said = saidIn(error);
  // Of a token for another service, a server says it under the name of any bad request.
  return error.error === "InvalidToken" ? /\b(?:scope|method)\b/i.test(said) : /^insufficient access\b/i.test(said);
}

/** The server does not take this token: it has expired, or was signed with a secret that the server has no more. */
export function isTokenRefusal(error: unknown): error is XrpcError {
  if (!(error instanceof XrpcError)) return false;
  return TOKEN_ERRORS.has(error.error) || (error.status === 401 && challenges(error, "invalid_token"));
}
