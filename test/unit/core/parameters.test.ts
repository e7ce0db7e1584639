import { describe, expect, test } from "vitest";
import { ValidationError } from "../../../src/index.ts";
import { testClient } from "../../support/fakes/test-client.ts";

/** Keeps the compiler from knowing the name. */
const anyName = (nsid: string): string => nsid;

const account = { service: "https://pds.example", accessToken: "token" };

describe("parameters of queries", () => {
  test("A5.1 a params object, merged objects and the typed method give the same request", async () => {
    const { client, fetch } = testClient();
    const common = { actor: "alice.test" };
    await client.get("app.bsky.feed.getAuthorFeed", { actor: "alice.test", limit: 5 });
    await client.get("xrpc/app.bsky.feed.getAuthorFeed", { ...common, limit: 5 });
    await client.app.bsky.feed.getAuthorFeed({ ...common, limit: 5 });
    await client.get("app.bsky.feed.getAuthorFeed", { ...common, limit: 5 });
    expect(new Set(fetch.requests.map(({ url, method }) => `${method} ${url.href}`))).toEqual(
      new Set(["GET https://public.api.bsky.app/xrpc/app.bsky.feed.getAuthorFeed?actor=alice.test&limit=5"]),
    );
  });

  test("A5.2 arrays repeat their key", async () => {
    const { client, fetch } = testClient();
    await client.app.bsky.feed.getPosts({ uris: ["at://a/b/c", "at://d/e/f"] });
    expect(fetch.requests[0]?.url.searchParams.getAll("uris")).toEqual(["at://a/b/c", "at://d/e/f"]);
  });

  test("A5.3 booleans are true and false", async () => {
    const { client, fetch } = testClient();
    await client.app.bsky.feed.getAuthorFeed({ actor: "a.test", includePins: true });
    await client.app.bsky.feed.getAuthorFeed({ actor: "a.test", includePins: false });
    expect(fetch.requests.map(({ url }) => url.searchParams.get("includePins"))).toEqual(["true", "false"]);
  });

  test("A5.4 null and undefined are left out of a query, undefined out of a body, null stays in a body", async () => {
    const { client, fetch } = testClient([], account);
    await client.get("com.example.find", { a: null, b: undefined, c: "", d: ["x", undefined, null] });
    await client.post("com.example.put", { a: null, b: undefined, c: { d: undefined, e: null } });
    expect(fetch.requests[0]?.url.search).toBe("?c=&d=x");
    expect(fetch.requests[1]?.body).toBe('{"a":null,"c":{"e":null}}');
  });

  test("A5.5 names that mean something to other clients reach the endpoint", async () => {
    const { client, fetch } = testClient();
    const params = {
      method: "1",
      hostname: "2",
      endpoint: "3",
      auth_method: "4",
      params: "5",
      use_refresh_token: "6",
      data: "7",
      headers: "8",
      cursor_key: "9",
    };
    await client.get("com.example.find", params);
    expect(Object.fromEntries(fetch.requests[0]?.url.searchParams ?? [])).toEqual(params);
  });

  test("A5.6 frozen parameters, inputs and options work and are not changed", async () => {
    const { client, fetch } = testClient([], account);
    const uris = Object.freeze(["at://a/b/c"]);
    const params = Object.freeze({ uris });
    const options = Object.freeze({ headers: Object.freeze({ "X-Mine": "1" }), retry: Object.freeze({ attempts: 1 }) });
    await client.app.bsky.feed.getPosts(params, options);
    const record = Object.freeze({ text: "hi", createdAt: new Date(0), bytes: new Uint8Array([1]) });
    const input = Object.freeze({ repo: "did:plc:x", collection: "app.bsky.feed.post", rkey: "a", record });
    await client.com.atproto.repo.createRecord(input, options);
    expect(fetch.requests[1]?.body).toBe(
      '{"repo":"did:plc:x","collection":"app.bsky.feed.post","rkey":"a","record":{"text":"hi","createdAt":"1970-01-01T00:00:00.000Z","bytes":{"$bytes":"AQ"}}}',
    );
    expect(record.bytes).toEqual(new Uint8Array([1]));
    expect(options).toEqual({ headers: { "X-Mine": "1" }, retry: { attempts: 1 } });
  });

  test("dates and large whole numbers are written in full", async () => {
    const { client, fetch } = testClient();
    await client.get("com.example.find", { since: new Date(0), id: 9_007_199_254_740_991n, n: 1e15 });
    expect(fetch.requests[0]?.url.search).toBe(
      "?since=1970-01-01T00%3A00%3A00.000Z&id=9007199254740991&n=1000000000000000",
    );
  });

  test.each([
    ["a fraction", { limit: 1.5 }, "params.limit"],
    ["not a number", { limit: Number.NaN }, "params.limit"],
    ["an object", { filter: { a: 1 } }, "params.filter"],
    ["an object in an array", { uris: ["a", {}] }, "params.uris"],
    ["an invalid date", { since: new Date(Number.NaN) }, "params.since"],
    ["a function", { f: () => 1 }, "params.f"],
  ])("%s is refused with its place, before anything is sent", async (_, params, path) => {
    const { client, fetch } = testClient();
    const error = await client.get("com.example.find", params).then(undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(ValidationError);
    expect((error as ValidationError).issues[0]?.path).toBe(path);
    expect((error as ValidationError).message).toContain("com.example.find");
    expect((error as ValidationError).message).toContain(path);
    expect(fetch.requests).toHaveLength(0);
  });
});

describe("input of procedures", () => {
  test("A5.7 bytes are the body, and params go to the URL", async () => {
    const { client, fetch } = testClient([], account);
    await client.post("com.example.upload", new Uint8Array([1, 2, 3]), {
      params: { name: "a b.bin", part: 1 },
      encoding: "application/x-thing",
    });
    const [request] = fetch.requests;
    expect(request?.url.search).toBe("?name=a%20b.bin&part=1");
    expect(request?.headers["content-type"]).toBe("application/x-thing");
    expect(request?.body).toEqual(new Uint8Array([1, 2, 3]));
  });

  test.each([
    ["what the caller says", new Uint8Array([0xff, 0xd8, 0xff]), "image/x-mine", "image/x-mine"],
    ["the Blob's type", new Blob(["x"], { type: "text/plain" }), undefined, "text/plain"],
    ["what a PNG's first bytes show", Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), undefined, "image/png"],
    ["what a JPEG's first bytes show", new Uint8Array([0xff, 0xd8, 0xff, 0xe0]), undefined, "image/jpeg"],
    ["what an MP4's first bytes show", Buffer.from("\0\0\0\x18ftypisom"), undefined, "video/mp4"],
    ["plain bytes when nothing else is known", new ArrayBuffer(2), undefined, "application/octet-stream"],
  ])("the Content-Type of bytes is %s", async (_, input, encoding, expected) => {
    const { client, fetch } = testClient([], account);
    await client.com.atproto.repo.uploadBlob(input, { encoding });
    expect(fetch.requests[0]?.headers["content-type"]).toBe(expected);
  });

  test("the lexicon's encoding is used where the bytes show nothing", async () => {
    const { client, fetch } = testClient([], account);
    await client.com.atproto.repo.importRepo(new Uint8Array([0]));
    expect(fetch.requests[0]?.headers["content-type"]).toBe("application/vnd.ipld.car");
  });

  test("the caller's buffer may be used again while the call waits for a retry", async () => {
    const { client, fetch, clock } = testClient(
      [new Response("", { status: 429 }), Response.json({ blob: {} })],
      account,
    );
    const bytes = new Uint8Array([1, 2, 3]);
    const call = client.com.atproto.repo.uploadBlob(bytes);
    bytes.fill(0);
    await clock.run(call);
    expect(fetch.requests.map(({ body }) => body)).toEqual([new Uint8Array([1, 2, 3]), new Uint8Array([1, 2, 3])]);
  });

  test("no input and none declared: no body and no Content-Type; JSON declared: {}", async () => {
    const { client, fetch } = testClient([new Response()], account);
    await client.com.atproto.server.activateAccount();
    await client.com.atproto.server.deactivateAccount();
    expect(fetch.requests.map(({ body, headers }) => [body, headers["content-type"]])).toEqual([
      [undefined, undefined],
      ["{}", "application/json"],
    ]);
  });

  test("A5.8 a query with a body is refused before sending", async () => {
    const { client, fetch } = testClient([], account);
    const error = await client.post(anyName("app.bsky.feed.getTimeline"), { limit: 1 }).result();
    expect(error).toMatchObject({ ok: false, error: { name: "ValidationError", nsid: "app.bsky.feed.getTimeline" } });
    await expect(client.post(anyName("app.bsky.feed.getTimeline"))).rejects.toThrow("call it with client.get");
    await expect(client.get(anyName("com.atproto.repo.createRecord"))).rejects.toThrow("call it with client.post");
    await expect(client.get(anyName("app.bsky.feed.post"))).rejects.toThrow("is a record");
    expect(fetch.requests).toHaveLength(0);
  });

  test.each([
    ["bytes for an endpoint that takes JSON", "com.atproto.repo.createRecord", new Uint8Array(1), "takes JSON"],
    [
      "JSON for an endpoint that takes bytes",
      "com.atproto.repo.importRepo",
      { a: 1 },
      "takes application/vnd.ipld.car",
    ],
    ["nothing for an endpoint that takes bytes", "com.atproto.repo.importRepo", undefined, "is missing"],
    ["NaN", "com.example.put", { a: [{ b: Number.NaN }] }, "input.a[0].b"],
    ["a bigint", "com.example.put", { a: 1n }, "input.a"],
    ["a function", "com.example.put", { a: () => 1 }, "input.a"],
    ["a Map", "com.example.put", { a: new Map() }, "input.a"],
    ["a hole in an array", "com.example.put", { a: [1, undefined] }, "input.a[1]"],
    ["an invalid date", "com.example.put", { a: new Date(Number.NaN) }, "input.a"],
  ])("%s is refused before anything is sent", async (_, nsid, input, words) => {
    const { client, fetch } = testClient([], account);
    await expect(client.post(nsid, input)).rejects.toThrow(words);
    await expect(client.post(nsid, input)).rejects.toBeInstanceOf(ValidationError);
    expect(fetch.requests).toHaveLength(0);
  });

  test("an input that contains itself is refused", async () => {
    const { client } = testClient([], account);
    const loop: Record<string, unknown> = {};
    loop.self = { again: loop };
    await expect(client.post("com.example.put", loop)).rejects.toThrow("input.self.again contains itself");
  });

  test.each(["app.bsky", "../secrets", "app.bsky.feed.getTimeline?x=1", "https://x.y/xrpc/a.b.c", ""])(
    "%j is no endpoint",
    async (name) => {
      const { client, fetch } = testClient();
      await expect(client.get(name)).rejects.toBeInstanceOf(ValidationError);
      expect(fetch.requests).toHaveLength(0);
    },
  );
});
