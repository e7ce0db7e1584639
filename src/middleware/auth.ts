import type { CallAccount, Credential, ServiceTokenRequest } from "../core/call/call-account.ts";
import { beforeSending } from "../core/call/call-account.ts";
import { AuthenticationError, InsufficientScopeError, XrpcError } from "../core/errors/index.ts";
import type { CallRequest, CallResult, Middleware, Next } from "../core/pipeline.ts";
import { readToken } from "../core/http/token.ts";

/**
 * Attaches the token that the route asks for as late as possible, unless the caller set a header. One that the server calls
 * expired or invalid is replaced by another of its kind, and the request sent once more: once in the life of a call.
 */
export const auth: Middleware = (next) => (request) => {
  const { account, auth: kind } = request;
  if (account === undefined || kind === "none" || "authorization" in request.headers) return next(request);
  return typeof kind === "object"
    ? withServiceToken(next, request, account, kind)
    : withSession(next, request, account, kind === "refresh");
};

async function withSession(
  next: Next,
  request: CallRequest,
  account: CallAccount,
  refreshing: boolean,
): Promise<CallResult> {
  const { trace, definition } = request;
  const send = (used: Credential): Promise<CallResult> => {
    trace.did = used.did;
    return next(withToken(request, refreshing ? (used.refreshToken ?? used.accessToken) : used.accessToken));
  };
  const credential = await beforehand(request, account.credential(request));
  try {
    return await send(credential);
  } catch (error) {
    const renewal = account.renew === undefined || trace.refreshed === true ? undefined : account.renew.bind(account);
    if (renewal === undefined || refreshing || !isTokenRefusal(error))
      throw explained(error, credential, definition.nsid);
    const renewed = await beforehand(request, renewal(credential, request));
    if (request.body?.replayable === false) throw usedUp(request, error, "session had expired. It is refreshed now");
    trace.refreshed = true;
    return send(renewed);
  }
}

async function withServiceToken(
  next: Next,
  request: CallRequest,
  account: CallAccount,
  wanted: ServiceTokenRequest,
): Promise<CallResult> {
  const { trace } = request;
  const token = await beforehand(request, account.serviceTokens.get(wanted, request));
  try {
    return await next(withToken(request, token));
  } catch (error) {
    if (trace.reauthorized === true || !isServiceTokenRefusal(error)) throw error;
    const another = await beforehand(request, account.serviceTokens.get(wanted, request, token));
    if (request.body?.replayable === false)
      throw usedUp(request, error, "service token was refused. There is another now");
    trace.reauthorized = true;
    return next(withToken(request, another));
  }
}

async function beforehand<Value>({ definition }: CallRequest, value: Promise<Value>): Promise<Value> {
  try {
    return await value;
  } catch (error) {
    throw beforeSending(error, definition.nsid);
  }
}

const withToken = (request: CallRequest, token: string): CallRequest => ({
  ...request,
  headers: { ...request.headers, authorization: `Bearer ${token}` },
});

/** Servers differ in the status they give; other reasons for a 401 are none that a new token would mend. */
function isTokenRefusal(error: unknown): error is XrpcError {
  if (!(error instanceof XrpcError)) return false;
  if (error.error === "ExpiredToken") return true;
  return (
    error.status === 401 &&
    (error.error === "InvalidToken" || /error="?invalid_token\b/.test(error.headers.get("www-authenticate") ?? ""))
  );
}

/** The names official services give: `packages/xrpc-server/src/auth.ts` in https://github.com/bluesky-social/atproto */
const isServiceTokenRefusal = (error: unknown): error is XrpcError =>
  isTokenRefusal(error) || (error instanceof XrpcError && /^(?:BadJwt|JwtExpired$)/.test(error.error ?? ""));

/**
 * The official PDS answers `InvalidToken` with changing texts; what the password may do stands in the token itself:
 * `packages/pds/src/auth-scope.ts` in https://github.com/bluesky-social/atproto
 */
function explained(error: unknown, { accessToken }: Credential, nsid: string): unknown {
  if (!(error instanceof AuthenticationError) || error.error !== "InvalidToken" || !nsid.startsWith("chat.bsky.")) {
    return error;
  }
  if (readToken(accessToken).scope !== "com.atproto.appPass") return error;
  const { http, body, message } = error;
  return new InsufficientScopeError(
    `${message}. The session was made with an app password that has no access to direct messages. Make one that has, at https://bsky.app/settings/app-passwords, and log in with it: client.login(identifier, password, { fresh: true })`,
    { nsid, http, error: error.error, body },
  );
}

function usedUp(
  { definition: { nsid } }: CallRequest,
  { http, error, body }: XrpcError,
  what: string,
): AuthenticationError {
  return new AuthenticationError(
    `${nsid}: the ${what}, but the stream given as body is used up and cannot be sent again. Call again with a new stream, or give bytes.`,
    { nsid, http, error, body },
  );
}
