import type { Middleware } from "../core/pipeline.ts";
import type { RouteConfig } from "../routing/choose.ts";
import { choose } from "../routing/choose.ts";

/** Chooses the host of a call, the service it is passed on to, and what proves who is asking: the same for every attempt. */
export function route(config: RouteConfig): Middleware {
  return (next) => async (request) => {
    const { service, auth, proxy, labelers } = await choose(config, request, request.account);
    const { trace } = request;
    trace.service = service;
    let { headers } = request;
    if (proxy !== undefined) {
      trace.proxy = proxy;
      headers = { ...headers, "atproto-proxy": proxy };
    }
    if (labelers !== undefined) headers = { ...headers, "atproto-accept-labelers": labelers };
    return next({ ...request, service, auth, headers });
  };
}
