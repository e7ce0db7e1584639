import { expect, test } from "vitest";
import type { BatchWrites, ClientOptions } from "../../../src/index.ts";
import { BatchError, RateLimitExceededError } from "../../../src/index.ts";
import { testClient } from "../../support/fakes/test-client.ts";

const accessToken = `x.${Buffer.from(JSON.stringify({ sub: "did:plc:a" })).toString("base64url")}.x`;

/** A client whose server takes every batch. */
const clientWith = (budget: ClientOptions["budget"]) =>
  testClient([() => Response.json({})], { service: "https://pds.example", accessToken, budget });

const creates =
  (count: number) =>
  (b: BatchWrites): ReturnType<typeof b.create>[] =>
    Array.from({ length: count }, (_, index) => b.create("com.example.thing", { index }));

const sizes = ({ fetch }: ReturnType<typeof clientWith>): number[] =>
  fetch.requests.map(({ body }) => (JSON.parse(body as string) as { writes: unknown[] }).writes.length);

test.each([60, 201])("A10.12 a batch of %i writes that the budget has no room for is refused whole", async (count) => {
  const world = clientWith({ hour: 150 });
  await world.client.batch(creates(1));
  const error = await world.client.batch(creates(count)).then(undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(RateLimitExceededError);
  expect(error).toMatchObject({ window: "1-hour", used: 3, cost: count * 3, budget: 150, account: "did:plc:a" });
  expect(sizes(world)).toEqual([1]);
});

test("with the policy to wait, requests are no larger than what is left, and what there is room for goes first", async () => {
  const world = clientWith({ hour: 300, policy: "wait" });
  const { client, clock } = world;
  await client.batch(creates(30));
  const startedAt = clock.now();
  const results = await clock.run(client.batch(creates(110), { timeout: 3 * 3_600_000 }));
  expect(results).toHaveLength(110);
  const [first, ...rest] = sizes(world);
  expect(first).toBe(30);
  expect(rest[0]).toBe(70);
  expect(rest.reduce((sum, size) => sum + size)).toBe(110);
  // A tenth of the budget at a time, as soon as there is room for it.
  expect(Math.max(...rest.slice(1))).toBeLessThanOrEqual(100);
  expect(clock.now() - startedAt).toBeGreaterThanOrEqual(3_600_000);
  const { writes } = await client.budget.status();
  expect(writes.every(({ used, budget }) => used <= budget)).toBe(true);
});

test.each([
  [{ hour: 2, policy: "send" }, {}],
  [{ hour: 0, policy: "send" }, {}],
  [{ hour: 1 }, { budget: "send" }],
] as const)(
  "B1 a batch of writes that can never fit is refused, and no empty request is sent: %j",
  async (budget, options) => {
    const world = clientWith(budget);
    const error = await world.client.batch(creates(3), options).then(undefined, (why: unknown) => why);
    expect(error).toBeInstanceOf(RateLimitExceededError);
    expect(error).toMatchObject({ resumeAt: undefined, cost: 3 });
    expect(sizes(world)).toEqual([]);
  },
);

test.each([30, 300])(
  "B18 a batch of %i writes about which a function says `throw` is refused as a whole",
  async (count) => {
    const asked: unknown[] = [];
    const world = clientWith({
      hour: 1000,
      policy: (shortage) => {
        asked.push([shortage.cost, shortage.used]);
        return "throw";
      },
    });
    await world.client.batch(creates(200));
    await world.client.batch(creates(114));
    const startedAt = world.clock.now();
    const error = await world.client.batch(creates(count)).then(undefined, (why: unknown) => why);
    expect(error).toBeInstanceOf(RateLimitExceededError);
    expect(error).toMatchObject({ cost: count * 3, used: 942, resumeAt: new Date(startedAt + 3_600_000) });
    expect(asked).toEqual([[count * 3, 942]]);
    expect(sizes(world)).toEqual([200, 114]);
  },
);

test("B18 a function that says `wait` is asked once for a batch, whose requests then wait", async () => {
  let asked = 0;
  const world = clientWith({ hour: 700, policy: () => (asked++, "wait") });
  await world.client.batch(creates(100));
  const results = await world.clock.run(world.client.batch(creates(210), { timeout: 3 * 3_600_000 }));
  expect([results.length, asked]).toEqual([210, 1]);
});

test("B18 a refused batch says when there is room for all of it", async () => {
  const world = clientWith({ hour: 1000 });
  await world.client.batch(creates(150));
  const startedAt = world.clock.now();
  const error = await world.client.batch(creates(210)).then(undefined, (why: unknown) => why);
  const resumeAt = new Date(startedAt + 3_600_000);
  expect(error).toMatchObject({ cost: 630, used: 450, resumeAt });
  expect((error as Error).message).toContain(`There is room for all of it at ${resumeAt.toISOString()}`);
  const never = await world.client.batch(creates(350)).then(undefined, (why: unknown) => why);
  expect(never).toMatchObject({ cost: 1050, resumeAt: undefined });
  expect(sizes(world)).toEqual([150]);
});

test("B1 a budget with room for one write at a time sends one at a time", async () => {
  const world = clientWith({ hour: 3, policy: "send" });
  expect(await world.client.batch(creates(3))).toHaveLength(3);
  expect(sizes(world)).toEqual([1, 1, 1]);
});

test("B27 an abort during the second request says which writes are stored, and which may be", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const given = testClient([Response.json({}), () => (controller.abort(reason), Response.json({}))], {
    service: "https://pds.example",
    accessToken,
    budget: false,
  });
  const error = await given.client
    .batch(creates(201), { signal: controller.signal })
    .then(undefined, (why: unknown) => why);
  expect(error).toBeInstanceOf(BatchError);
  expect(error).toMatchObject({ cause: reason, ambiguous: true });
  expect([(error as BatchError).stored.length, (error as BatchError).failed.length]).toEqual([200, 1]);
});

test("a policy of the batch wins, and servers without limits split by size alone", async () => {
  const world = clientWith({ hour: 700 });
  await world.client.batch(creates(250), { budget: "send" });
  const unlimited = clientWith(false);
  await unlimited.client.batch(creates(250));
  expect([sizes(world), sizes(unlimited)]).toEqual([
    [200, 50],
    [200, 50],
  ]);
});
