import { describe, expect, test } from "vitest";
import type { RetryFailure, RetryOptions } from "../../../src/index.ts";
import type { ScriptedFetch, Step } from "../../support/fakes/scripted-fetch.ts";
import { networkFailure, page, refusal } from "../../support/fakes/scripted-fetch.ts";
import { testClient } from "../../support/fakes/test-client.ts";
import { failure, read, setting } from "../auth/session-client.ts";
import { seededRandom } from "../../support/servers/faults.ts";

const account = { service: "https://pds.example", accessToken: "token" };
const ok = Response.json({ did: "did:plc:x" });

async function ask(
  decide: RetryOptions["decide"],
  ...steps: readonly Step[]
): Promise<{ fetch: ScriptedFetch; waits: readonly number[] }> {
  const { client, clock, fetch } = testClient(steps, { retry: { decide } });
  await clock.run(client.app.bsky.actor.getProfile({ actor: "a" }).result());
  return { fetch, waits: clock.fired };
}

const broken = (): never => {
  throw new Error("out of order");
};

describe("decide", () => {
  test("is told of every failure, and follows the rules when it says nothing", async () => {
    const seen: RetryFailure[] = [];
    const { fetch, waits } = await ask((failure) => void seen.push(failure), page(502), refusal(400, "NotFound"));
    expect(fetch.requests).toHaveLength(2);
    expect(waits).toEqual([500]);
    expect(seen).toMatchObject([
      { nsid: "app.bsky.actor.getProfile", attempts: 1, wait: 500, repeat: true, error: { status: 502 } },
      { nsid: "app.bsky.actor.getProfile", attempts: 2, wait: 2000, repeat: false, error: { error: "NotFound" } },
    ]);
  });

  test("ends what would be repeated, and repeats what would end", async () => {
    expect((await ask(() => false, page(502), ok)).fetch.requests).toHaveLength(1);
    expect((await ask(() => true, refusal(400, "NotReadyYet"), ok)).fetch.requests).toHaveLength(2);
  });

  test("says how long to wait, within the limits", async () => {
    expect((await ask(() => 7000, page(502), page(502), ok)).waits).toEqual([7000, 7000]);
    expect((await ask(() => -1, page(502), ok)).waits).toEqual([0]);
    for (const tooLong of [60_001, Infinity, Number.NaN]) {
      const { fetch, waits } = await ask(() => tooLong, page(502), ok);
      expect([fetch.requests.length, waits]).toEqual([1, []]);
    }
    expect((await ask(() => true, page(502))).fetch.requests).toHaveLength(4);
  });

  test("is asked per call, too, and what it throws is what the call rejects with", async () => {
    const { client, clock } = testClient([page(502)]);
    const call = client.app.bsky.actor.getProfile({ actor: "a" }, { retry: { decide: broken } });
    await expect(clock.run(call)).rejects.toThrow("out of order");
  });
});

describe("procedures that may have been carried out", () => {
  const faults: readonly Step[] = [page(504), refusal(500, "InternalServerError"), networkFailure("ECONNRESET")];

  test("are never repeated, whatever decide says", async () => {
    for (const fault of faults) {
      let asked = 0;
      const { client, clock, fetch } = testClient([fault, ok], account);
      const retry = { decide: () => ++asked > 0 };
      const call = client.chat.bsky.convo.sendMessage({ convoId: "1", message: { text: "hi" } }, { retry });
      const error = await clock.run(call).then(undefined, (reason: unknown) => reason);
      expect(error).toMatchObject({ ambiguous: true, attempts: 1 });
      expect([fetch.requests.length, asked]).toEqual([1, 0]);
    }
  });

  test("are repeated when the call says that they may be done twice", async () => {
    for (const fault of faults) {
      const { client, clock, fetch } = testClient([fault, ok], account);
      await clock.run(client.post("com.example.put", {}, { idempotent: true }));
      expect(fetch.requests).toHaveLength(2);
    }
  });

  test("are repeated when they are known to do the same twice", async () => {
    for (const fault of faults) {
      const { client, clock, fetch } = testClient([fault, Response.json({})], account);
      await clock.run(client.app.bsky.graph.muteActor({ actor: "did:plc:x" }));
      expect(fetch.requests).toHaveLength(2);
    }
  });

  test("end after the attempts there are, when the server fails for ever", async () => {
    const { client, clock, fetch } = testClient([refusal(500, "InternalServerError")], account);
    const error = await clock
      .run(client.com.atproto.repo.uploadBlob(new Uint8Array(1)))
      .then(undefined, (reason: unknown) => reason);
    expect(error).toMatchObject({ status: 500, attempts: 4 });
    expect(fetch.requests).toHaveLength(4);
  });
});

const torn = new Response('{"error":"RecordNotF', { status: 400, headers: { "content-type": "application/json" } });

describe("a refusal whose reason is cut off", () => {
  test("is asked for again, also of a procedure: nothing was done", async () => {
    const { client, clock, fetch } = testClient([torn, refusal(400, "RecordNotFound")], account);
    const { actor } = client.app.bsky;
    expect(await clock.run(actor.getProfile({ actor: "a" }).result())).toMatchObject({
      error: { error: "RecordNotFound" },
    });
    const record = { repo: "did:plc:x", collection: "a.b.c", record: {} };
    const other = testClient([torn, refusal(400, "InvalidSwap")], account);
    const created = other.client.com.atproto.repo.createRecord(record).result();
    expect(await other.clock.run(created)).toMatchObject({ error: { error: "InvalidSwap", attempts: 2 } });
    expect([fetch.requests.length, other.fetch.requests.length]).toEqual([2, 2]);
  });

  test("is not where it never was JSON", async () => {
    const { client, clock, fetch } = testClient([page(400)], account);
    await clock.run(client.app.bsky.actor.getProfile({ actor: "a" }).result());
    expect(fetch.requests).toHaveLength(1);
  });
});

test("a session that cannot be had is asked for a bounded number of times", async () => {
  const { client, clock, fetch } = testClient([networkFailure("ECONNREFUSED")], {
    service: "https://pds.example",
    identifier: "did:plc:x",
    password: "secret",
  });
  const error = await clock.run(client.app.bsky.feed.getTimeline()).then(undefined, (reason: unknown) => reason);
  expect(error).toMatchObject({ name: "NetworkError", attempts: 0 });
  expect(fetch.requests.length).toBeLessThanOrEqual(16);
});

const RUNS = 300;
/** A failed run is repeated with the seed it names. */
const seed = Number(process.env["RETRY_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

test(`A12.3 waits stay below maxWait and attempts are bounded, in ${RUNS} random runs (RETRY_SEED=${seed})`, async () => {
  const random = seededRandom(seed);
  const within = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
  const pick = <Value>(values: readonly Value[]): Value => values[within(0, values.length - 1)] as Value;
  const fault = (): Step =>
    pick<() => Step>([
      () => page(pick([500, 502, 503, 504, 408])),
      () => refusal(429, "RateLimitExceeded", { "retry-after": String(within(-1, 90)) }),
      () => refusal(429, "RateLimitExceeded"),
      () => refusal(503, "Busy", { "retry-after": String(within(0, 90)) }),
      () => refusal(400, "ExpiredToken"),
      () => networkFailure(pick(["ECONNRESET", "ECONNREFUSED", "ENOTFOUND"])),
      () => "hang",
    ])();
  for (let run = 0; run < RUNS; run++) {
    const retry = {
      attempts: within(1, 7),
      baseDelay: within(0, 5000),
      maxDelay: within(0, 100_000),
      maxWait: within(0, 50_000),
      decide: pick([undefined, () => undefined, () => true, () => within(0, 100_000)]),
    };
    const steps = [...Array.from({ length: within(0, 9) }, fault), pick([ok, fault()])];
    const attemptTimeout = within(1, 20) * 1_000_000;
    const timeout = within(1, 100_000_000);
    const { client, clock, fetch } = testClient(steps, { ...account, retry, attemptTimeout, timeout, random });
    const calls: readonly (() => { result(): Promise<{ ok: boolean }> })[] = [
      () => client.app.bsky.feed.getTimeline(),
      () => client.com.atproto.repo.deleteRecord({ repo: "a", collection: "b.c.d", rkey: "1" }),
      () => client.com.atproto.server.createInviteCode({ useCount: 1 }),
    ];
    const startedAt = clock.now();
    const result = await clock.run(pick(calls)().result());
    const [row] = await client.log.query();
    const waits = (row?.attemptLog ?? []).map(({ waitMs }) => waitMs);
    const sent = fetch.requests.length;
    const seen = {
      run,
      logged: waits.length === sent,
      waitsLess: Math.max(...waits) <= retry.maxWait,
      sendsLess: sent > 0 && sent <= retry.attempts,
      endsInTime: clock.now() - startedAt <= timeout,
      pending: clock.pending,
    };
    expect({ ...seen, result }).toEqual({
      run,
      logged: true,
      waitsLess: true,
      sendsLess: true,
      endsInTime: true,
      pending: 0,
      result,
    });
  }
});

test("a call is replayed with a new token once, however often it is repeated", async () => {
  const { client, clock, server } = setting({
    intercept: (_, nsid) => (nsid === "com.example.read" ? refusal(400, "ExpiredToken") : undefined),
  });
  const error = await clock.run(failure(read(client({ retry: { attempts: 6, decide: () => true } }))));
  expect(error).toMatchObject({ error: "ExpiredToken", attempts: 6 });
  expect(server.count("refreshSession")).toBe(1);
});
