import type { CallInput, CallRow } from "../storage/ports/index.ts";
import type { TestRunner } from "./runner.ts";
import { ALICE, BOB, call, START } from "./storage-fixture.ts";
import type { WithStorage } from "./storage-fixture.ts";
const HOUR = 60 * 60 * 1000;

const FULL: Omit<CallRow, "id"> = {
  timestamp: START,
  hostname: "alice.pds.example",
  endpoint: "xrpc/com.atproto.repo.createRecord",
  requestDid: ALICE,
  cursorKey: "app.bsky.feed.post",
  cursorPassed: "cursor-1",
  cursorReceived: "cursor-2",
  method: "post",
  httpStatusCode: 400,
  params: '{"text":"Grüße 👋 \\"quoted\\" \'single\' ?"}',
  exceptionClass: "InvalidRequest",
  exceptionText: "line one\nline two",
  exceptionResponse: '{"error":"InvalidRequest"}',
  responseKeys: "error,message",
  writeOpPointsConsumed: 3,
  sessionWasRefreshed: true,
  durationMicroseconds: 5_000_000_000,
  callId: "call-1",
  state: "failed",
  attempts: 2,
  attemptLog: [
    { status: 502, error: "UpstreamFailure", durationMs: 12.5, waitMs: 500 },
    { status: 400, error: "InvalidRequest", durationMs: 8, waitMs: 0 },
  ],
  retryWaitMs: 500,
  service: "https://alice.pds.example",
  proxy: "did:web:api.bsky.chat#bsky_chat",
  subjectUri: "at://did:plc:alice/app.bsky.feed.post/3k",
  requestBytes: 120,
  responseBytes: 4_000_000_000,
  rateLimit: { limit: 3000, remaining: 2999, resetAt: START + HOUR, policy: "3000;w=300" },
};

const row = (callId: string, given: Partial<CallInput>): CallInput => call({ timestamp: START, callId, ...given });
const byText = (one: string, other: string): number => (one < other ? -1 : 1);

export function callSuite({ describe, test, expect }: TestRunner, withStorage: WithStorage): void {
  describe("calls", () => {
    test(
      "every column comes back as it went in, by either way of writing, and absent ones have their defaults",
      withStorage(async ({ storage: { calls } }) => {
        const id = await calls.insert(FULL);
        expect(await calls.get(id)).toEqual({ id, ...FULL });
        await calls.append([
          call({ timestamp: START + 1 }),
          { ...FULL, timestamp: START + 2, sessionWasRefreshed: false },
        ]);
        const [full, bare] = await calls.query({ since: START + 1 });
        expect(full).toEqual({ id: full?.id, ...FULL, timestamp: START + 2, sessionWasRefreshed: false });
        const { writeOpPointsConsumed, state, attempts, retryWaitMs, params, sessionWasRefreshed } = bare as CallRow;
        expect([writeOpPointsConsumed, state, attempts, retryWaitMs, params, sessionWasRefreshed]).toEqual([
          0,
          "done",
          0,
          0,
          null,
          null,
        ]);
        expect(await calls.get(id + 1000)).toBeUndefined();
      }),
    );

    test(
      "G10 rows after an id come in the order of ids, so that reading on loses none",
      withStorage(async ({ storage: { calls } }) => {
        const ids: number[] = [];
        // Calls that began earlier end later, and are stored after the others.
        for (const at of [50, 40, 30, 20, 10]) ids.push(await calls.insert(call({ timestamp: START + at })));
        const read: number[] = [];
        for (let afterId = 0; ;) {
          const page = await calls.query({ afterId, limit: 2, order: "oldest" });
          read.push(...page.map(({ id }) => id));
          const last = page.at(-1);
          if (last === undefined) break;
          afterId = last.id;
        }
        expect(read).toEqual(ids);
        const [first = 0] = ids;
        expect((await calls.query({ afterId: first, limit: 2 })).map(({ id }) => id)).toEqual([ids[4], ids[3]]);
        expect((await calls.query({ limit: 1 })).map(({ id }) => id)).toEqual([first]);
      }),
    );

    test(
      "a batch is stored whole and in order; an empty one is nothing",
      withStorage(async ({ storage: { calls } }) => {
        await calls.append([]);
        await calls.append(Array.from({ length: 250 }, (_, index) => call({ timestamp: START, callId: `c${index}` })));
        const rows = await calls.query({ limit: 1000, order: "oldest" });
        expect(rows.map((row) => row.callId)).toEqual(Array.from({ length: 250 }, (_, index) => `c${index}`));
        expect((await calls.query()).length).toBe(100);
        await Promise.all(
          Array.from({ length: 20 }, (_, index) => calls.append([call(), call({ callId: `d${index}` })])),
        );
        expect((await calls.query({ limit: 1000 })).length).toBe(290);
      }),
    );

    test(
      "odd text and fractions never cost a row",
      withStorage(async ({ storage: { calls } }) => {
        const odd = { exceptionText: "a\0b", exceptionResponse: "half \uD83D pair", durationMicroseconds: 12.75 };
        await calls.append([call({ callId: "before" }), call({ ...odd, callId: "odd" }), call({ callId: "after" })]);
        const id = await calls.insert(call({ ...odd }));
        await calls.complete(id, { ...odd, params: "\\u0000", responseKeys: "x".repeat(100_000) });
        expect((await calls.query({ order: "oldest" })).map((row) => row.callId)).toEqual([
          "before",
          "odd",
          "after",
          null,
        ]);
        const row = await calls.get(id);
        expect([row?.exceptionText?.length, row?.params, row?.responseKeys?.length]).toEqual([3, "\\u0000", 100_000]);
      }),
    );

    test(
      "a row is reserved before sending and completed after",
      withStorage(async ({ storage: { calls } }) => {
        const id = await calls.insert(call({ timestamp: START, state: "reserved", writeOpPointsConsumed: 3 }));
        expect((await calls.get(id))?.state).toBe("reserved");
        expect(
          await calls.complete(id, { state: "done", httpStatusCode: 200, attempts: 1, rateLimit: FULL.rateLimit }),
        ).toBe(true);
        expect(await calls.get(id)).toMatchObject({
          id,
          timestamp: START,
          state: "done",
          httpStatusCode: 200,
          writeOpPointsConsumed: 3,
          rateLimit: FULL.rateLimit as object,
        });
        expect(await calls.complete(id, { hostname: undefined as unknown as string })).toBe(true);
        expect(await calls.complete(id + 1000, { state: "done" })).toBe(false);
      }),
    );

    test(
      "is queried by endpoint, account, failure and time",
      withStorage(async ({ storage: { calls } }) => {
        const endpoint = "app.bsky.actor.getProfile";
        await calls.append([
          row("a", { requestDid: ALICE }),
          row("b", { timestamp: START + 1, requestDid: BOB, endpoint: `xrpc/${endpoint}` }),
          row("c", { timestamp: START + 2, requestDid: ALICE, endpoint, state: "failed" }),
          row("d", { timestamp: START + 3, requestDid: BOB, state: "unknown" }),
          row("e", { timestamp: START + 4, state: "reserved" }),
        ]);
        const ids = async (query: Parameters<typeof calls.query>[0]): Promise<string> =>
          (await calls.query(query)).map((one) => one.callId).join("");
        expect(await ids({})).toBe("edcba");
        expect(await ids({ order: "oldest" })).toBe("abcde");
        expect(await ids({ endpoint })).toBe("cb");
        expect(await ids({ endpoint: `xrpc/${endpoint}`, did: BOB })).toBe("b");
        expect(await ids({ failed: true })).toBe("dc");
        expect(await ids({ failed: false, did: ALICE })).toBe("ca");
        expect(await ids({ since: START + 1, until: START + 3 })).toBe("cb");
        expect(await ids({ limit: 2, order: "oldest" })).toBe("ab");
      }),
    );

    test(
      "A7.6 A7.10 prunes by age, keeps the points of 24 hours and, if asked, rows with a cursor",
      withStorage(async ({ storage: { calls } }) => {
        const old = (callId: string, hours: number, given: Partial<CallInput> = {}): CallInput =>
          call({ timestamp: START - hours * HOUR, callId, ...given });
        await calls.append([
          old("ancient", 240),
          old("points", 23, { writeOpPointsConsumed: 3 }),
          old("spent", 25, { writeOpPointsConsumed: 3 }),
          old("cursor", 240, { cursorReceived: "x" }),
          old("fresh", 0),
        ]);
        const left = async (): Promise<readonly string[]> =>
          (await calls.query({ order: "oldest" })).map((row) => row.callId ?? "").toSorted(byText);
        const prune = { olderThan: START - HOUR, now: START };
        expect(await calls.prune({ ...prune, keepCursorRows: true, dryRun: true })).toBe(2);
        expect(await calls.prune({ ...prune, dryRun: true })).toBe(3);
        expect(await calls.prune({ ...prune, keepCursorRows: true })).toBe(2);
        expect(await left()).toEqual(["cursor", "fresh", "points"]);
        expect(await calls.prune({ olderThan: START - HOUR, now: START })).toBe(1);
        expect(await left()).toEqual(["fresh", "points"]);
        await calls.append(Array.from({ length: 4100 }, () => old("many", 240)));
        expect(await calls.prune({ olderThan: START - HOUR, now: START })).toBe(4100);
        expect(await left()).toEqual(["fresh", "points"]);
      }),
    );

    test(
      "counts calls, errors and percentiles by endpoint",
      withStorage(async ({ storage: { calls } }) => {
        await calls.append(
          Array.from({ length: 40 }, (_, index) =>
            call({ timestamp: START + index, durationMicroseconds: (40 - index) * 1000, requestDid: ALICE }),
          ),
        );
        await calls.append([
          call({ endpoint: "b", state: "failed", durationMicroseconds: 7 }),
          call({ endpoint: "b", state: "unknown" }),
          call({ endpoint: "c" }),
        ]);
        expect(await calls.stats()).toEqual([
          { endpoint: call().endpoint, calls: 40, errors: 0, p50Microseconds: 20_000, p95Microseconds: 38_000 },
          { endpoint: "xrpc/b", calls: 2, errors: 2, p50Microseconds: 7, p95Microseconds: 7 },
          { endpoint: "xrpc/c", calls: 1, errors: 0, p50Microseconds: null, p95Microseconds: null },
        ]);
        const [some] = await calls.stats({
          did: ALICE,
          since: START + 10,
          until: START + 20,
          endpoint: call().endpoint,
        });
        expect(some).toMatchObject({ calls: 10, p50Microseconds: 25_000 });
        expect(await calls.stats({ failed: true, did: ALICE })).toEqual([]);
      }),
    );

    test(
      "counts calls, errors, points and percentiles by time, and finds what was stored since",
      withStorage(async ({ storage: { calls } }) => {
        await calls.append([
          call({ timestamp: START, durationMicroseconds: 3000, writeOpPointsConsumed: 3 }),
          call({ timestamp: START + 999, durationMicroseconds: 1000, state: "failed" }),
          call({ timestamp: START + 2000, durationMicroseconds: 7, writeOpPointsConsumed: 1 }),
          call({ timestamp: START + 3000 }),
        ]);
        const periods = await calls.timeline({ since: START, until: START + 3000, periods: 3 });
        expect(periods).toEqual([
          { start: START, calls: 2, errors: 1, points: 3, p50Microseconds: 1000, p95Microseconds: 3000 },
          { start: START + 2000, calls: 1, errors: 0, points: 1, p50Microseconds: 7, p95Microseconds: 7 },
        ]);
        expect(await calls.timeline({ since: START, until: START + 3000, periods: 3, failed: true })).toMatchObject([
          { start: START, calls: 1, points: 0 },
        ]);
        const [newest, , middle] = await calls.query();
        const afterId = middle?.id ?? 0;
        expect((await calls.query({ afterId })).map((row) => row.timestamp)).toEqual([START + 3000, START + 2000]);
        expect(await calls.query({ afterId: newest?.id ?? 0 })).toEqual([]);
        expect((await calls.stats({ afterId }))[0]?.calls).toBe(2);
      }),
    );

    test(
      "what is written at process exit is written before it returns, or said not to be",
      withStorage(async ({ storage: { calls } }) => {
        await calls.append([call()]);
        const written = calls.appendSync([call({ callId: "last" }), call({ callId: "words" })]);
        expect((await calls.query()).length).toBe(written ? 3 : 1);
      }),
    );
  });
}
