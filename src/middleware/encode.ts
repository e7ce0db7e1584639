import { encodeBody } from "../core/http/body.ts";
import { encodePath } from "../core/http/request.ts";
import type { Preparation } from "../core/pipeline.ts";

// Done once, before the first attempt: what cannot be encoded is refused, and every attempt sends the same.

export const encodeQuery: Preparation = (request) => {
  const { definition, params } = request;
  return definition.kind === "query" ? { ...request, path: encodePath(definition.nsid, params) } : request;
};

export const encodeProcedure: Preparation = (request) => {
  const { definition, params, input, options } = request;
  if (definition.kind === "query") return request;
  const path = encodePath(definition.nsid, params);
  return { ...request, path, body: encodeBody(definition, input, options.encoding) };
};
