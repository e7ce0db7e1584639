import { encodeBody } from "../core/http/body.ts";
import type { Middleware } from "../core/pipeline.ts";
import { encodePath } from "../core/http/request.ts";

// Written once, before the first attempt: what cannot be written is refused, and every attempt sends the same.

/** Writes queries down. */
export const encodeQuery: Middleware = (next) => (request) => {
  const { definition, params } = request;
  return definition.kind === "query" ? next({ ...request, path: encodePath(definition.nsid, params) }) : next(request);
};

/** Writes procedures down. */
export const encodeProcedure: Middleware = (next) => (request) => {
  const { definition, params, input, options } = request;
  if (definition.kind === "query") return next(request);
  const path = encodePath(definition.nsid, params);
  return next({ ...request, path, body: encodeBody(definition, input, options.encoding) });
};
