import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { XrpcError } from "../../../src/core/errors/index.ts";
import type { ClientOptions } from "../../../src/client/options.ts";
import type { CallRow, Storage } from "../../../src/storage/ports/index.ts";
import { networkFailure, refusal, type Step } from "../../support/fakes/scripted-fetch.ts";
import { testClient, type TestClient } from "../../support/fakes/test-client.ts";

const START = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const account = { service: "https://pds.example:8443", accessToken: "token" } as const;
const post = { repo: "did:plc:a", collection: "app.bsky.feed.post", record: { text: "hi" } };
const uri = "at://did:plc:a/app.bsky.feed.post/3k";

const onlyRow = async ({ client }: TestClient): Promise<CallRow> => {
  const rows = await client.log.query();
  expect(rows).toHaveLength(1);
  return rows[0] as CallRow;
};
const failure = (call: PromiseLike<unknown>): Promise<XrpcError> =>
  Promise.resolve(call.then(undefined, (error: unknown) => error as XrpcError)) as Promise<XrpcError>;

/** The cases of the call log that depend on where it is. */
const look = (storage: Storage, id: number): string =>
  storage.location === "memory" ? `await client.log.get(${id})` : `SELECT * FROM bsky_api_call_log WHERE id=${id};`;

export function logSuite(name: string, open: () => Promise<Storage> | Storage): void {
  const client = async (steps: readonly Step[], options: ClientOptions = {}) => {
    const storage = await open();
    await storage.open();
    onTestFinished(() => storage.close());
    return { ...testClient(steps, { storage, ...options }), storage };
  };
  describe(`the call log in ${name}`, () => {
    test("A7.1 every column of a read that succeeded", async () => {
      const test = await client([
        () => {
          test.clock.jump(12);
          const headers = {
            "ratelimit-limit": "3000",
            "ratelimit-remaining": "2999",
            "ratelimit-reset": String(START / 1000 + 300),
            "ratelimit-policy": "3000;w=300",
          };
          return Response.json({ feed: [], cursor: "next" }, { headers });
        },
      ]);
      // A read that is passed on needs an account, or a token of its own.
      const headers = { "atproto-proxy": "did:web:api.example#appview", authorization: "Bearer own" };
      await test.client.app.bsky.feed.getAuthorFeed({ actor: "a.test", cursor: "here", limit: 10 }, { headers });
      const { id, ...row } = await onlyRow(test);
      expect(id).toBeGreaterThan(0);
      expect(row).toEqual({
        timestamp: START,
        hostname: "bsky.social",
        endpoint: "xrpc/app.bsky.feed.getAuthorFeed",
        requestDid: null,
        cursorKey: null,
        cursorPassed: "here",
        cursorReceived: "next",
        method: "get",
        httpStatusCode: 200,
        params: '{"actor":"a.test","cursor":"here","limit":10}',
        exceptionClass: null,
        exceptionText: null,
        exceptionResponse: null,
        responseKeys: "cursor,feed",
        writeOpPointsConsumed: 0,
        sessionWasRefreshed: false,
        durationMicroseconds: 12_000,
        callId: expect.stringMatching(/^[0-9a-z]{12,}$/) as string,
        state: "done",
        attempts: 1,
        attemptLog: [{ status: 200, error: null, durationMs: 12, waitMs: 0 }],
        retryWaitMs: 0,
        service: "https://bsky.social",
        proxy: "did:web:api.example#appview",
        subjectUri: null,
        requestBytes: 0,
        responseBytes: 27,
        rateLimit: { limit: 3000, remaining: 2999, resetAt: START + 300_000, policy: "3000;w=300" },
      });
    });

    test("A7.1 of a write that succeeded at the second attempt", async () => {
      const test = await client([refusal(429, "RateLimitExceeded"), Response.json({ uri, cid: "bafy" })], account);
      const call = test.client.com.atproto.repo.createRecord(post);
      await vi.waitFor(() => expect(test.clock.pending).toBe(1));
      await test.clock.pass(500);
      await call;
      expect(await onlyRow(test)).toMatchObject({
        hostname: "pds.example:8443",
        endpoint: "xrpc/com.atproto.repo.createRecord",
        method: "post",
        httpStatusCode: 200,
        params: JSON.stringify(post),
        responseKeys: "cid,uri",
        writeOpPointsConsumed: 6,
        durationMicroseconds: 0,
        state: "done",
        attempts: 2,
        attemptLog: [
          { status: 429, error: "RateLimitExceeded", durationMs: 0, waitMs: 500 },
          { status: 200, error: null, durationMs: 0, waitMs: 0 },
        ],
        retryWaitMs: 500,
        service: "https://pds.example:8443",
        subjectUri: uri,
        requestBytes: JSON.stringify({ ...post, rkey: "mintedrkey234" }).length,
      });
    });

    test("A7.2 every column of a 400", async () => {
      const test = await client([refusal(400, "InvalidRequest")]);
      await failure(test.client.app.bsky.actor.getProfile({ actor: "?" }));
      expect(await onlyRow(test)).toMatchObject({
        httpStatusCode: 400,
        exceptionClass: "InvalidRequest",
        exceptionText: "InvalidRequest happened",
        exceptionResponse: '{"error":"InvalidRequest","message":"InvalidRequest happened"}',
        responseKeys: "error,message",
        state: "failed",
        params: '{"actor":"?"}',
        cursorReceived: null,
        writeOpPointsConsumed: 0,
        attemptLog: [{ status: 400, error: "InvalidRequest", durationMs: 0, waitMs: 0 }],
      });
    });

    test("A7.3 every column of a timeout: no status, the error's own name, and for a write an unknown outcome", async () => {
      const test = await client(["hang"], { ...account, retry: false, attemptTimeout: 5000 });
      const calls = [test.client.app.bsky.feed.getTimeline(), test.client.com.atproto.repo.createRecord(post)];
      const failures = Promise.all(calls.map(failure));
      await vi.waitFor(() => expect(test.clock.pending).toBe(2));
      await test.clock.pass(5000);
      await failures;
      const rows = await test.client.log.query();
      const common = {
        httpStatusCode: null,
        exceptionText: expect.stringContaining("gave no answer within 5000 ms") as string,
        exceptionResponse: null,
        responseKeys: null,
        responseBytes: null,
        rateLimit: null,
        durationMicroseconds: 5_000_000,
        hostname: "pds.example:8443",
      };
      expect(rows.find(({ method }) => method === "get")).toMatchObject({
        ...common,
        exceptionClass: "TimeoutError",
        state: "failed",
      });
      expect(rows.find(({ method }) => method === "post")).toMatchObject({
        ...common,
        exceptionClass: "UnsettledError",
        state: "unknown",
        writeOpPointsConsumed: 3,
      });
    });

    test("D5 A7.5 A7.13 two error lines, the second with the SELECT (in memory the call) of a row that is there; the error has its id", async () => {
      const test = await client([Response.json({}), refusal(400, "NotFound")], account);
      await test.client.com.atproto.repo.deleteRecord({ repo: "did:plc:a", collection: "a.b.c", rkey: "1" });
      const error = await failure(test.client.app.bsky.feed.getPostThread({ uri }));
      const stored = await test.storage.calls.get(error.logId as number);
      expect(stored).toMatchObject({ endpoint: "xrpc/app.bsky.feed.getPostThread", exceptionClass: "NotFound" });
      expect(stored?.callId).toBe(error.callId);
      expect(test.lines).toEqual([
        "error 400 NotFound - app.bsky.feed.getPostThread at https://pds.example:8443 answered 400 NotFound: NotFound happened",
        `error All that is known of the call: ${look(test.storage, error.logId as number)}`,
      ]);
      expect(await test.client.log.get(error.logId as number)).toEqual(stored);
    });

    test("A7.5 of a write: the row that was reserved is the one that is named", async () => {
      const test = await client([networkFailure("ECONNREFUSED")], { ...account, retry: false });
      const error = await failure(test.client.com.atproto.repo.createRecord(post));
      const row = await onlyRow(test);
      expect(row).toMatchObject({ id: error.logId, state: "failed", writeOpPointsConsumed: 0, attempts: 1 });
      expect(test.lines[1]).toContain(look(test.storage, row.id));
    });

    test("A7.6 both ways of pruning: by age, and keeping rows with a cursor", async () => {
      const test = await client([Response.json({ feed: [], cursor: "next" }), Response.json({ feed: [] })]);
      await test.client.app.bsky.feed.getAuthorFeed({ actor: "old.test" });
      await test.client.app.bsky.feed.getAuthorFeed({ actor: "old.test" });
      await test.client.log.flush();
      test.clock.jump(48 * HOUR);
      await test.client.app.bsky.feed.getAuthorFeed({ actor: "new.test" });
      const left = async (): Promise<number> => (await test.client.log.query()).length;
      expect(await left()).toBe(3);
      expect(await test.client.log.prune({ olderThan: 24 * HOUR, keepCursorRows: true })).toBe(1);
      expect(await left()).toBe(2);
      expect(await test.client.log.prune({ olderThan: new Date(START + HOUR) })).toBe(1);
      expect((await onlyRow(test)).params).toContain("new.test");
    });

    test("A7.9 local refusals have a row: no status, no attempt, no points", async () => {
      const test = await client([Response.json({})]);
      const refused = await failure(test.client.com.atproto.repo.createRecord(post));
      const invalid = await failure(test.client.get("com.example.get", { limit: 0.5 }));
      expect(test.fetch.requests).toEqual([]);
      const nothing = {
        httpStatusCode: null,
        attempts: 0,
        attemptLog: null,
        writeOpPointsConsumed: 0,
        state: "failed",
      };
      expect(await test.client.log.get(refused.logId as number)).toMatchObject({
        ...nothing,
        hostname: "",
        durationMicroseconds: null,
        exceptionClass: "NotAuthenticatedError",
      });
      expect(await test.client.log.get(invalid.logId as number)).toMatchObject({
        ...nothing,
        exceptionClass: "ValidationError",
        params: '{"limit":0.5}',
      });
    });

    test("A7.10 pruning keeps the points of the last 24 hours whatever is asked for", async () => {
      const test = await client([Response.json({ uri, cid: "bafy" })], account);
      await test.client.com.atproto.repo.createRecord(post);
      await test.client.app.bsky.feed.getTimeline();
      test.clock.jump(HOUR);
      expect(await test.client.log.prune({ olderThan: 0 })).toBe(0);
      await test.client.log.flush();
      test.clock.jump(HOUR);
      expect(await test.client.log.prune({ olderThan: 0 })).toBe(1);
      expect((await onlyRow(test)).writeOpPointsConsumed).toBe(3);
      test.clock.jump(24 * HOUR);
      expect(await test.client.log.prune({ olderThan: 0 })).toBe(1);
    });

    test("A7.11 reads are stored 100 ms later, or when the client is closed", async () => {
      const test = await client([Response.json({})]);
      const stored = async (): Promise<number> => (await test.storage.calls.query()).length;
      await test.client.app.bsky.actor.getProfile({ actor: "a" });
      await test.clock.pass(99);
      expect(await stored()).toBe(0);
      await test.clock.pass(1);
      await vi.waitFor(async () => expect(await stored()).toBe(1));
      await test.client.app.bsky.actor.getProfile({ actor: "b" });
      await test.client.close();
      expect(await stored()).toBe(2);
    });

    test("A7.12 a write has its row, with its points, before the request is sent", async () => {
      const storage = await open();
      await storage.open();
      onTestFinished(() => storage.close());
      const seen: (readonly CallRow[])[] = [];
      const fetch = async (): Promise<Response> => {
        seen.push(await storage.calls.query());
        return Response.json({ uri, cid: "bafy" });
      };
      const { client } = testClient([], { ...account, storage, fetch });
      await client.com.atproto.repo.createRecord(post);
      expect(seen[0]).toMatchObject([
        {
          state: "reserved",
          writeOpPointsConsumed: 3,
          httpStatusCode: null,
          attempts: 0,
          hostname: "pds.example:8443",
          params: expect.stringContaining(JSON.stringify(post).slice(0, -1)) as string,
        },
      ]);
      expect(await storage.calls.get(seen[0]?.[0]?.id as number)).toMatchObject({ state: "done", subjectUri: uri });
    });

    test("an aborted call has a row and no line", async () => {
      const test = await client(["hang"], account);
      const stop = new AbortController();
      const call = failure(test.client.com.atproto.repo.createRecord(post, { signal: stop.signal }));
      await vi.waitFor(() => expect(test.fetch.requests).toHaveLength(1));
      stop.abort();
      await call;
      expect(await onlyRow(test)).toMatchObject({
        state: "unknown",
        exceptionClass: "AbortError",
        writeOpPointsConsumed: 3,
      });
      expect(test.lines).toEqual([]);
    });

    test("figures by endpoint", async () => {
      const test = await client([refusal(400, "NotFound"), Response.json({})]);
      await failure(test.client.app.bsky.actor.getProfile({ actor: "a" }));
      await test.client.app.bsky.actor.getProfile({ actor: "a" });
      expect(await test.client.log.stats({ since: new Date(START) })).toEqual([
        { endpoint: "xrpc/app.bsky.actor.getProfile", calls: 2, errors: 1, p50Microseconds: 0, p95Microseconds: 0 },
      ]);
      expect(await test.client.log.query({ failed: true, endpoint: "app.bsky.actor.getProfile" })).toHaveLength(1);
      expect(await test.client.log.stats({ until: START })).toEqual([]);
    });
  });
}
