/** The least program with a typed call, for bundlers: no tree of methods, no accounts, no database. */
import { appBskyActorGetProfile } from "../../generated/definitions/app.bsky.ts";
import { createQuery } from "../../src/core/caller.ts";
import { systemClock as clock } from "../../src/core/clock.ts";
import { exchange } from "../../src/core/exchange.ts";
import type { CallRequest } from "../../src/core/pipeline.ts";
import { compose } from "../../src/core/pipeline.ts";
import { repetition } from "../../src/core/repeat.ts";
import { fetchTransport } from "../../src/core/transport.ts";
import { encodeQuery } from "../../src/middleware/encode.ts";
import { retry } from "../../src/middleware/retry.ts";

const random = Math.random;
const send = exchange(
  fetchTransport((url, init) => fetch(url, init)),
  clock,
);
const isQuery = ({ definition }: CallRequest): boolean => definition.kind === "query";
const handler = compose([encodeQuery, retry(repetition(clock, random), isQuery)], send);
const call = createQuery({
  handler: (request) => handler({ ...request, service: "https://pds.example" }),
  clock,
  random,
  options: {},
  userAgent: "example",
});
console.log((await call(appBskyActorGetProfile, { actor: "bsky.app" })).displayName);
