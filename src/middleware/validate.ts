import type { Issue } from "../core/lexicon/issue.ts";
import { InvalidResponseError, ValidationError } from "../core/errors/index.ts";
import type { CallRequest, CallResult, Middleware, Preparation } from "../core/pipeline.ts";
import { checksOf } from "../validate/checks.ts";
import type { Validator } from "../validate/validator.ts";

/** Begins to load what a check needs, before a call waits for its session. */
export function loadChecks(validator: Validator): Preparation {
  return (request) => {
    const { sent, received } = checksOf(request);
    if (sent || received !== false) validator.begin();
    return request;
  };
}

/**
 * Checks what a call sends against its lexicon, so that input that a server would refuse costs no request and no points. By
 * default that is what procedures send; parameters of queries when asked for. Endpoints without a lexicon are not checked.
 */
export function validateRequest(validator: Validator): Preparation {
  return (request) => {
    if (!checksOf(request).sent) return request;
    const issues = validator.sent(request);
    return issues instanceof Promise ? issues.then((found) => pass(request, found)) : pass(request, issues);
  };
}

/** Checks responses against their lexicon, where that is asked for. */
export function validateResponse(validator: Validator): Middleware {
  return (next) => (request) => {
    const { received } = checksOf(request);
    return received === false ? next(request) : receive(validator, request, next(request), received);
  };
}

function pass(request: CallRequest, issues: readonly Issue[]): CallRequest {
  if (issues.length === 0) return request;
  const { nsid } = request.definition;
  throw new ValidationError(`${nsid}: ${summary(issues)}. Nothing was sent.`, { nsid, issues });
}

async function receive(
  validator: Validator,
  request: CallRequest,
  answer: Promise<CallResult>,
  output: "report" | "throw",
): Promise<CallResult> {
  const result = await answer;
  const issues = await validator.received(request, result.data);
  if (issues.length === 0) return result;
  const { nsid, kind } = request.definition;
  if (output === "report") {
    validator.drift.add(nsid, issues);
    return result;
  }
  const acted = kind === "query" ? "" : " The server has acted all the same.";
  throw new InvalidResponseError(`${nsid}: the answer is not what its lexicon says: ${summary(issues)}.${acted}`, {
    nsid,
    http: result.http,
    issues,
    ambiguous: kind !== "query",
  });
}

/** Issues that a message names */
const NAMED = 3;

function summary(issues: readonly Issue[]): string {
  const named = issues.slice(0, NAMED).map(({ path, message }) => `${path} ${message}`);
  const more = issues.length - named.length;
  return `${named.join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}
