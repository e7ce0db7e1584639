import { refuse } from "../core/http/request.ts";
import type { Preparation } from "../core/pipeline.ts";

/** Refuses what HTTP has no form for: https://www.rfc-editor.org/rfc/rfc9110#section-5. A value may be a secret, and is not repeated. */
export const checkHeaders: Preparation = (request) => {
  for (const [name, value = ""] of Object.entries(request.headers)) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[^\t -~\x80-\xff]/.test(value)) {
      refuse(request.definition.nsid, `headers.${name}`, "has a character that HTTP headers cannot hold");
    }
  }
  return request;
};
