import { describe, expect, test } from "vitest";
import type { XrpcError } from "../../../src/index.ts";
import { NetworkError, TimeoutError, UpstreamError } from "../../../src/index.ts";
import type { Step } from "../../support/fakes/scripted-fetch.ts";
import { networkFailure, page, refusal } from "../../support/fakes/scripted-fetch.ts";
import { testClient } from "../../support/fakes/test-client.ts";

const account = { service: "https://pds.example", accessToken: "token" };
const ok = Response.json({ did: "did:plc:x" });
const torn = new Response('{"did":"di', { headers: { "content-type": "application/json" } });
const invite = { useCount: 1 };

/** Faults a read is repeated after. */
const passing: readonly (readonly [name: string, fault: Step])[] = [
  ["502 with an HTML page", page(502)],
  ["503", refusal(503, "ServiceUnavailable")],
  ["504 with an HTML page", page(504)],
  ["500", refusal(500, "InternalServerError")],
  ["408", refusal(408, "RequestTimeout")],
  ["a reset connection", networkFailure("ECONNRESET")],
  ["a refused connection", networkFailure("ECONNREFUSED")],
  ["a name that is not resolved", networkFailure("EAI_AGAIN")],
  ["an answer cut off", networkFailure("UND_ERR_SOCKET")],
  ["torn JSON", torn],
  ["429 without a time", refusal(429, "RateLimitExceeded")],
];

/** Where the clock of a test stands at first */
const START = Date.UTC(2026, 0, 1);

describe("reads", () => {
  test.each(passing)("A12.1 %s, then an answer: the answer is the result", async (_, fault) => {
    const { client, clock, fetch } = testClient([fault, fault, ok]);
    expect(await clock.run(client.app.bsky.actor.getProfile({ actor: "a" }))).toEqual({ did: "did:plc:x" });
    expect(fetch.requests).toHaveLength(3);
    expect(clock.pending).toBe(0);
  });

  test.each(passing)("A12.2 %s for ever: an error after four attempts", async (_, fault) => {
    const { client, clock, fetch } = testClient([fault]);
    const { ok: succeeded, error } = (await clock.run(client.app.bsky.actor.getProfile({ actor: "a" }).result())) as {
      ok: boolean;
      error?: XrpcError;
    };
    expect(succeeded).toBe(false);
    expect(error).toMatchObject({ attempts: 4, retryable: true, ambiguous: false });
    expect(fetch.requests).toHaveLength(4);
  });

  test.each([400, 401, 403, 404, 413, 501])("A12.4 %i is not repeated", async (status) => {
    const { client, fetch } = testClient([refusal(status, "Whatever")]);
    await expect(client.app.bsky.actor.getProfile({ actor: "a" })).rejects.toMatchObject({ status, attempts: 1 });
    expect(fetch.requests).toHaveLength(1);
  });

  test("A12.3 L3 waits grow, have a ceiling, and four attempts reach over about ten seconds", async () => {
    const { client, clock } = testClient([page(502)], { retry: { attempts: 7 } });
    await clock.run(client.app.bsky.actor.getProfile({ actor: "a" }).result());
    expect(clock.fired).toEqual([500, 2000, 8000, 8000, 8000, 8000]);
  });

  test("options of a call win over options of the client, one by one", async () => {
    const { client, clock, fetch } = testClient([page(502)], { retry: { attempts: 2, baseDelay: 100 } });
    await clock.run(client.app.bsky.actor.getProfile({ actor: "a" }).result());
    await clock.run(client.app.bsky.actor.getProfile({ actor: "a" }, { retry: { attempts: 3 } }).result());
    await clock.run(client.app.bsky.actor.getProfile({ actor: "a" }, { retry: false }).result());
    expect(fetch.requests).toHaveLength(2 + 3 + 1);
    expect(clock.fired).toEqual([100, 100, 400]);
  });

  test.each([
    ["seconds", { "retry-after": "7" }, 7000],
    ["an HTTP date", { "retry-after": new Date(Date.UTC(2026, 0, 1, 0, 0, 9)).toUTCString() }, 9000],
    ["RateLimit-Reset", { "ratelimit-reset": String(Date.UTC(2026, 0, 1, 0, 0, 5) / 1000) }, 5000],
    ["a time that is over: N6 its own wait", { "retry-after": "-3" }, 500],
    ["no time at all: N6 its own wait", { "retry-after": "0" }, 500],
    ["seconds from now: N6 as other software writes RateLimit-Reset", { "ratelimit-reset": "30" }, 30_000],
    ["B11 a time that no clock can show: its own wait", { "retry-after": "1e13" }, 500],
    ["B11 a reset in microseconds: its own wait", { "ratelimit-reset": String(START * 1000) }, 500],
  ])("A12.6 429 waits as long as the server asks: %s", async (_, headers, wait) => {
    const { client, clock } = testClient([refusal(429, "RateLimitExceeded", headers), ok]);
    await clock.run(client.app.bsky.actor.getProfile({ actor: "a" }));
    expect(clock.fired).toEqual([wait]);
  });

  test("503 honours Retry-After", async () => {
    const { client, clock } = testClient([refusal(503, "Busy", { "retry-after": "3" }), ok]);
    await clock.run(client.app.bsky.actor.getProfile({ actor: "a" }));
    expect(clock.fired).toEqual([3000]);
  });

  test("A12.6 a wait longer than maxWait is not waited: the call fails at once and says when", async () => {
    const { client, clock, fetch } = testClient([refusal(429, "RateLimitExceeded", { "retry-after": "61" }), ok]);
    const error = await client.app.bsky.actor.getProfile({ actor: "a" }).then(undefined, (reason: unknown) => reason);
    expect(error).toMatchObject({ name: "RateLimitError", attempts: 1, resetAt: new Date(clock.now() + 61_000) });
    expect(fetch.requests).toHaveLength(1);
    expect(clock.fired).toEqual([]);
  });

  test("a wait that would outlast the call is not waited", async () => {
    const { client, clock } = testClient([refusal(429, "RateLimitExceeded", { "retry-after": "30" }), ok]);
    const call = client.app.bsky.actor.getProfile({ actor: "a" }, { timeout: 10_000 });
    await expect(call).rejects.toMatchObject({ name: "RateLimitError" });
    expect(clock.fired).toEqual([]);
  });
});

describe("time limits", () => {
  test("a server that hangs: each attempt ends after its time, and the read is repeated", async () => {
    const { client, clock, fetch } = testClient(["hang", "hang", ok]);
    await clock.run(client.app.bsky.actor.getProfile({ actor: "a" }, { attemptTimeout: 1000 }));
    expect(fetch.requests).toHaveLength(3);
    expect(clock.fired).toEqual([1000, 500, 1000, 2000]);
  });

  test("a server that hangs for ever: TimeoutError of the call when its time is over", async () => {
    const { client, clock, fetch } = testClient(["hang"]);
    const startedAt = clock.now();
    const error = await clock
      .run(client.app.bsky.actor.getProfile({ actor: "a" }, { timeout: 5000, attemptTimeout: 3000 }))
      .then(undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ phase: "call", attempts: 2, retryable: false });
    expect(clock.now() - startedAt).toBe(5000);
    expect(fetch.requests).toHaveLength(2);
  });

  test("a procedure that hangs is not repeated, and is ambiguous", async () => {
    const { client, clock, fetch } = testClient(["hang"], account);
    const error = await clock
      .run(client.com.atproto.server.createInviteCode(invite))
      .then(undefined, (reason: unknown) => reason);
    expect(error).toMatchObject({ name: "TimeoutError", phase: "attempt", ambiguous: true, attempts: 1 });
    expect(fetch.requests).toHaveLength(1);
    expect(clock.fired).toEqual([30_000]);
  });

  test("calls that carry bytes have ten minutes", async () => {
    const { client, clock } = testClient(["hang"], account);
    await clock.run(client.com.atproto.repo.uploadBlob(new Uint8Array(1), { retry: false }).result());
    const here = { service: account.service, retry: false } as const;
    await clock.run(client.com.atproto.sync.getRepo({ did: "did:plc:x" }, here).result());
    expect(clock.fired).toEqual([600_000, 600_000]);
  });

  test("a body that drips is under the same limit as its head", async () => {
    const body = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode('{"a":')) });
    const { client, clock } = testClient([], {
      fetch: async (_url, init) =>
        new Response(body.pipeThrough(new TransformStream(), { signal: init.signal as AbortSignal })),
    });
    const error = await clock
      .run(client.app.bsky.actor.getProfile({ actor: "a" }, { retry: false }))
      .then(undefined, (reason: unknown) => reason);
    expect(error).toMatchObject({ name: "TimeoutError", phase: "attempt" });
  });
});

describe("aborts", () => {
  test("before sending: nothing is sent", async () => {
    const { client, fetch } = testClient([ok]);
    const reason = new Error("stop");
    await expect(client.app.bsky.actor.getProfile({ actor: "a" }, { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    expect(fetch.requests).toHaveLength(0);
  });

  test("A12.9 while waiting for a retry: at once, with the signal's reason, and no timer is left", async () => {
    const { client, clock, fetch } = testClient([page(502)]);
    const controller = new AbortController();
    const call = client.app.bsky.actor.getProfile({ actor: "a" }, { signal: controller.signal });
    const outcome = call.then(undefined, (reason: unknown) => reason);
    await new Promise((resolve) => setImmediate(resolve));
    expect(clock.pending).toBe(1);
    controller.abort("enough");
    expect(await outcome).toBe("enough");
    expect(clock.pending).toBe(0);
    expect(fetch.requests).toHaveLength(1);
  });
});

describe("procedures", () => {
  test.each<readonly [name: string, fault: Step]>([
    ["502", page(502)],
    ["503", refusal(503, "Busy")],
    ["504", page(504)],
    ["a reset connection", networkFailure("ECONNRESET")],
    ["an answer cut off", networkFailure("UND_ERR_SOCKET")],
    ["torn JSON", torn],
  ])("%s leaves it open whether the server acted: sent once, and ambiguous", async (_, fault) => {
    const { client, clock, fetch } = testClient([fault, ok], account);
    const error = await clock
      .run(client.com.atproto.server.createInviteCode(invite))
      .then(undefined, (reason: unknown) => reason);
    expect(error).toMatchObject({ ambiguous: true, retryable: false, attempts: 1 });
    expect(fetch.requests).toHaveLength(1);
  });

  test.each<readonly [name: string, fault: Step]>([
    ["429", refusal(429, "RateLimitExceeded", { "retry-after": "2" })],
    ["a refused connection", networkFailure("ECONNREFUSED")],
    ["a name that is not resolved", networkFailure("ENOTFOUND")],
  ])("%s: the server surely did not act, so it is sent again", async (_, fault) => {
    const { client, clock, fetch } = testClient([fault, ok], account);
    await clock.run(client.com.atproto.server.createInviteCode(invite));
    expect(fetch.requests).toHaveLength(2);
  });

  test("a stream can be sent only once", async () => {
    const { client, fetch } = testClient([refusal(429, "RateLimitExceeded"), ok], account);
    const error = await client.com.atproto.repo
      .uploadBlob(new Blob(["x"]).stream())
      .then(undefined, (reason: unknown) => reason);
    expect(error).toMatchObject({ status: 429, attempts: 1 });
    expect(fetch.requests).toHaveLength(1);
  });

  test("a procedure that nobody waits for is sent", async () => {
    const { client, fetch } = testClient([Response.json({})], account);
    void client.com.atproto.server.createInviteCode(invite);
    await new Promise((resolve) => setImmediate(resolve));
    expect(fetch.requests).toHaveLength(1);
  });
});

test("A12.7 ECONNRESET and DNS failures are NetworkErrors with their cause", async () => {
  for (const code of ["ECONNRESET", "ENOTFOUND"]) {
    const { client } = testClient([networkFailure(code)], { retry: false });
    const error = await client.app.bsky.actor.getProfile({ actor: "a" }).then(undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(NetworkError);
    expect(((error as Error).cause as { cause: { code: string } }).cause.code).toBe(code);
    expect((error as Error).message).toContain(`simulated ${code}`);
  }
});

test("an HTML page with an error status is an UpstreamError with the start of the page", async () => {
  const { client } = testClient([page(502)], { retry: false });
  const error = await client.app.bsky.actor.getProfile({ actor: "a" }).then(undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(UpstreamError);
  expect(error).toMatchObject({ status: 502, error: undefined, body: "<html><body><h1>502</h1></body></html>" });
});
