import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startFaultProxy, type FaultProxyOptions } from "../../support/servers/fault-proxy.ts";
import type { FaultPlan } from "../../support/servers/faults.ts";
import { freePort, listenLocally } from "../../support/servers/ports.ts";

/** Answers with what it was sent. */
const echo = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  response.setHeader("seen-host", request.headers.host ?? "");
  response.setHeader("seen-encoding", request.headers["accept-encoding"] ?? "");
  response.end(body);
});
let target: string;
beforeAll(async () => {
  target = `http://127.0.0.1:${await listenLocally(echo)}`;
});
afterAll(() => echo.close());

async function proxyTo(target: string, options?: FaultProxyOptions) {
  const proxy = await startFaultProxy(target, options);
  onTestFinished(proxy.close);
  return proxy;
}

describe("without a fault", () => {
  test("bytes, path and Host come through as they are", async () => {
    const proxy = await proxyTo(target);
    const bytes = new Uint8Array(100_000).map((_, index) => index % 256);
    const response = await fetch(`${proxy.url}/xrpc/a.b.c?x=%2F1`, { method: "POST", body: bytes });
    expect(await response.bytes()).toEqual(bytes);
    expect(response.headers.get("seen-host")).toBe(new URL(proxy.url).host);
    // Compressed answers could be neither cut nor edited.
    expect(response.headers.get("seen-encoding")).toBe("identity");
    expect(proxy.log).toMatchObject([{ method: "POST", nsid: "a.b.c", path: "/xrpc/a.b.c?x=%2F1", serverStatus: 200 }]);
    expect(proxy.log[0]?.body.equals(bytes)).toBe(true);
  });

  test("a target that is down is a 502 that names it", async () => {
    const proxy = await proxyTo(`http://127.0.0.1:${await freePort()}`);
    const response = await fetch(proxy.url);
    expect(response.status).toBe(502);
    expect(await response.text()).toMatch(/^Fault proxy before http:\/\/127.0.0.1:\d+: .*ECONNREFUSED/);
  });
});

describe("queued faults", () => {
  test("each waits for its own request and hits once", async () => {
    const proxy = await proxyTo(target);
    proxy.next({ nsid: "b.c", method: "POST" }, { kind: "status", status: 500 }, { kind: "status", status: 501 });
    proxy.next({ where: ({ headers }) => headers.authorization === "Bearer old" }, { kind: "status", status: 400 });
    const call = async (nsid: string, init?: RequestInit) => (await fetch(`${proxy.url}/xrpc/${nsid}`, init)).status;
    expect(await call("a.b.c")).toBe(200);
    expect(await call("a.bb.c", { method: "POST" })).toBe(200);
    expect(await call("x.y.z", { headers: { authorization: "Bearer new" } })).toBe(200);
    expect(proxy.pending()).toHaveLength(3);
    expect(await call("x.y.z", { headers: { authorization: "Bearer old" } })).toBe(400);
    expect(await call("a.b.c", { method: "POST" })).toBe(500);
    expect(await call("a.b.c", { method: "POST" })).toBe(501);
    expect(await call("a.b.c", { method: "POST" })).toBe(200);
    expect(proxy.pending()).toEqual([]);
  });
});

const halfFails: FaultPlan = (_request, random) => (random() < 0.5 ? { kind: "status", status: 503 } : undefined);

const outcomes = async (seed: number) => {
  const { url } = await proxyTo(target, { plan: halfFails, seed });
  const statuses: number[] = [];
  for (let index = 0; index < 24; index += 1) statuses.push((await fetch(url)).status);
  return statuses;
};

describe("plan", () => {
  test("a seed repeats its faults, another seed has others", async () => {
    const first = await outcomes(7);
    expect(new Set(first)).toEqual(new Set([200, 503]));
    expect(await outcomes(7)).toEqual(first);
    expect(await outcomes(8)).not.toEqual(first);
  });

  test("a queued fault goes first", async () => {
    const proxy = await proxyTo(target, { plan: () => ({ kind: "status", status: 503 }) });
    proxy.next({}, { kind: "status", status: 418 });
    expect((await fetch(proxy.url)).status).toBe(418);
    expect((await fetch(proxy.url)).status).toBe(503);
  });
});
