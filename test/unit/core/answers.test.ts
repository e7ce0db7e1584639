import { describe, expect, test } from "vitest";
import {
  AuthenticationError,
  InvalidResponseError,
  isDeclaredError,
  RateLimitError,
  UpstreamError,
  XrpcError,
} from "../../../src/index.ts";
import { appBskyFeedGetPostThread, comAtprotoRepoGetRecord } from "../../../generated/definitions.ts";
import { page, refusal } from "../../support/fakes/scripted-fetch.ts";
import { testClient } from "../../support/fakes/test-client.ts";

const account = { service: "https://pds.example", accessToken: "token", retry: false } as const;
const json = { "content-type": "application/json" };

describe("answers", () => {
  test("A6.1 http comes with JSON: status, headers whatever their case, milliseconds, URL", async () => {
    const { client, clock } = testClient([
      (request) => {
        clock.after(25, () => undefined);
        return Response.json(
          { did: "did:plc:x", path: request.url.pathname },
          { headers: { "RateLimit-Limit": "3000" } },
        );
      },
    ]);
    const { data, http } = await client.app.bsky.actor.getProfile({ actor: "a.test" }).withResponse();
    expect(data.did).toBe("did:plc:x");
    expect(http.status).toBe(200);
    expect(http.headers.get("ratelimit-limit")).toBe("3000");
    expect(http.elapsed).toBe(0);
    expect(http.url).toBe("https://public.api.bsky.app/xrpc/app.bsky.actor.getProfile?actor=a.test");
  });

  test("A6.2 http comes with an empty body, whose data is undefined", async () => {
    const { client } = testClient([new Response("", { status: 200 })], account);
    const { data, http } = await client.app.bsky.actor.putPreferences({ preferences: [] }).withResponse();
    expect(data).toBeUndefined();
    expect(http.status).toBe(200);
  });

  test("A6.3 bytes arrive as they were sent, whatever their type", async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    for (const type of ["application/octet-stream", "application/json", "text/html"]) {
      const { client } = testClient([new Response(bytes, { headers: { "content-type": type } })]);
      expect(await client.com.atproto.sync.getBlob({ did: "did:plc:x", cid: "bafy" })).toEqual(bytes);
    }
  });

  test("A6.4 an array at the top of the answer is the data", async () => {
    const { client } = testClient([Response.json([1, { a: 2 }])]);
    expect(await client.get("com.example.list")).toEqual([1, { a: 2 }]);
  });

  test("A6.5 errors carry http, the server's name and its message", async () => {
    const { client } = testClient([refusal(400, "NotFound", { "x-trace": "7" })]);
    const error = await client.app.bsky.feed
      .getPostThread({ uri: "at://x" })
      .then(undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(XrpcError);
    expect(error).toMatchObject({
      name: "XrpcError",
      error: "NotFound",
      status: 400,
      nsid: "app.bsky.feed.getPostThread",
      attempts: 1,
      retryable: false,
      ambiguous: false,
      message: "app.bsky.feed.getPostThread at https://public.api.bsky.app answered 400 NotFound: NotFound happened",
      http: {
        status: 400,
        elapsed: 0,
        url: "https://public.api.bsky.app/xrpc/app.bsky.feed.getPostThread?uri=at%3A%2F%2Fx",
      },
    });
    expect((error as XrpcError).headers.get("X-Trace")).toBe("7");
    expect((error as XrpcError).callId).toMatch(/^[0-9a-z]{12,}$/);
  });

  test.each([201, 202, 204])("A6.6 %i is a success", async (status) => {
    const { client } = testClient(
      [new Response(status === 204 ? null : '{"ok":1}', { status, headers: json })],
      account,
    );
    expect(await client.post("com.example.put", {})).toEqual(status === 204 ? undefined : { ok: 1 });
  });

  test.each([
    ["torn", '{"feed":[{"po'],
    ["HTML", "<html>hello</html>"],
    ["empty", ""],
  ])(
    "A6.7 a %s body where JSON is promised is an error; retryable for reads, ambiguous for writes",
    async (_, body) => {
      const { client } = testClient([new Response(body, { headers: json })], account);
      const read = await client.app.bsky.feed.getTimeline().result();
      const write = await client.com.atproto.server.createInviteCode({ useCount: 1 }).result();
      expect(read).toMatchObject({
        ok: false,
        error: { name: "InvalidResponseError", retryable: true, ambiguous: false },
      });
      expect(write).toMatchObject({
        ok: false,
        error: { name: "InvalidResponseError", retryable: false, ambiguous: true },
      });
      const error = (read as unknown as { error: InvalidResponseError }).error;
      expect(error.http?.status).toBe(200);
      expect(error.message).toContain("app.bsky.feed.getTimeline at https://pds.example answered 200 with");
    },
  );

  test("A6.7 an HTML page where nothing is known of the endpoint is an error; other types are bytes", async () => {
    const html = testClient([new Response("<p>", { headers: { "content-type": "text/html" } })], { retry: false });
    await expect(html.client.get("com.example.list")).rejects.toBeInstanceOf(InvalidResponseError);
    const csv = testClient([new Response("a,b", { headers: { "content-type": "text/csv" } })]);
    expect(await csv.client.get("com.example.list")).toEqual(new TextEncoder().encode("a,b"));
  });

  test.each([
    ["not JSON", new Response("Bad thing", { status: 400 })],
    ["JSON without error", Response.json({ message: "Bad thing" }, { status: 400 })],
    ["JSON null", new Response("null", { status: 400, headers: json })],
    ["an empty body", new Response("", { status: 400 })],
    ["an HTML page", page(400)],
  ])("A6.8 a 400 with %s is a typed error with the status", async (_, answer) => {
    const { client } = testClient([answer], { retry: false });
    const error = await client.app.bsky.actor.getProfile({ actor: "a" }).then(undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(UpstreamError);
    expect(error).toMatchObject({ status: 400, error: undefined });
  });

  test("bytes inside JSON become bytes, links and blobs stay plain data", async () => {
    const blob = { $type: "blob", ref: { $link: "bafy" }, mimeType: "image/png", size: 3 };
    const { client } = testClient([
      Response.json({ a: { $bytes: "AQID" }, b: [{ $bytes: "/w" }], blob, c: { $bytes: 1 } }),
    ]);
    expect(await client.get("com.example.get")).toEqual({
      a: new Uint8Array([1, 2, 3]),
      b: [new Uint8Array([255])],
      blob,
      c: { $bytes: 1 },
    });
  });
});

describe("kinds of errors", () => {
  test.each([
    [401, "AuthMissing", AuthenticationError],
    [400, "ExpiredToken", AuthenticationError],
    [400, "InvalidToken", AuthenticationError],
    [429, "RateLimitExceeded", RateLimitError],
    [500, "InternalServerError", UpstreamError],
    [501, "MethodNotImplemented", UpstreamError],
    [502, "UpstreamFailure", UpstreamError],
    [403, "AccountNotFound", XrpcError],
    [413, "PayloadTooLarge", XrpcError],
  ])("%i %s", async (status, name, kind) => {
    const { client } = testClient([refusal(status, name)], { retry: false });
    const error = await client.app.bsky.actor.getProfile({ actor: "a" }).then(undefined, (reason: unknown) => reason);
    expect((error as Error).constructor).toBe(kind);
    expect(error).toMatchObject({ status, error: name, name: kind.name });
  });

  test("declared errors are told from others, by result() and by isDeclaredError", async () => {
    const declared = await testClient([refusal(400, "NotFound")])
      .client.app.bsky.feed.getPostThread({ uri: "x" })
      .result();
    const other = await testClient([refusal(400, "InvalidRequest")])
      .client.app.bsky.feed.getPostThread({ uri: "x" })
      .result();
    expect([declared, other].map((one) => !one.ok && one.declared)).toEqual([true, false]);
    const error = declared.ok ? undefined : declared.error;
    expect(isDeclaredError(appBskyFeedGetPostThread, error)).toBe(true);
    expect(isDeclaredError(comAtprotoRepoGetRecord, error)).toBe(false);
    expect(isDeclaredError(appBskyFeedGetPostThread, new Error("NotFound"))).toBe(false);
  });

  test("a 429 says when the server takes requests again", async () => {
    const reset = Date.UTC(2026, 0, 1, 0, 10) / 1000;
    const limited = testClient([refusal(429, "RateLimitExceeded", { "ratelimit-reset": String(reset) })], {
      retry: false,
    });
    const error = await limited.client.app.bsky.actor
      .getProfile({ actor: "a" })
      .then(undefined, (reason: unknown) => reason);
    expect((error as RateLimitError).resetAt).toEqual(new Date(reset * 1000));
    expect((error as Error).message).toContain("2026-01-01T00:10:00.000Z");
  });

  test("an abort comes through as the signal's own reason", async () => {
    const { client } = testClient(["hang"]);
    const controller = new AbortController();
    const reason = new Error("no longer wanted");
    const call = client.app.bsky.actor.getProfile({ actor: "a" }, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 1);
    await expect(call).rejects.toBe(reason);
    await expect(call.result()).rejects.toBe(reason);
  });
});

describe("what the logger hears", () => {
  test("a failed call is two error lines; nothing below the level", async () => {
    const { client, lines } = testClient([refusal(400, "NotFound")]);
    await client.app.bsky.feed.getPostThread({ uri: "at://x" }).result();
    await testClient([Response.json({})]).client.app.bsky.actor.getProfile({ actor: "a" });
    expect(lines).toEqual([
      "error 400 NotFound - app.bsky.feed.getPostThread at https://public.api.bsky.app answered 400 NotFound: NotFound happened",
      "error All that is known of the call: await client.log.get(1)",
    ]);
  });

  test("M10 local refusals and successes are heard when debugging, nothing when silent", async () => {
    const chatty = testClient([Response.json({})], { logLevel: "debug" });
    await chatty.client.app.bsky.actor.getProfile({ actor: "a" });
    await chatty.client.app.bsky.actor.putPreferences({ preferences: [] }).result();
    expect(chatty.lines).toEqual([
      "debug 200 app.bsky.actor.getProfile - 0 ms, 1 attempt",
      expect.stringMatching(/^debug NotAuthenticatedError - app\.bsky\.actor\.putPreferences needs an account/),
      "debug All that is known of the call: await client.log.get(1)",
    ]);
    const silent = testClient([refusal(400, "NotFound")], { logLevel: "silent" });
    await silent.client.app.bsky.feed.getPostThread({ uri: "at://x" }).result();
    expect(silent.lines).toEqual([]);
  });
});
