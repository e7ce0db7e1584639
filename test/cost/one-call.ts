/** The least program with a typed call, for bundlers: no tree of methods, no accounts, no database. */
import { appBskyActorGetProfile } from "../../generated/definitions/app.bsky.ts";
import { createCall } from "../../src/core/caller.ts";
import { systemClock as clock } from "../../src/core/clock.ts";
import { exchange } from "../../src/core/exchange.ts";
import { compose } from "../../src/core/pipeline.ts";
import { repetition } from "../../src/core/repeat.ts";
import { fetchTransport } from "../../src/core/transport.ts";
import { encode } from "../../src/middleware/encode.ts";
import { retry } from "../../src/middleware/retry.ts";

const random = Math.random;
const send = exchange(
  fetchTransport((url, init) => fetch(url, init)),
  clock,
);
const handler = compose([encode, retry(repetition(clock, random))], send);
const call = createCall({
  handler: (request) => handler({ ...request, service: "https://pds.example" }),
  clock,
  random,
  options: {},
  userAgent: "example",
});
console.log((await call(appBskyActorGetProfile, { actor: "bsky.app" })).displayName);
