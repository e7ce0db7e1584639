import { describe, expect, test } from "vitest";
import { Client } from "../../../src/client/client.ts";
import type { Storage } from "../../../src/storage/ports/index.ts";
import { networkFailure, refusal, type Step } from "../../support/fakes/scripted-fetch.ts";
import { testClient } from "../../support/fakes/test-client.ts";
import { accountOf, ALICE, SERVICE } from "./accounts.ts";
import { clientsOn, HOUR, key, ok, operation, record, refused, START, used } from "./world.ts";

/** An answer that shows a limit of so many seconds. */
const limited = (limit: number, remaining: number, window: number): Step => {
  const headers = {
    "ratelimit-limit": String(limit),
    "ratelimit-remaining": String(remaining),
    "ratelimit-reset": String(START / 1000 + 1800),
    "ratelimit-policy": `${limit};w=${window}`,
  };
  return Response.json({ uri: "at://x", cid: "y" }, { headers });
};

/** What is charged, to whom, and what servers say of it. */
export function chargesSuite(name: string, open: () => Promise<Storage> | Storage): void {
  const client = clientsOn(open);
  describe(`what is charged in ${name}`, () => {
    test("what the server says of its limits counts for all clients, and its sizes are learned", async () => {
      const { client: alice, storage } = await client([limited(3000, 1, 300), limited(5000, 7, 3600)]);
      await alice.com.atproto.repo.createRecord(record);
      expect(await alice.budget.remaining()).toBe(4997);
      await alice.com.atproto.repo.createRecord(record);
      const other = testClient([limited(5000, 4, 3600), limited(50, 44, 3600)], { ...accountOf(ALICE), storage });
      const [hour] = (await other.client.budget.status()).writes;
      expect(hour).toEqual({
        window: "1-hour",
        used: 4993,
        budget: 5000,
        remaining: 7,
        freesAt: new Date(START + HOUR),
        server: { limit: 5000, remaining: 7, resetAt: new Date(START + HOUR / 2) },
      });
      await other.client.com.atproto.repo.createRecord(record);
      const batch = { repo: ALICE, writes: [operation("create"), operation("update")] };
      expect(await refused(other.client.com.atproto.repo.applyWrites(batch))).toMatchObject({
        used: 4996,
        cost: 5,
        resumeAt: new Date(START + HOUR / 2),
      });
      await other.client.com.atproto.repo.createRecord(record);
      expect((await alice.budget.status()).writes[0]).toMatchObject({ budget: 50, used: 12, remaining: 38 });
    });

    test("uploads, logins and handles have budgets of their own", async () => {
      const { client: alice, storage, fetch } = await client([Response.json({})], { budget: { uploads: 2 } });
      const upload = () => alice.com.atproto.repo.uploadBlob(new Uint8Array([1]), { encoding: "image/png" });
      await upload();
      await upload();
      expect(await refused(upload())).toMatchObject({
        unit: "uploads",
        window: "24-hour",
        used: 2,
        budget: 2,
        cost: 1,
      });
      for (let call = 0; call < 10; call++) await alice.com.atproto.identity.updateHandle({ handle: `a${call}.test` });
      expect(await refused(alice.com.atproto.identity.updateHandle({ handle: "b.test" }))).toMatchObject({
        unit: "handle changes",
        window: "5-minute",
        used: 10,
        resumeAt: new Date(START + 300_000),
      });
      const status = await alice.budget.status();
      expect([status.uploads[0]?.used, status.handles[0]?.remaining, status.writes[0]?.used]).toEqual([2, 0, 0]);
      const nobody = testClient([Response.json({})], { storage, service: SERVICE }).client;
      const login = (identifier: string) =>
        nobody.com.atproto.server.createSession({ identifier, password: "secret-word" });
      await Promise.all(Array.from({ length: 30 }, () => login("@Alice.test")));
      expect(await refused(login("alice.test"))).toMatchObject({ account: "alice.test", unit: "logins", used: 30 });
      await login("bob.test");
      expect(fetch.requests).toHaveLength(12);
    });

    test("a foreign token, and a call without account, are nobody's budget", async () => {
      const { client: alice, storage } = await client([ok], { budget: { hour: 0 } });
      await alice.com.atproto.repo.createRecord(record, { headers: { authorization: "Bearer other" } });
      expect(await used(alice)).toEqual([0, 0]);
      const [row] = await alice.log.query();
      expect(row).toMatchObject({ writeOpPointsConsumed: 3, requestDid: null });
      const unsaid = testClient([ok], { service: SERVICE, accessToken: "opaque", storage }).client;
      await unsaid.com.atproto.repo.createRecord(record);
      expect(await used(alice)).toEqual([3, 3]);
    });

    test("points charged are attempts sent, whatever happens to them", async () => {
      const outcomes: readonly Step[] = [
        networkFailure("ECONNREFUSED"),
        networkFailure("ECONNRESET"),
        refusal(429, "RateLimitExceeded"),
        refusal(500, "InternalServerError"),
        refusal(400, "InvalidRequest"),
        ok,
      ];
      let seed = 7;
      const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
      const steps = Array.from({ length: 200 }, () => outcomes[Math.floor(random() * outcomes.length)] as Step);
      const { client: alice, clock, fetch } = await client(steps, { retry: { baseDelay: 0 } });
      for (let call = 0; call < 40; call++) {
        const calls = [alice.com.atproto.repo.createRecord(record), alice.com.atproto.repo.deleteRecord(key)];
        const settled = Promise.allSettled(calls);
        const done = settled.then(() => true);
        while (!(await Promise.race([done, new Promise((resolve) => setTimeout(resolve, 1, false))])))
          await clock.pass(1);
      }
      const rows = await alice.log.query({ limit: 1000 });
      const costs = new Map([
        ["xrpc/com.atproto.repo.createRecord", 3],
        ["xrpc/com.atproto.repo.deleteRecord", 1],
      ]);
      const reached = fetch.requests.filter((_, index) => steps[index] !== outcomes[0]);
      const sent = reached.reduce((sum, { url }) => sum + (costs.get(url.pathname.slice(1)) ?? 0), 0);
      expect(rows.reduce((sum, row) => sum + row.writeOpPointsConsumed, 0)).toBe(sent);
      expect(await used(alice)).toEqual([sent, sent]);
      expect(reached.length).toBeGreaterThan(80);
    });

    test("a number that is none is refused when the client is made", () => {
      for (const hour of [-1, 1.5, Number.NaN]) {
        expect(() => new Client({ budget: { hour } })).toThrow(/budget\.hour must be a whole number/);
      }
      expect(() => new Client({ budget: { services: { "not a url": false } } })).toThrow(/budget\.services/);
    });
  });
}
