import { once } from "node:events";
import type { Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createServer as createSocketServer } from "node:net";
import { brotliCompressSync, deflateRawSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { onAbort } from "../../../src/core/abort.ts";
import { systemClock } from "../../../src/core/clock.ts";
import type { ClientOptions } from "../../../src/index.ts";
import { Client, InvalidResponseError, NetworkError, TimeoutError, ValidationError } from "../../../src/index.ts";
import { MemoryStorage } from "../../../src/storage/memory/index.ts";
import { testClient } from "../../support/fakes/test-client.ts";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function listen(server: Server | ReturnType<typeof createSocketServer>): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    if ("closeAllConnections" in server) server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A client of a server that answers in one way. */
async function against(answer: (response: ServerResponse) => void, options: ClientOptions = {}) {
  const server = createServer((request, response) => {
    request.resume();
    answer(response);
  });
  return clientOf(await listen(server), options);
}

function clientOf(service: string, options: ClientOptions = {}) {
  const client = new Client({
    storage: new MemoryStorage(),
    service,
    accessToken,
    logLevel: "silent",
    retry: false,
    ...options,
  });
  closing.push(() => client.close());
  const read = () => client.app.bsky.actor.getProfile({ actor: "a.test" });
  const write = () => client.post("com.example.write", { a: 1 });
  return { client, read, write, service };
}

/** An account for what is written. */
const accessToken = `x.${Buffer.from(JSON.stringify({ sub: "did:plc:a" })).toString("base64url")}.x`;
const account = { service: "https://pds.example", accessToken, budget: false } as const;

/** A server of bytes, which says whatever it likes. */
async function speaking(talk: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createSocketServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("data", () => talk(socket));
  });
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
  });
  return listen(server);
}

const failureOf = async (call: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(call).then(
    () => expect.unreachable("the call succeeded"),
    (error: unknown) => error,
  );

describe("N1 every call ends", () => {
  test("N1 a server that switches protocols", async () => {
    const url = await speaking((socket) =>
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"),
    );
    const { read } = clientOf(url);
    const error = await failureOf(read());
    expect(error).toBeInstanceOf(NetworkError);
    expect((error as Error).message).toContain("101");
  });

  test("N1 a fetch that ignores its signal", async () => {
    const { client, clock } = testClient([], { fetch: () => new Promise(() => undefined), retry: false });
    const calling = client.app.bsky.actor.getProfile({ actor: "a.test" }, { attemptTimeout: 1000, timeout: 1000 });
    expect(await failureOf(clock.run(calling))).toBeInstanceOf(TimeoutError);
    const controller = new AbortController();
    const aborted = client.app.bsky.actor.getProfile({ actor: "a.test" }, { signal: controller.signal });
    const failed = failureOf(aborted);
    controller.abort(new Error("enough"));
    expect(await failed).toEqual(new Error("enough"));
  });
});

describe("N2 bodies are bounded", () => {
  const bomb = Buffer.alloc(80 * 1024 * 1024, " ");

  test.each([
    ["br", brotliCompressSync(bomb)],
    ["gzip", gzipSync(bomb)],
  ])("N2 a small body in %s that becomes very large", async (encoding, body) => {
    const { read } = await against((response) => {
      response.writeHead(200, { "content-type": "application/json", "content-encoding": encoding }).end(body);
    });
    const error = await failureOf(read());
    expect(error).toBeInstanceOf(InvalidResponseError);
    expect(error).toMatchObject({ retryable: false, ambiguous: false });
  });

  test("N2 a plain body without an end", async () => {
    const chunk = Buffer.alloc(1_000_000, " ");
    const { read } = await against((response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on("drain", more);
      more();
    });
    expect(await failureOf(read())).toBeInstanceOf(InvalidResponseError);
  });

  test("N2 the same by a given fetch, with a limit of one's own", async () => {
    const answer = await against((response) => void response.end(JSON.stringify({ a: "x".repeat(2000) })), {
      fetch: (url, init) => fetch(url, init),
    });
    const call = answer.client.call(
      { kind: "query", nsid: "com.example.read", output: "application/json" },
      {},
      { maxResponseBytes: 1000 },
    );
    expect(await failureOf(call)).toBeInstanceOf(InvalidResponseError);
  });

  test("N9 deflate without the header it should have is read all the same", async () => {
    const { read } = await against((response) => {
      response
        .writeHead(200, { "content-type": "application/json", "content-encoding": "deflate" })
        .end(deflateRawSync('{"did":"did:plc:a"}'));
    });
    expect(await read()).toEqual({ did: "did:plc:a" });
  });
});

test("N3 the body of a redirect is not read", async () => {
  let closed: Promise<unknown> | undefined;
  const server = createServer((request, response) => {
    if (request.url === "/end") return void response.end("{}");
    response.writeHead(302, { location: "/end" });
    response.write("x");
    closed = once(response, "close");
  });
  const { read } = clientOf(await listen(server));
  expect(await read()).toEqual({});
  expect(await closed).toBeDefined();
});

describe("what was surely never sent is not ambiguous", () => {
  test("N4 a server that is not secure is asked once, and said to be so", async () => {
    let connections = 0;
    const url = await speaking((socket) => {
      connections++;
      socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    const { write } = clientOf(url.replace("http:", "https:"), { retry: { attempts: 4, baseDelay: 1 } });
    const error = await failureOf(write());
    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ ambiguous: false, retryable: false });
    expect((error as Error).message).toContain("is not secure");
    expect(connections).toBe(1);
  });

  test("B13 a connection that is never made within the attempt's time", async () => {
    const server = createSocketServer();
    const { write } = clientOf((await listen(server)).replace("http:", "https:"), { attemptTimeout: 50 });
    const error = await failureOf(write());
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ ambiguous: false, phase: "attempt" });
  });

  test("N8 a fault of this program is neither ambiguous nor repeated", async () => {
    const { write } = await against((response) => void response.end("{}"), {
      headers: { "x-odd": "a\nb" },
      retry: { attempts: 3 },
    });
    const error = await failureOf(write());
    expect(error).not.toMatchObject({ ambiguous: true });
  });

  test("B8 a call whose time is over is not sent", async () => {
    const { client, fetch } = testClient([Response.json({})], { ...account, retry: false });
    const error = await failureOf(client.post("com.example.write", {}, { timeout: 0 }));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ phase: "call", ambiguous: false });
    expect(fetch.requests).toEqual([]);
  });
});

test("B12 a server that answers early and reads no more does not keep the connection", async () => {
  let closed: Promise<unknown> | undefined;
  const server = createServer((request, response) => {
    request.pause();
    closed = new Promise((resolve) => request.socket.on("close", resolve));
    response.writeHead(413, { "content-type": "application/json" }).end('{"error":"BlobTooLarge"}');
  });
  const { client } = clientOf(await listen(server));
  const error = await failureOf(client.post("com.example.upload", new Uint8Array(30_000_000), { encoding: "x/y" }));
  expect(error).toMatchObject({ status: 413 });
  await closed;
});

test("N11 ten thousand calls at once share some connections", async () => {
  const sockets = new Set<Socket>();
  const server = createServer((_request, response) => void response.end("{}"));
  server.on("connection", (socket: Socket) => sockets.add(socket));
  const { client } = clientOf(await listen(server));
  const definition = { kind: "query", nsid: "com.example.read", output: "application/json" } as const;
  await Promise.all(Array.from({ length: 2_000 }, () => client.call(definition)));
  expect(sockets.size).toBeLessThanOrEqual(64);
});

test("N11 a signal has one listener, however many wait for it", () => {
  const controller = new AbortController();
  let listeners = 0;
  const add = controller.signal.addEventListener.bind(controller.signal);
  controller.signal.addEventListener = (...args: Parameters<AbortSignal["addEventListener"]>) => {
    listeners++;
    add(...args);
  };
  const called: number[] = [];
  const ends = [1, 2, 3].map((number) => onAbort(controller.signal, () => called.push(number)));
  ends[1]?.();
  controller.abort();
  expect([listeners, called]).toEqual([1, [1, 3]]);
  onAbort(controller.signal, () => called.push(4));
  expect(called).toEqual([1, 3, 4]);
});

describe("B3 long times", () => {
  test.each([2 ** 31, 30 * 24 * 3_600_000, Number.MAX_SAFE_INTEGER, Infinity])(
    "B3 a wait of %d ms is not over at once",
    async (ms) => {
      let fired = false;
      const cancel = systemClock.after(ms, () => (fired = true), true);
      await new Promise((resolve) => setTimeout(resolve, 20));
      cancel();
      expect(fired).toBe(false);
    },
  );

  test.each([Infinity, 2 ** 40])("B3 a call with a timeout of %d is made", async (timeout) => {
    const { client } = await against(
      (response) => void response.setHeader("content-type", "application/json").end("{}"),
    );
    expect(await client.post("com.example.write", {}, { timeout, attemptTimeout: timeout })).toEqual({});
  });
});

describe("what is given is taken when the call is made", () => {
  test("B2 bytes of Node's buffers are the call's own, in repetitions too", async () => {
    const { client, fetch, clock } = testClient([Response.json({}, { status: 503 }), Response.json({})], {
      ...account,
      retry: { attempts: 2 },
    });
    const given = Buffer.alloc(8, 1);
    const call = client.post("com.example.upload", given, { encoding: "x/y", idempotent: true });
    given.fill(66);
    await clock.run(call);
    expect(fetch.requests).toHaveLength(2);
    for (const { body } of fetch.requests) expect([...(body as Uint8Array)]).toEqual(Array(8).fill(1));
  });

  test("B16 parameters of a list do not change between its pages, nor before it is awaited", async () => {
    const { client, fetch } = testClient([Response.json({ items: [1], cursor: "b" }), Response.json({ items: [2] })]);
    const params: { q: string; tags: string[] } = { q: "one", tags: ["a"] };
    const list = client.get("com.example.list", params);
    params.q = "two";
    params.tags.push("b");
    for await (const _ of list as AsyncIterable<unknown>) params.q = "three";
    expect(fetch.requests.map(({ url }) => url.search)).toEqual(["?q=one&tags=a", "?q=one&tags=a&cursor=b"]);
  });

  test("V4 N9 half of a surrogate pair, and parameters that are not an object of their own, are refused", async () => {
    const { client, fetch } = testClient();
    for (const params of [{ q: "\ud800" }, new URLSearchParams({ q: "a" }), new Map([["q", "a"]])]) {
      expect(await failureOf(client.get("com.example.list", params))).toBeInstanceOf(ValidationError);
    }
    expect(fetch.requests).toEqual([]);
  });

  test("N9 a header that HTTP has no form for is refused, without its value", async () => {
    const { client, fetch } = testClient([]);
    for (const headers of [
      { "x-a": "secret\nx-b: 1" },
      { "x-a": "secret\u0000" },
      { "x-a": "secret\u4e00" },
      { "x a": "secret" },
    ]) {
      const error = await failureOf(client.get("com.example.list", {}, { headers }));
      expect(error).toBeInstanceOf(ValidationError);
      expect(String(error)).toContain("has a character that HTTP headers cannot hold");
      expect(String(error)).not.toContain("secret");
    }
    expect(fetch.requests).toEqual([]);
  });

  test.each(["null", "[1]", "1", '"text"', "true"])("N9 %s is not the object that a lexicon promises", async (body) => {
    const { client } = testClient(
      [0, 1].map(() => new Response(body, { headers: { "content-type": "application/json" } })),
      { ...account, retry: false },
    );
    expect(await failureOf(client.app.bsky.actor.getProfile({ actor: "a.test" }))).toMatchObject({
      name: "InvalidResponseError",
      ambiguous: false,
    });
    // An endpoint that no lexicon describes may answer as it likes.
    expect(await client.get("com.example.any")).toEqual(JSON.parse(body));
  });

  test("V4 very deep input is refused, and a member named __proto__ is sent", async () => {
    const { client, fetch } = testClient([Response.json({})], account);
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level++) deep = [deep];
    expect(await failureOf(client.post("com.example.write", { deep }))).toBeInstanceOf(ValidationError);
    await client.post("com.example.write", JSON.parse('{"__proto__":{"a":1},"b":2}'));
    expect(fetch.requests.map(({ body }) => body)).toEqual(['{"__proto__":{"a":1},"b":2}']);
  });

  test("P5 links of the official packages are sent as links", async () => {
    const { client, fetch } = testClient([Response.json({})], account);
    const { CID } = await import("multiformats");
    const cid = "bafyreihyrpefhacm6kkp4ql6j6udakdit7g3dmkzfriqfykhjw6cad5lrm";
    await client.post("com.example.write", { link: CID.parse(cid) });
    expect(fetch.requests.map(({ body }) => body)).toEqual([`{"link":{"$link":"${cid}"}}`]);
  });
});
