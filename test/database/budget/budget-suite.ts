import { describe, expect, test, vi } from "vitest";
import type { ClientOptions } from "../../../src/client/options.ts";
import type { Storage } from "../../../src/storage/ports/index.ts";
import { networkFailure, refusal } from "../../support/fakes/scripted-fetch.ts";
import { testClient } from "../../support/fakes/test-client.ts";
import { accountOf, ALICE, BOB, SERVICE } from "./accounts.ts";
import { clientsOn, DAY, HOUR, key, ok, operation, record, refused, spent, START, used } from "./world.ts";

const nearly = (window: string, figures: string, oldest: number): string =>
  `warn Over 95 % of the write points that ${ALICE} has in the ${window} window are used: ${figures}. ` +
  `Calls that do not fit are refused; the oldest come back at ${new Date(oldest).toISOString()}.`;

/** Budgets as a client spends them. */
export function budgetSuite(name: string, open: () => Promise<Storage> | Storage): void {
  const client = clientsOn(open);
  describe(`the write budget in ${name}`, () => {
    test("A10.1 A10.8 1666 creates pass, the next is refused without HTTP, and two deletes still fit", async () => {
      const { client: alice, fetch } = await client();
      await Promise.all(Array.from({ length: 1666 }, () => alice.com.atproto.repo.createRecord(record)));
      const error = await refused(alice.com.atproto.repo.createRecord(record));
      expect(error).toMatchObject({
        window: "1-hour",
        used: 4998,
        cost: 3,
        budget: 5000,
        resumeAt: new Date(START + HOUR),
        account: ALICE,
        nsid: "com.atproto.repo.createRecord",
        retryable: false,
        ambiguous: false,
        attempts: 0,
      });
      expect(error.message).toContain("There is room at 2026-01-01T01:00:00.000Z");
      await alice.com.atproto.repo.deleteRecord(key);
      await alice.com.atproto.repo.deleteRecord(key);
      await refused(alice.com.atproto.repo.deleteRecord(key));
      expect(fetch.requests).toHaveLength(1668);
      expect(await alice.budget.remaining()).toBe(0);
      const [row] = await alice.log.query({ failed: true });
      expect(row).toMatchObject({
        httpStatusCode: null,
        writeOpPointsConsumed: 0,
        exceptionClass: "RateLimitExceededError",
        requestDid: ALICE,
        attempts: 0,
      });
    });

    test("A10.2 A10.9 the day counts what the hour has let go, and lets it go a day later", async () => {
      const { client: alice, storage, clock } = await client();
      await storage.calls.append([spent(34_998, START - 2 * HOUR)]);
      expect(await refused(alice.com.atproto.repo.createRecord(record))).toMatchObject({
        window: "24-hour",
        used: 34_998,
        budget: 35_000,
        resumeAt: new Date(START + 22 * HOUR),
      });
      await alice.com.atproto.repo.putRecord({ ...record, rkey: "3k" });
      clock.jump(22 * HOUR - 1);
      await refused(alice.com.atproto.repo.deleteRecord(key));
      clock.jump(1);
      await alice.com.atproto.repo.createRecord(record);
      expect(await used(alice)).toEqual([3, 5]);
      clock.jump(2 * DAY);
      expect(await used(alice)).toEqual([0, 0]);
    });

    test("A10.3 A10.4 create 3, put 2, delete 1, applyWrites the sum; other accounts are apart; reads are free", async () => {
      const { client: alice, storage } = await client();
      const { repo } = alice.com.atproto;
      const cost = async (call: () => PromiseLike<unknown>): Promise<number> => {
        const [before = 0] = await used(alice);
        await call();
        return ((await used(alice))[0] ?? 0) - before;
      };
      expect(await cost(() => repo.createRecord(record))).toBe(3);
      expect(await cost(() => repo.putRecord({ ...record, rkey: "3k" }))).toBe(2);
      expect(await cost(() => repo.deleteRecord(key))).toBe(1);
      const writes = [operation("create"), operation("create"), operation("update"), operation("delete")];
      expect(await cost(() => repo.applyWrites({ repo: ALICE, writes: writes }))).toBe(9);
      expect(await cost(() => alice.app.bsky.feed.getTimeline())).toBe(0);
      expect(await cost(() => alice.app.bsky.graph.muteActor({ actor: BOB }))).toBe(0);
      const bob = testClient([ok], { ...accountOf(BOB), storage }).client;
      expect(await used(bob)).toEqual([0, 0]);
      await bob.com.atproto.repo.createRecord({ ...record, repo: BOB });
      expect(await used(bob)).toEqual([3, 3]);
      expect(await used(alice)).toEqual([15, 15]);
    });

    test("L7 A10.7 one warning when a window is above 95 %, another after it was below", async () => {
      const { client: alice, storage, clock, lines } = await client();
      const warnings = (): readonly string[] => lines.filter((line) => line.startsWith("warn"));
      await storage.calls.append([spent(33_249, START - 2 * HOUR)]);
      await alice.com.atproto.repo.deleteRecord(key);
      expect(warnings()).toEqual([]);
      await alice.com.atproto.repo.createRecord(record);
      await alice.com.atproto.repo.createRecord(record);
      const first = nearly("24-hour", "33253/35000 (95.01%)", START + 22 * HOUR);
      expect(warnings()).toEqual([first]);
      await testClient([ok], { ...accountOf(ALICE), storage }).client.com.atproto.repo.createRecord(record);
      clock.jump(DAY);
      await alice.com.atproto.repo.createRecord(record);
      await storage.calls.append([spent(4750, clock.now())]);
      await alice.com.atproto.repo.createRecord(record);
      expect(warnings()).toEqual([first, nearly("1-hour", "4756/5000 (95.12%)", START + DAY + HOUR)]);
    });

    test("A10.12 a batch that is larger than what is left is refused whole; one that can never fit says so", async () => {
      const { client: alice, fetch } = await client([ok], { budget: { hour: 100, policy: "wait" } });
      const batch = (count: number) =>
        alice.com.atproto.repo.applyWrites(
          { repo: ALICE, writes: Array.from({ length: count }, () => operation("create")) },
          { budget: "throw" },
        );
      await batch(20);
      expect(await refused(batch(14))).toMatchObject({ used: 60, cost: 42, resumeAt: new Date(START + HOUR) });
      await batch(13);
      const never = alice.com.atproto.repo.applyWrites({
        repo: ALICE,
        writes: Array.from({ length: 34 }, () => operation("create")),
      });
      const error = await refused(never);
      expect(error).toMatchObject({ used: 99, cost: 102, budget: 100, resumeAt: undefined });
      expect(error.message).toContain("It never fits");
      expect(fetch.requests).toHaveLength(2);
    });

    test("A10.13 a refused connection and a refused token give their points back, a reset one and other refusals do not", async () => {
      const { client: alice } = await client([
        networkFailure("ECONNREFUSED"),
        refusal(400, "ExpiredToken"),
        networkFailure("ECONNRESET"),
        refusal(400, "InvalidRequest"),
        refusal(429, "RateLimitExceeded"),
      ]);
      const rows = async () => (await alice.log.query({ order: "oldest" })).map((row) => row.writeOpPointsConsumed);
      for (let call = 0; call < 5; call++) {
        await expect(alice.com.atproto.repo.createRecord(record)).rejects.toThrow(/createRecord/);
      }
      expect(await rows()).toEqual([0, 0, 3, 3, 3]);
      expect(await used(alice)).toEqual([9, 9]);
    });

    test("A10.14 a budget of 1 refuses the first create, one of 0 everything, one of 3 fits it", async () => {
      const { client: one, storage, fetch } = await client([ok], { budget: { hour: 1 } });
      expect(await refused(one.com.atproto.repo.createRecord(record))).toMatchObject({ used: 0, cost: 3, budget: 1 });
      const budgeted = (budget: ClientOptions["budget"]) =>
        testClient([ok], { ...accountOf(ALICE), storage, budget }).client.com.atproto.repo;
      expect(await refused(budgeted({ day: 0 }).deleteRecord(key))).toMatchObject({ window: "24-hour", budget: 0 });
      expect(fetch.requests).toHaveLength(0);
      await budgeted({ hour: 3, day: 3 }).createRecord(record);
      await refused(budgeted({ hour: 3 }).deleteRecord(key));
      await budgeted({ hour: 0, services: { [`${SERVICE}/`]: false } }).deleteRecord(key);
      await budgeted(false).deleteRecord(key);
      expect(await used(one)).toEqual([5, 5]);
      expect(await testClient([], { ...accountOf(ALICE), storage, budget: false }).client.budget.remaining()).toBe(
        Infinity,
      );
    });

    test("A10.11 each attempt is charged: a 429 is waited for and sent again, and its row has both", async () => {
      const headers = { "retry-after": "7" };
      const { client: alice, clock } = await client([refusal(429, "RateLimitExceeded", headers), ok], { retry: {} });
      const call = alice.com.atproto.repo.createRecord(record);
      await vi.waitFor(() => expect(clock.pending).toBe(1));
      expect(await used(alice)).toEqual([3, 3]);
      await clock.pass(7000);
      await call;
      expect(await used(alice)).toEqual([6, 6]);
      const [row] = await alice.log.query();
      expect(row).toMatchObject({ writeOpPointsConsumed: 6, attempts: 2, retryWaitMs: 7000, state: "done" });
      expect(await alice.log.query()).toHaveLength(1);
    });

    test("a further attempt that the budget has no room for is not sent, and the error says what was", async () => {
      const {
        client: alice,
        clock,
        fetch,
      } = await client([refusal(429, "RateLimitExceeded"), ok], {
        retry: {},
        budget: { hour: 5 },
      });
      const call = refused(alice.com.atproto.repo.createRecord(record));
      await vi.waitFor(() => expect(clock.pending).toBe(1));
      await clock.pass(500);
      expect((await call).message).toContain("was not sent again after 1 attempt");
      expect(fetch.requests).toHaveLength(1);
      expect((await alice.log.query())[0]).toMatchObject({ writeOpPointsConsumed: 3, attempts: 1 });
    });
  });
}
