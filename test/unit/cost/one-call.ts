/** The least program with a typed call, for bundlers. */
import { appBskyActorGetProfile } from "../../../generated/definitions/app.bsky.ts";
import { createQuery } from "../../../src/core/call/create-call.ts";
import { encodeQuery } from "../../../src/middleware/encode.ts";
import { coreCalls } from "./core-calls.ts";

const call = createQuery(coreCalls([encodeQuery], () => true));
console.log((await call(appBskyActorGetProfile, { actor: "bsky.app" })).displayName);
