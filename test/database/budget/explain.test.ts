import { expect, test } from "vitest";
import type { CallOptions } from "../../../src/core/call/options.ts";
import { MemoryStorage } from "../../../src/storage/memory/index.ts";
import { clientsOn, HOUR, record, refused, spent, START } from "./world.ts";

const create = "com.atproto.repo.createRecord";
const client = clientsOn(() => new MemoryStorage());

test("B17 explain() says that the budget refuses a call, with the words of the call", async () => {
  const { client: alice, storage, fetch } = await client([], { budget: { hour: 5 } });
  const before = await alice.explain(create, record);
  expect(before.refusal).toBeUndefined();
  await storage.calls.append([spent(3, START)]);
  const { refusal, budget } = await alice.explain(create, record);
  const error = await refused(alice.com.atproto.repo.createRecord(record));
  expect(refusal).toEqual({ name: "RateLimitExceededError", message: error.message, issues: [] });
  expect(budget).toMatchObject({ cost: 3, windows: [{ used: 3, budget: 5 }, {}] });
  expect(fetch.requests).toHaveLength(0);
});

test("B17 explain() goes by the policy of the call: a wait that is too long is a refusal, others are none", async () => {
  const { client: alice, storage } = await client([], { budget: { hour: 5 } });
  await storage.calls.append([spent(3, START)]);
  const refusalBy = async (options: CallOptions) => (await alice.explain(create, record, options)).refusal?.name;
  expect(await refusalBy({ budget: "wait", timeout: HOUR - 1 })).toBe("RateLimitExceededError");
  expect(await refusalBy({ budget: "wait", timeout: HOUR })).toBeUndefined();
  expect(await refusalBy({ budget: "send" })).toBeUndefined();
  let asked = 0;
  expect(await refusalBy({ budget: () => (asked++, "throw") })).toBeUndefined();
  expect(asked).toBe(0);
  const none = (await client([], { budget: { hour: 0 } })).client;
  const { refusal } = await none.explain(create, record, { budget: "wait" });
  expect(refusal?.message).toContain("It never fits");
});
