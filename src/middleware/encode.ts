import type { Middleware } from "../core/pipeline.ts";
import { wireForm } from "../core/request.ts";

/** Writes path and body once, before the first attempt: what cannot be written is refused, and every attempt sends the same. */
export const encode: Middleware = (next) => (request) => {
  if (request.path !== "") return next(request);
  const { definition, params, input, options } = request;
  return next({ ...request, ...wireForm(definition, params, input, options.encoding) });
};
