import { afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import {
  InvalidResponseError,
  NetworkError,
  RateLimitError,
  UnsettledError,
  UpstreamError,
  type Client,
} from "../../../src/index.ts";
import { until } from "../../support/servers/accounts.ts";
import { startFaultProxy, type FaultProxy } from "../../support/servers/fault-proxy.ts";
import type { Fault } from "../../support/servers/faults.ts";
import { again, join, uniqueTime, type Person } from "./accounts.ts";

const { pds } = inject("network");
const collection = "app.test.note";

let person: Person;
let proxy: FaultProxy;
/** At the proxy, with waits that no test has to sit through */
let client: Client;
beforeAll(async () => {
  person = await join(pds);
});
beforeEach(async () => {
  proxy = await startFaultProxy(pds);
  client = again(person, { service: proxy.url, retry: { baseDelay: 1 } });
});
afterEach(() => proxy.close());

const reasonOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => "no error",
    (reason: unknown) => reason,
  );

let notes = 0;
/** A write that can be found again by its text. */
function note(by: Client): { call: ReturnType<Client["com"]["atproto"]["repo"]["createRecord"]>; text: string } {
  const text = `note ${notes++}`;
  const record = { $type: collection, text, createdAt: uniqueTime() };
  return { text, call: by.com.atproto.repo.createRecord({ repo: person.did, collection, record }) };
}

/** How many records with the text the repository has, asked without the proxy. */
async function timesWritten(text: string): Promise<number> {
  let count = 0;
  for await (const { value } of person.client.com.atproto.repo.listRecords({ repo: person.did, collection })) {
    if ((value as { text?: string }).text === text) count++;
  }
  return count;
}

type ErrorClass = abstract new (...args: never) => Error;
const faults: readonly (readonly [name: string, fault: Fault, error: ErrorClass, written: number])[] = [
  ["502 with an HTML page", { kind: "status", status: 502, html: true }, UpstreamError, 0],
  ["503 of a server", { kind: "status", status: 503, error: "NotReady" }, UpstreamError, 0],
  ["504 with an HTML page", { kind: "status", status: 504, html: true }, UpstreamError, 0],
  ["504 after the server has done it", { kind: "statusAfter" }, UpstreamError, 1],
  ["a reset before the server saw it", { kind: "reset" }, NetworkError, 0],
  ["a reset after the server has done it", { kind: "resetAfter" }, NetworkError, 1],
  ["an answer cut off in the middle", { kind: "truncate" }, NetworkError, 1],
  ["JSON that breaks off", { kind: "badJson" }, InvalidResponseError, 1],
];

describe("faults of one request", () => {
  test.each(faults)("a read is repeated after %s", async (_, fault) => {
    proxy.next({}, fault, fault);
    const { data, http } = await client.com.atproto.server.getSession().withResponse();
    expect(data.did).toBe(person.did);
    expect(http.status).toBe(200);
    expect(proxy.log.map((request) => request.fault)).toEqual([fault.kind, fault.kind, undefined]);
  });

  test.each(faults)("a read that may not be repeated fails with %s", async (_, fault, expected) => {
    proxy.next({}, fault);
    const error = await reasonOf(client.com.atproto.server.getSession({}, { retry: false }));
    expect(error).toBeInstanceOf(expected);
    expect(error).toMatchObject({ retryable: true, ambiguous: false, attempts: 1 });
  });

  test.each(faults)(
    "a write that may be sent once says after %s that it is unsettled",
    async (_, fault, expected, n) => {
      proxy.next({ nsid: "createRecord" }, fault);
      const { call, text } = note(again(person, { service: proxy.url, retry: false }));
      const error = await reasonOf(call);
      expect(error).toBeInstanceOf(UnsettledError);
      expect((error as Error).cause).toBeInstanceOf(expected);
      expect(error).toMatchObject({ ambiguous: true, retryable: false, attempts: 1 });
      expect(proxy.log).toHaveLength(1);
      expect(await timesWritten(text)).toBe(n);
    },
  );
});

describe("time", () => {
  test("a slow answer within the limit is an answer", async () => {
    proxy.next({}, { kind: "drip", msPerByte: 1 });
    const { data, http } = await client.com.atproto.server.getSession({}, { attemptTimeout: 20_000 }).withResponse();
    expect(data.did).toBe(person.did);
    expect(http.elapsed).toBeGreaterThan(100);
    expect(proxy.log).toHaveLength(1);
  });

  test("a body that drips longer than the limit is a timeout", async () => {
    proxy.next({}, { kind: "drip", msPerByte: 10 });
    const call = client.com.atproto.server.getSession({}, { attemptTimeout: 300, retry: false });
    await expect(call).rejects.toMatchObject({ name: "TimeoutError", phase: "attempt" });
  });

  test("a server that hangs ends the attempt, and the next one gets the answer", async () => {
    proxy.next({}, { kind: "hang" });
    // Many attempts, because on a busy machine an honest answer may be late as well.
    const options = { attemptTimeout: 200, retry: { attempts: 20, baseDelay: 1 } };
    const data = await client.com.atproto.server.describeServer({}, options);
    expect(data.availableUserDomains).toContain(".test");
    expect(proxy.log[0]).toMatchObject({ fault: "hang" });
    expect(proxy.log.at(-1)).toMatchObject({ serverStatus: 200 });
  });

  test("a write that hangs is given up on after its time, and sent again", async () => {
    proxy.next({ nsid: "createRecord" }, { kind: "hang" });
    const options = { service: proxy.url, attemptTimeout: 200, retry: { attempts: 20, baseDelay: 1 } };
    const { call, text } = note(again(person, options));
    await call;
    expect(await timesWritten(text)).toBe(1);
  });

  test("an abort while the server hangs rejects at once, with the caller's reason", async () => {
    proxy.next({}, { kind: "hang" });
    const controller = new AbortController();
    const call = reasonOf(client.com.atproto.server.getSession({}, { signal: controller.signal }));
    await until(() => proxy.log.length > 0);
    const reason = new Error("the user left");
    const before = performance.now();
    controller.abort(reason);
    expect(await call).toBe(reason);
    expect(performance.now() - before).toBeLessThan(5000);
    expect(proxy.log).toHaveLength(1);
  });

  test("AbortSignal.timeout ends a call with its own TimeoutError, in the middle of a body too", async () => {
    proxy.next({}, { kind: "drip", msPerByte: 50 });
    const reason = await reasonOf(client.com.atproto.server.getSession({}, { signal: AbortSignal.timeout(200) }));
    expect(reason).toBeInstanceOf(DOMException);
    expect(reason).toMatchObject({ name: "TimeoutError" });
  });
});

describe("too many requests", () => {
  const refusal: Fault = {
    kind: "status",
    status: 429,
    error: "RateLimitExceeded",
    headers: { "retry-after": "1" },
  };

  test("429 with Retry-After: one wait of a second, one more request, also for a write", async () => {
    proxy.next({ nsid: "createRecord" }, refusal);
    const { call, text } = note(client);
    expect((await call).uri).toContain(person.did);
    const [first, second, ...more] = proxy.log;
    expect(more).toEqual([]);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(950);
    expect(await timesWritten(text)).toBe(1);
  });

  test("429 with a wait that is too long: the call fails at once and says until when", async () => {
    proxy.next({}, { ...refusal, headers: { "retry-after": "600" } });
    const error = await reasonOf(client.com.atproto.server.getSession());
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ attempts: 1, ambiguous: false, retryable: true });
    const wait = ((error as RateLimitError).resetAt?.getTime() ?? 0) - Date.now();
    expect(wait).toBeGreaterThan(500_000);
    expect(wait).toBeLessThanOrEqual(600_000);
  });
});

describe("bytes", () => {
  const bytes = Uint8Array.from({ length: 2000 }, (_, index) => (index * 7) % 256);

  test("an upload that was refused for the moment is repeated with the same bytes", async () => {
    proxy.next({}, { kind: "status", status: 429, error: "RateLimitExceeded", headers: { "retry-after": "0" } });
    const { blob } = await client.com.atproto.repo.uploadBlob(bytes);
    expect(blob.size).toBe(bytes.length);
    expect(proxy.log.map(({ body }) => body.equals(bytes))).toEqual([true, true]);
  });

  test("a download that is cut off is started again", async () => {
    proxy.next({ nsid: "getRepo" }, { kind: "truncate" });
    const viaProxy = await client.com.atproto.sync.getRepo({ did: person.did });
    expect(viaProxy).toEqual(await person.client.com.atproto.sync.getRepo({ did: person.did }));
    expect(proxy.log).toHaveLength(2);
  });
});
