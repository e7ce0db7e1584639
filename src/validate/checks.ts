import type { ValidateOptions } from "../core/call/options.ts";
import type { CallRequest } from "../core/pipeline.ts";
import { isJson } from "../core/http/request.ts";

/** What of a call is held to its lexicon. */
export interface Checks {
  /** Whether input or parameters are checked before they are sent */
  readonly sent: boolean;
  /** `report`: what is wrong is noted; `throw`: it fails the call */
  readonly received: "report" | "throw" | false;
}

const byDefault: ValidateOptions = {};
const nothing: Checks = { sent: false, received: false };

/** By default what procedures send; parameters of reads and answers when they are asked for. */
export function checksOf(request: CallRequest): Checks {
  const { definition, options } = request;
  if (options.validate === false || definition.documents === undefined) return nothing;
  const { input = true, params = false, output = false } = options.validate ?? byDefault;
  return { sent: definition.kind === "procedure" ? input && hasContent(request) : params, received: output };
}

/** Whether there is anything that a lexicon describes: JSON, or parameters in the URL. */
const hasContent = ({ definition, params }: CallRequest): boolean =>
  params !== undefined ||
  definition.required !== undefined ||
  (definition.input !== undefined && isJson(definition.input));
