import type { CallAccount, Credential } from "../core/account.ts";
import { beforeSending } from "../core/account.ts";
import { AuthenticationError, XrpcError } from "../core/errors.ts";
import type { CallRequest, Middleware } from "../core/pipeline.ts";

/** They take the refresh token: https://docs.bsky.app/docs/api/com-atproto-server-refresh-session */
const takeRefreshToken = new Set(["com.atproto.server.refreshSession", "com.atproto.server.deleteSession"]);

/**
 * Attaches the account's token as late as possible, where the route says it belongs, unless the caller set a header. A
 * token that the server calls expired is replaced, and the request sent once more: once in the life of a call.
 */
export const auth: Middleware = (next) => async (request) => {
  const { account, definition, trace } = request;
  if (account === undefined || !request.authenticated || "authorization" in request.headers) return next(request);
  const { nsid } = definition;
  const credential = await beforehand(nsid, account.credential(request));
  trace.did = credential.did;
  try {
    return await next(withToken(request, credential));
  } catch (error) {
    const renewal = account.renew === undefined || trace.refreshed === true ? undefined : account.renew.bind(account);
    if (renewal === undefined || takeRefreshToken.has(nsid) || !isTokenRefusal(error)) throw error;
    const renewed = await beforehand(nsid, renewal(credential, request));
    if (request.body?.replayable === false) throw usedUp(request, error);
    trace.refreshed = true;
    trace.did = renewed.did;
    return next(withToken(request, renewed));
  }
};

async function beforehand(nsid: string, credential: ReturnType<CallAccount["credential"]>): Promise<Credential> {
  try {
    return await credential;
  } catch (error) {
    throw beforeSending(error, nsid);
  }
}

function withToken(request: CallRequest, { accessToken, refreshToken }: Credential): CallRequest {
  const token = takeRefreshToken.has(request.definition.nsid) ? (refreshToken ?? accessToken) : accessToken;
  return { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } };
}

/** Servers differ in the status they give; other reasons for a 401 are none that a new token would mend. */
function isTokenRefusal(error: unknown): error is XrpcError {
  if (!(error instanceof XrpcError)) return false;
  if (error.error === "ExpiredToken") return true;
  return (
    error.status === 401 &&
    (error.error === "InvalidToken" || /error="?invalid_token\b/.test(error.headers.get("www-authenticate") ?? ""))
  );
}

function usedUp({ definition: { nsid } }: CallRequest, { http, error, body }: XrpcError): AuthenticationError {
  return new AuthenticationError(
    `${nsid}: the session had expired. It is refreshed now, but the stream given as body is used up and cannot be sent again. Call again with a new stream, or give bytes.`,
    { nsid, http, error, body },
  );
}
