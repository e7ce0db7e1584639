/** What calls take at least: no tree of methods, no accounts, no log, no database. */
import type { CallContext } from "../../../src/core/call/create-call.ts";
import { systemClock as clock } from "../../../src/core/clock.ts";
import { exchange } from "../../../src/core/http/exchange.ts";
import type { CallRequest, Preparation } from "../../../src/core/pipeline.ts";
import { compose, inSequence, prepared } from "../../../src/core/pipeline.ts";
import { createRetryPolicy } from "../../../src/core/http/retry-policy.ts";
import { fetchTransport } from "../../../src/core/http/transport.ts";
import { retry } from "../../../src/middleware/retry.ts";

const random = Math.random;

/** `encode` writes calls down; `isIdempotent` says which procedures may be carried out twice. */
export function coreCalls(
  encode: readonly Preparation[],
  isIdempotent: (request: CallRequest) => boolean,
): CallContext {
  const send = exchange(
    fetchTransport((url, init) => fetch(url, init)),
    clock,
  );
  const handler = compose([prepared(inSequence(encode)), retry(createRetryPolicy(clock, random), isIdempotent)], send);
  return {
    handler: (request) => handler({ ...request, service: "https://pds.example" }),
    clock,
    random,
    options: {},
    userAgent: "example",
  };
}
