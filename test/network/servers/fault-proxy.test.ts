import { afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { newPost, signUp, until, type Account } from "../../support/servers/accounts.ts";
import { startFaultProxy, type FaultProxy } from "../../support/servers/fault-proxy.ts";
import type { Fault } from "../../support/servers/faults.ts";
import { xrpc, type XrpcRequest } from "../../support/servers/xrpc.ts";

const { pds } = inject("network");
const collection = "app.bsky.feed.post";
let account: Account;
let proxy: FaultProxy;
beforeAll(async () => {
  account = await signUp(pds);
});
beforeEach(async () => {
  proxy = await startFaultProxy(pds);
});
afterEach(() => proxy.close());

const writePost = (server: string, rkey: string, options: XrpcRequest = {}) =>
  xrpc(server, "com.atproto.repo.createRecord", {
    token: account.accessJwt,
    body: { repo: account.did, collection, rkey, record: newPost("behind a proxy") },
    ...options,
  });

let keys = 0;
/** A TID, as posts demand, made of letters that count. */
const nextKey = () =>
  `3laaaaaaaa${String(1000 + keys++)
    .slice(1)
    .replaceAll(/\d/g, (digit) => "abcdefghij".charAt(Number(digit)))}`;

async function isWritten(rkey: string): Promise<boolean> {
  const { status } = await xrpc(pds, "com.atproto.repo.getRecord", { params: { repo: account.did, collection, rkey } });
  return status === 200;
}

/** What fetch gives or throws, in a form to compare. */
async function seen(
  answer: Promise<{ status: number; headers: Headers; text: string; json: unknown }>,
): Promise<object> {
  try {
    const { status, headers, text, json } = await answer;
    const type = headers.get("content-type")?.replace(/;.*/, "");
    return { status, type, text, json, retryAfter: headers.get("retry-after") };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { cause } = error;
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    return { threw: error.name, message: error.message, code };
  }
}

const html = (title: string) => ({
  type: "text/html",
  text: `<html><body><h1>${title}</h1></body></html>`,
  json: undefined,
});
const untouched = { status: 200, type: "application/json", json: { validationStatus: "valid" } };
const cut = { threw: "TypeError", message: "fetch failed", code: "ECONNRESET" };
const endless = (body: unknown) => Object.assign({}, body, { cursor: "same" });

async function took(fault: Fault): Promise<{ ms: number; bytes: number }> {
  proxy.next({}, fault);
  const begin = performance.now();
  const { text } = await xrpc(proxy.url, "com.atproto.server.describeServer");
  return { ms: performance.now() - begin, bytes: Buffer.byteLength(text) };
}

describe("faults", () => {
  test.each<[string, Fault | undefined, object, boolean]>([
    ["none", undefined, untouched, true],
    [
      "status with html",
      { kind: "status", status: 502, html: true },
      { status: 502, ...html("502 Bad Gateway") },
      false,
    ],
    [
      "status with headers",
      { kind: "status", status: 503, headers: { "retry-after": "1" } },
      { status: 503, type: "application/json", json: { error: "UpstreamFailure" }, retryAfter: "1" },
      false,
    ],
    [
      "status with a server's error",
      { kind: "status", status: 429, error: "RateLimitExceeded", message: "Rate Limit Exceeded" },
      { status: 429, json: { error: "RateLimitExceeded", message: "Rate Limit Exceeded" } },
      false,
    ],
    ["reset", { kind: "reset" }, cut, false],
    ["resetAfter", { kind: "resetAfter" }, cut, true],
    ["statusAfter", { kind: "statusAfter" }, { status: 504, ...html("504 Gateway Timeout") }, true],
    ["statusAfter 502", { kind: "statusAfter", status: 502 }, { status: 502, ...html("502 Bad Gateway") }, true],
    ["truncate", { kind: "truncate" }, { threw: "TypeError", message: "terminated", code: "UND_ERR_SOCKET" }, true],
    ["badJson", { kind: "badJson" }, { status: 200, type: "application/json", json: undefined }, true],
    ["drip", { kind: "drip", msPerByte: 1 }, untouched, true],
    ["delay", { kind: "delay", delayMs: 50 }, untouched, true],
    ["delayAfter", { kind: "delayAfter", ms: 50 }, untouched, true],
    ["a late status", { kind: "status", status: 504, delayMs: 50 }, { status: 504 }, false],
    [
      "mutate",
      { kind: "mutate", edit: () => ({ uri: "at://edited" }) },
      { status: 200, json: { uri: "at://edited" } },
      true,
    ],
  ])("%s", async (_case, fault, expected, written) => {
    if (fault) proxy.next({ nsid: "createRecord" }, fault);
    const rkey = nextKey();
    expect(await seen(writePost(proxy.url, rkey))).toMatchObject(expected);
    expect(await isWritten(rkey)).toBe(written);
    // The server's own answer is on record exactly when it got the request.
    expect(proxy.log.map(({ fault, serverStatus }) => ({ fault, serverStatus }))).toEqual([
      { fault: fault?.kind, serverStatus: written ? 200 : undefined },
    ]);
  });

  test("hang is ended by the client's timeout alone, and nothing is written", async () => {
    proxy.next({ nsid: "createRecord" }, { kind: "hang" });
    const rkey = nextKey();
    const answer = await seen(writePost(proxy.url, rkey, { signal: AbortSignal.timeout(200) }));
    expect(answer).toMatchObject({ threw: "TimeoutError" });
    expect(await isWritten(rkey)).toBe(false);
  });

  test("delay lets a request land after its client has given up", async () => {
    proxy.next({ nsid: "createRecord" }, { kind: "delay", delayMs: 600 });
    const rkey = nextKey();
    const answer = await seen(writePost(proxy.url, rkey, { signal: AbortSignal.timeout(100) }));
    expect(answer).toMatchObject({ threw: "TimeoutError" });
    expect(await isWritten(rkey)).toBe(false);
    expect(await until(() => isWritten(rkey))).toBe(true);
  });

  test("settled waits for requests whose clients are gone", async () => {
    proxy.next({ nsid: "createRecord" }, { kind: "delay", delayMs: 600 });
    const rkey = nextKey();
    await expect(writePost(proxy.url, rkey, { signal: AbortSignal.timeout(200) })).rejects.toThrow(/timeout/i);
    expect(await isWritten(rkey)).toBe(false);
    await proxy.settled();
    expect(await isWritten(rkey)).toBe(true);
  });

  test("delayAfter lets a client give up on what is already written", async () => {
    proxy.next({ nsid: "createRecord" }, { kind: "delayAfter", ms: 60_000 });
    const rkey = nextKey();
    const giveUp = new AbortController();
    const answer = seen(writePost(proxy.url, rkey, { signal: giveUp.signal }));
    expect(await until(() => isWritten(rkey))).toBe(true);
    giveUp.abort();
    expect(await answer).toMatchObject({ threw: "AbortError" });
  });

  test("delays and drips take their time", async () => {
    expect((await took({ kind: "delay", delayMs: 200 })).ms).toBeGreaterThan(195);
    expect((await took({ kind: "delayAfter", ms: 200 })).ms).toBeGreaterThan(195);
    const drip = await took({ kind: "drip", msPerByte: 2 });
    expect(drip.ms).toBeGreaterThan(drip.bytes);
  });

  test("mutate makes a list whose cursor never ends", async () => {
    proxy.next({ nsid: "listRecords" }, { kind: "mutate", edit: endless }, { kind: "mutate", edit: endless });
    const params = { repo: account.did, collection: "app.bsky.feed.like" };
    const list = () => xrpc(proxy.url, "com.atproto.repo.listRecords", { params });
    expect((await list()).json).toEqual({ records: [], cursor: "same" });
    expect((await list()).json).toEqual({ records: [], cursor: "same" });
    expect((await list()).json).toEqual({ records: [] });
  });
});

/** A subscription to the firehose from its beginning. */
function subscribe(): { socket: WebSocket; message: Promise<unknown>; closeCode: Promise<number> } {
  const url = `${proxy.url.replace("http", "ws")}/xrpc/com.atproto.sync.subscribeRepos?cursor=0`;
  const socket = new WebSocket(url);
  return {
    socket,
    message: new Promise((resolve) => socket.addEventListener("message", ({ data }) => resolve(data), { once: true })),
    closeCode: new Promise((resolve) => socket.addEventListener("close", ({ code }) => resolve(code), { once: true })),
  };
}

describe("WebSockets", () => {
  test("the firehose comes through until it is cut, and again after it", async () => {
    for (const _attempt of [1, 2]) {
      const { message, closeCode } = subscribe();
      expect(await message).toBeInstanceOf(Blob);
      proxy.cutSockets();
      expect(await closeCode).toBe(1006);
    }
    expect(proxy.log.map(({ method, nsid }) => `${method} ${nsid}`)).toEqual([
      "WS com.atproto.sync.subscribeRepos",
      "WS com.atproto.sync.subscribeRepos",
    ]);
  });

  test.each<Fault>([{ kind: "status", status: 503 }, { kind: "reset" }])(
    "$kind keeps it from opening",
    async (fault) => {
      proxy.next({ method: "WS" }, fault);
      const first = subscribe();
      expect(await Promise.race([first.message, first.closeCode])).toBe(1006);
      const second = subscribe();
      expect(await second.message).toBeInstanceOf(Blob);
      second.socket.close();
    },
  );
});
