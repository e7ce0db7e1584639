import { ValidationError } from "../core/errors.ts";
import type { CallRequest, Middleware } from "../core/pipeline.ts";
import { encodeBody, encodePath } from "../core/request.ts";

/** Writes path and body once, before the first attempt: what cannot be written is refused, and every attempt sends the same. */
export const encode: Middleware = (next) => (request) => next({ ...request, ...wireForm(request) });

function wireForm({ definition, params, input, options }: CallRequest): Pick<CallRequest, "path" | "body"> {
  try {
    return {
      path: encodePath(definition.nsid, params),
      body: encodeBody(definition, input, options.encoding),
    };
  } catch (error) {
    if (!(error instanceof ValidationError) || error.nsid !== undefined) throw error;
    throw new ValidationError(`${definition.nsid}: ${error.message}`, { nsid: definition.nsid, issues: error.issues });
  }
}
