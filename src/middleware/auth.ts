import type { Middleware } from "../core/pipeline.ts";

/** Attaches the account's token as late as possible, where the route says it belongs, unless the caller set a header. */
export function auth(accessToken: string | undefined): Middleware {
  return (next) => (request) => {
    if (accessToken === undefined || !request.authenticated || "authorization" in request.headers) return next(request);
    return next({ ...request, headers: { ...request.headers, authorization: `Bearer ${accessToken}` } });
  };
}
