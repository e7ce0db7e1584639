import type { Middleware } from "../core/pipeline.ts";
import type { RouteConfig } from "../routing/choose-route.ts";
import { chooseRoute, routed } from "../routing/choose-route.ts";

/** Chooses the host of a call, the service it is passed on to, and what proves who is asking: the same for every attempt. */
export function route(config: RouteConfig): Middleware {
  return (next) => async (request) => {
    const choice = await chooseRoute(config, request, request.account);
    const { trace } = request;
    trace.service = choice.service;
    if (choice.proxy !== undefined) trace.proxy = choice.proxy;
    return next(routed(request, choice, config));
  };
}
