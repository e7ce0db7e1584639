import { expect, onTestFinished } from "vitest";
import type { Client } from "../../../src/client/client.ts";
import { RateLimitExceededError } from "../../../src/core/errors/index.ts";
import type { ClientOptions } from "../../../src/client/options.ts";
import type { CallInput, Storage } from "../../../src/storage/ports/index.ts";
import type { Step } from "../../support/fakes/scripted-fetch.ts";
import { testClient } from "../../support/fakes/test-client.ts";
import { accountOf, ALICE } from "./accounts.ts";

export const START = Date.UTC(2026, 0, 1);
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const ok = Response.json({ uri: `at://${ALICE}/app.bsky.feed.post/3k`, cid: "bafy" });
export const record = { repo: ALICE, collection: "app.bsky.feed.post", record: { text: "hi" } };
export const key = { repo: ALICE, collection: "app.bsky.feed.post", rkey: "3k" };
export const operation = (kind: "create" | "update" | "delete") => ({
  $type: `com.atproto.repo.applyWrites#${kind}` as const,
  collection: "app.bsky.feed.post",
  rkey: "3k",
  value: {},
});

export const spent = (points: number, timestamp: number, requestDid = ALICE): CallInput => ({
  timestamp,
  hostname: "pds.example",
  endpoint: "com.atproto.repo.createRecord",
  requestDid,
  writeOpPointsConsumed: points,
});
export const refused = (call: PromiseLike<unknown>): Promise<RateLimitExceededError> =>
  Promise.resolve(
    call.then(
      () => expect.unreachable("the call was sent"),
      (error: unknown) => {
        expect(error).toBeInstanceOf(RateLimitExceededError);
        return error as RateLimitExceededError;
      },
    ),
  );

export const used = async (of: Client): Promise<readonly number[]> =>
  (await of.budget.status()).writes.map((one) => one.used);

/** Makes clients of one account on storage that is closed after the test. */
export const clientsOn =
  (open: () => Promise<Storage> | Storage) =>
  async (steps: readonly Step[] = [ok], options: ClientOptions = {}) => {
    const storage = await open();
    await storage.open();
    onTestFinished(() => storage.close());
    return { ...testClient(steps, { ...accountOf(ALICE), retry: false, storage, ...options }), storage };
  };
