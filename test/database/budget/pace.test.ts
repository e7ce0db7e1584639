import { describe, expect, test } from "vitest";
import { TimeoutError } from "../../../src/core/errors/index.ts";
import { refusal, type Step } from "../../support/fakes/scripted-fetch.ts";
import { testClient } from "../../support/fakes/test-client.ts";
import { START } from "./world.ts";

const SECOND = 1000;

/** An answer that shows so many requests left until so many seconds after the start. */
const left = (remaining: number, reset = 300, policy = "3000;w=300", status = 200): Step => {
  const headers = {
    "ratelimit-limit": policy.split(";")[0] ?? "",
    "ratelimit-remaining": String(remaining),
    "ratelimit-reset": String(START / SECOND + reset),
    "ratelimit-policy": policy,
  };
  return status === 200 ? Response.json({}, { headers }) : refusal(status, "RateLimitExceeded", headers);
};
const read = ({ client }: Pick<ReturnType<typeof testClient>, "client">) =>
  client.app.bsky.actor.getProfile({ actor: "a.test" });

describe("requests to one server", () => {
  test("go as they come while many are left", async () => {
    const test = testClient([left(3000), left(2000)]);
    for (let call = 0; call < 50; call++) await read(test);
    expect(test.clock.fired).toEqual([]);
  });

  test("are spread over the time that is left when few are, and a debug line says so", async () => {
    const test = testClient([left(100, 250), left(99, 250), left(98, 250)], { logLevel: "debug" });
    await read(test);
    await test.clock.run(read(test));
    await test.clock.run(read(test));
    await test.clock.run(read(test));
    // 100 requests in 250 seconds; the first of them may go at once.
    expect(test.clock.fired.map(Math.round)).toEqual([2500, 2500]);
    expect(test.lines.filter((line) => line.includes("waits"))).toEqual([
      expect.stringMatching(/^debug app.bsky.actor.getProfile waits 2500 ms: https:.* takes 98 more requests until /),
      expect.stringContaining("waits 2500 ms"),
    ]);
  });

  test("B21 calls made at once are spread over the time they have, and none waits past the end of the window", async () => {
    const test = testClient([left(300, 300), left(299, 300), Response.json({})], { logLevel: "debug" });
    await read(test);
    const client = test.client.with({ timeout: 600 * SECOND });
    const sent: number[] = [];
    const calls = Array.from({ length: 300 }, async () => {
      await read({ client });
      sent.push(test.clock.now() - START);
    });
    await test.clock.run(Promise.all(calls));
    expect(Math.max(...sent)).toBeLessThanOrEqual(300 * SECOND);
    const perSecond = Map.groupBy(sent, (at) => Math.floor(at / SECOND));
    expect(Math.max(...[...perSecond.values()].map((one) => one.length))).toBeLessThanOrEqual(10);
  });

  test("that come together wait for one another", async () => {
    const test = testClient([left(11, 60), left(0, 60)]);
    await read(test);
    await test.clock.run(Promise.all(Array.from({ length: 6 }, () => read(test))));
    expect(test.clock.now() - START).toBeGreaterThanOrEqual(25 * SECOND);
    expect(test.clock.now() - START).toBeLessThanOrEqual(40 * SECOND);
  });

  test("wait for the next window when none is left, and are counted there", async () => {
    const test = testClient([left(0, 40), left(2990, 340)]);
    await read(test);
    await test.clock.run(read(test));
    expect(test.clock.fired).toEqual([40 * SECOND]);
    await read(test);
    expect(test.clock.fired).toEqual([40 * SECOND]);
  });

  test("are held back a minute at most, and never beyond the call's time", async () => {
    const test = testClient([left(0, 250), left(0, 250, "3000;w=300", 429)], { retry: false });
    await read(test);
    await expect(test.clock.run(read(test))).rejects.toMatchObject({ status: 429 });
    expect(test.clock.fired).toEqual([60 * SECOND]);
    const short = test.client.with({ timeout: 30 * SECOND });
    await expect(read({ client: short })).rejects.toMatchObject({ status: 429 });
    await expect(read({ client: short })).rejects.not.toBeInstanceOf(TimeoutError);
    expect(test.clock.fired).toEqual([60 * SECOND]);
  });

  test("an abort ends the wait with its own reason", async () => {
    const test = testClient([left(0, 40)]);
    await read(test);
    const controller = new AbortController();
    const call = Promise.resolve(read({ client: test.client.with({ signal: controller.signal }) }));
    void call.catch(() => undefined);
    await test.clock.pass(SECOND);
    controller.abort(new Error("enough"));
    await expect(call).rejects.toThrow("enough");
    expect(test.fetch.requests).toHaveLength(1);
  });

  test("other limits say nothing of them, and servers that name none are left alone", async () => {
    const test = testClient([left(1, 250, "35000;w=86400"), left(0, 250, "5000;w=3600"), Response.json({})]);
    for (let call = 0; call < 20; call++) await read(test);
    expect(test.clock.fired).toEqual([]);
  });

  test("are not slowed at all where pacing is off", async () => {
    const test = testClient([left(0, 40)], { budget: { pacing: false } });
    for (let call = 0; call < 5; call++) await read(test);
    expect(test.clock.fired).toEqual([]);
  });

  test("are counted here while a tighter limit hides how many are left", async () => {
    const test = testClient([left(20, 250, "5000;w=3600")]);
    for (let call = 0; call < 2701; call++) await read(test);
    expect(test.clock.fired).toEqual([]);
    await test.clock.run(read(test));
    await test.clock.run(read(test));
    expect(test.clock.fired).toHaveLength(1);
  });
});
