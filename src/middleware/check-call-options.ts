import { checkOptions, type OptionKinds } from "../core/call/check-options.ts";
import type { CallOptions } from "../core/call/options.ts";
import type { Preparation } from "../core/pipeline.ts";

/** What is checked closer where it is read is `any` here. */
const kinds: OptionKinds<CallOptions> = {
  signal: "any",
  timeout: "milliseconds",
  attemptTimeout: "milliseconds",
  retry: {
    attempts: "count",
    baseDelay: "milliseconds",
    maxDelay: "milliseconds",
    maxWait: "milliseconds",
    decide: "function",
  },
  budget: "any",
  idempotent: "flag",
  headers: "any",
  service: "any",
  proxy: "any",
  labelers: "list",
  encoding: "text",
  params: "any",
  expectedErrors: "list",
  maxResponseBytes: "count",
  validate: { input: "flag", params: "flag", output: "any" },
  items: "text",
};

/** Refuses what is not an option of a call. The options of the client are among them, and were looked at when it was made. */
export const checkCallOptions: Preparation = (request) => {
  checkOptions(request.options, kinds, request.definition.nsid);
  return request;
};
