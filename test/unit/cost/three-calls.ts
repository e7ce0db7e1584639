/** The least program with a typed call of every kind, for bundlers: a query, a list, a procedure. */
import {
  appBskyActorGetProfile,
  appBskyGraphGetFollowers,
  appBskyGraphMuteActor,
} from "../../../generated/definitions/app.bsky.ts";
import { createCall } from "../../../src/core/call/create-call.ts";
import { encodeProcedure, encodeQuery } from "../../../src/middleware/encode.ts";
import { isIdempotent } from "../../../src/write-reconciliation/idempotent.ts";
import { coreCalls } from "./core-calls.ts";

const call = createCall(coreCalls([encodeQuery, encodeProcedure], isIdempotent));
const actor = "bsky.app";
console.log((await call(appBskyActorGetProfile, { actor })).displayName);
for await (const { handle } of call(appBskyGraphGetFollowers, { actor })) console.log(handle);
await call(appBskyGraphMuteActor, { actor });
