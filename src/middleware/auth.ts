import type { CallAccount, Credential, ServiceTokenRequest } from "../core/call/call-account.ts";
import { beforeSending } from "../core/call/call-account.ts";
import { AuthenticationError, InsufficientScopeError, XrpcError } from "../core/errors/index.ts";
import type { CallRequest, CallResult, Middleware, Next } from "../core/pipeline.ts";
import { readToken } from "../core/http/token.ts";
import { isScopeRefusal, isTokenRefusal, saidIn } from "../core/http/token-refusal.ts";

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
  const { trace } = request;
  const send = async (used: Credential): Promise<CallResult> => {
    trace.did = used.did;
    try {
      return await next(withToken(request, refreshing ? (used.refreshToken ?? used.accessToken) : used.accessToken));
    } catch (error) {
      throw isScopeRefusal(error) || isOfMessages(error, used, request) ? insufficient(error, used, request) : error;
    }
  };
  const credential = await beforehand(request, account.credential(request));
  try {
    return await send(credential);
  } catch (error) {
    const renewal = account.renew === undefined || trace.refreshed === true ? undefined : account.renew.bind(account);
    const isOther = error instanceof InsufficientScopeError || isScopeRefusal(error) || isAboutCode(error, request);
    if (renewal === undefined || refreshing || isOther || !isTokenRefusal(error)) throw error;
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

/** The names official services give: `packages/xrpc-server/src/auth.ts` in https://github.com/bluesky-social/atproto */
const isServiceTokenRefusal = (error: unknown): error is XrpcError =>
  isTokenRefusal(error) || (error instanceof XrpcError && /^(?:BadJwt|JwtExpired$)/.test(error.error ?? ""));

/** What the official PDS says of the token of a session. */
const ofSession = /^(?:token has expired|token could not be verified|malformed token)/i;

/**
 * The code from an e-mail is called a token as well, and a wrong or old one is refused by the same names:
 * `packages/pds/src/account-manager/helpers/email-token.ts` in https://github.com/bluesky-social/atproto
 */
function isAboutCode(error: unknown, { input }: CallRequest): boolean {
  const { token } = (input ?? {}) as { readonly token?: unknown };
  return (
    typeof token === "string" && error instanceof XrpcError && error.status !== 401 && !ofSession.test(saidIn(error))
  );
}

/** What a password may do stands in the token: `packages/pds/src/auth-scope.ts` in https://github.com/bluesky-social/atproto */
const appPasswords: ReadonlySet<string | undefined> = new Set([
  "com.atproto.appPass",
  "com.atproto.appPassPrivileged",
  undefined,
]);

const isMessages = (name: unknown): boolean => typeof name === "string" && name.startsWith("chat.bsky.");

/** Of direct messages the official PDS says it in changing texts, and the token says the rest. */
const isOfMessages = (error: unknown, { accessToken }: Credential, { definition }: CallRequest): error is XrpcError =>
  error instanceof XrpcError &&
  error.error === "InvalidToken" &&
  isMessages(definition.nsid) &&
  readToken(accessToken).scope === "com.atproto.appPass" &&
  !ofSession.test(saidIn(error));

function insufficient(refusal: XrpcError, { accessToken }: Credential, { definition, params }: CallRequest): unknown {
  // The account's own password may do everything: what is refused to it is refused for another reason.
  if (!appPasswords.has(readToken(accessToken).scope)) return refusal;
  const { nsid } = definition;
  const { lxm } = (params ?? {}) as { readonly lxm?: unknown };
  const what = [nsid, lxm].some(isMessages)
    ? "an app password that has no access to direct messages. Make one that has, at https://bsky.app/settings/app-passwords, and log in with it"
    : "an app password, and only the account's own password may do this. Log in with that one";
  const { http, error, body, message } = refusal;
  return new InsufficientScopeError(
    `${message}. The session was made with ${what}: client.login(identifier, password, { fresh: true })`,
    { nsid, http, error, body, cause: refusal },
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
