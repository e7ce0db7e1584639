import type { CallInput, WrittenPost } from "../storage/ports/index.ts";
import type { TestRunner } from "./runner.ts";
import { ALICE, BOB, call, SERVICE, START } from "./storage-fixture.ts";
import type { WithStorage } from "./storage-fixture.ts";

const DAY = 86_400_000;
const KEPT = "\uFFFD";

/** A text that no database makes shorter. */
function noise(length: number): string {
  let state = 7;
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return String.fromCodePoint(97 + (state % 26));
  }).join("");
}

/** The name of the error a promise ends with, and the paths it names; `undefined` for success. */
const refusalOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => {
      const { name, issues } = error as {
        readonly name: string;
        readonly issues?: readonly { readonly path: string }[];
      };
      return issues === undefined ? String(error) : `${name} ${issues.map(({ path }) => path).join()}`;
    },
  );

const postOf = (rkey: string, given: Partial<WrittenPost> = {}): WrittenPost => ({
  repo: ALICE,
  rkey,
  uri: `at://${ALICE}/app.bsky.feed.post/${rkey}`,
  cid: "cid",
  createdAt: START,
  ...given,
});

/** How much there may be of something, and what is odd: the same in every backend. */
export function limitSuite({ describe, test, expect }: TestRunner, withStorage: WithStorage): void {
  describe("limits", () => {
    test(
      "G17 any number of names, profiles and posts goes at once",
      withStorage(async ({ storage: { profiles, posts } }) => {
        const dids = Array.from({ length: 70_000 }, (_, index) => `did:plc:${index}`);
        const many = dids.slice(0, 2500).map((did) => ({ did, handle: `${did.slice(8)}.example` }));
        expect((await profiles.upsert(many, START)).length).toBe(2500);
        const found = await profiles.getMany([...dids, ...many.map(({ handle }) => handle), "missing.example"]);
        expect(found.length).toBe(72_501);
        expect(found.map((row) => row?.did).filter(Boolean)).toEqual([...many, ...many].map(({ did }) => did));
        const written = Array.from({ length: 5000 }, (_, index) => postOf(String(index)));
        await posts.save(written);
        expect((await posts.get(postOf("4999").uri))?.state).toBe("stored");
        await posts.markDeleted([...dids.map((did) => `at://${did}/a.b.c/1`), ...written.map(({ uri }) => uri)]);
        for (const rkey of ["0", "4999"]) expect((await posts.get(postOf(rkey).uri))?.state).toBe("deleted");
      }),
    );

    test(
      "G18 names of 1,000 bytes go, longer ones are refused before anything is written",
      withStorage(async ({ storage: { posts, cursors, leases, profiles } }) => {
        const reservation = (clientUniqueKey: string) => {
          const { cid: _, ...post } = postOf("one");
          return { ...post, clientUniqueKey, contentHash: "hash" };
        };
        const longest = noise(1000);
        expect((await posts.reserve(reservation(longest))).clientUniqueKey).toBe(longest);
        expect((await posts.getByKey(ALICE, longest))?.rkey).toBe("one");
        const key = { account: ALICE, service: SERVICE, endpoint: "xrpc/a.b.c", key: longest };
        expect(await cursors.save(key, { mode: "forward" })).toBe(1);
        const lease = await leases.claim(`cursor ${noise(1900)}`, { waitMs: 0 });
        expect(lease === undefined).toBe(false);
        await lease?.release();

        const tooLong = noise(4096);
        expect(await refusalOf(posts.reserve(reservation(tooLong)))).toBe("ValidationError key of the post");
        expect(await refusalOf(posts.reserve(reservation("ü".repeat(501))))).toBe("ValidationError key of the post");
        expect(await refusalOf(posts.getByKey(ALICE, tooLong))).toBe("ValidationError key of the post");
        expect(await refusalOf(posts.moveKey(ALICE, tooLong, postOf("one").uri, ""))).toBe(
          "ValidationError key of the post",
        );
        expect(await refusalOf(posts.save([postOf(tooLong)]))).toBe("ValidationError rkey");
        expect(await refusalOf(cursors.save({ ...key, key: tooLong }, { mode: "forward" }))).toBe(
          "ValidationError key of the cursor",
        );
        expect(await refusalOf(cursors.get({ ...key, account: tooLong }))).toBe("ValidationError account");
        expect(await refusalOf(leases.claim(tooLong))).toBe("ValidationError name of the lock");
        const error = { name: "NotFound", message: "", at: START };
        expect(await refusalOf(profiles.saveError(tooLong, error))).toBe("ValidationError actor");
        expect((await cursors.list()).length).toBe(1);
      }),
    );

    test(
      "G20 whoever waits without end gets the lock when it is free",
      withStorage(async ({ storage, another }) => {
        for (const other of [storage, another?.() ?? storage]) {
          const lease = await storage.leases.claim("a");
          const waiting = other.leases.claim("a", { waitMs: Infinity });
          // Longer than a timer that was set for too long takes to fire.
          await new Promise((resolve) => setTimeout(resolve, 20));
          await lease?.release();
          const next = await waiting;
          expect(next === undefined).toBe(false);
          await next?.release();
        }
      }),
    );

    test(
      "G23 labels come back as they are, and one odd profile does not keep the others out",
      withStorage(async ({ storage: { profiles } }) => {
        const labels = [["a,!hide"], ["[a"], ['["a"]', "b"], ["a", "b"], [], [`x${KEPT}`]];
        const stored = await profiles.upsert(
          labels.map((some, index) => ({ did: `did:plc:${index}`, handle: null, labels: some })),
          START,
        );
        expect(stored.map((row) => row.labels)).toEqual(labels);
        const odd = {
          did: BOB,
          handle: `bob\0.${"x".repeat(300)}`,
          displayName: "a\0b",
          followersCount: 3e9,
          followsCount: -1,
          postsCount: Number.NaN,
          associatedLists: 1.5,
          createdAt: Number.NaN,
          viewerBlocking: "at://\0",
        };
        const [row, good] = await profiles.upsert([odd, { did: ALICE, handle: "alice.example" }], START);
        expect(row).toMatchObject({
          did: BOB,
          handle: null,
          displayName: `a${KEPT}b`,
          followersCount: 2_147_483_647,
          followsCount: 0,
          postsCount: null,
          associatedLists: 1,
          createdAt: null,
          viewerBlocking: `at://${KEPT}`,
        });
        expect(good?.handle).toBe("alice.example");
        expect(await profiles.get("nobody\0")).toBeUndefined();
      }),
    );

    test(
      "G23 a URI that has a key does not get another one, and nobody tries for ever",
      withStorage(async ({ storage: { posts } }) => {
        const { cid: _, ...post } = postOf("one");
        await posts.reserve({ ...post, clientUniqueKey: "first", contentHash: "hash" });
        const second = { ...post, clientUniqueKey: "second", contentHash: "hash" };
        expect(await refusalOf(posts.reserve(second))).toBe("ValidationError clientUniqueKey");
        const elsewhere = { ...post, repo: BOB, clientUniqueKey: "first", contentHash: "hash" };
        expect(await refusalOf(posts.reserve(elsewhere))).toBe("ValidationError clientUniqueKey");
        expect((await posts.getByKey(ALICE, "first"))?.rkey).toBe("one");
        expect(await posts.getByKey(ALICE, "second")).toBeUndefined();
        await posts.save([postOf("two", { createdAt: Number.NaN })]);
        expect((await posts.get(postOf("two").uri))?.createdAt).toBe(START);
        expect(await posts.get("at://\0")).toBeUndefined();
      }),
    );

    test(
      "G23 limits and moments that make no sense are refused, and Infinity is all",
      withStorage(async ({ storage: { calls } }) => {
        await calls.append(Array.from({ length: 150 }, () => call({ timestamp: START })));
        for (const limit of [-1, 1.5, Number.NaN, -Infinity]) {
          expect(await refusalOf(calls.query({ limit }))).toBe("ValidationError limit");
        }
        expect((await calls.query({ limit: Infinity })).length).toBe(150);
        expect(await calls.query({ limit: 0 })).toEqual([]);
        const never = Number.NaN;
        expect(await refusalOf(calls.query({ since: never }))).toBe("ValidationError since");
        expect(await refusalOf(calls.stats({ until: never }))).toBe("ValidationError until");
        expect(await refusalOf(calls.query({ afterId: 1.5 }))).toBe("ValidationError afterId");
        expect(await refusalOf(calls.prune({ olderThan: never, now: START }))).toBe("ValidationError olderThan");
        const span = { since: START, until: START + DAY };
        for (const periods of [0, -1, 1.5, Infinity]) {
          expect(await refusalOf(calls.timeline({ ...span, periods }))).toBe("ValidationError periods");
        }
        expect(await calls.get(never)).toBeUndefined();
        expect(await calls.complete(1.5, { state: "done" })).toBe(false);
        expect((await calls.query({ limit: Infinity })).length).toBe(150);
      }),
    );

    test(
      "G23 NUL and halves of surrogate pairs are replaced, by whatever way a row is written",
      withStorage(async ({ storage: { calls } }) => {
        const odd: Partial<CallInput> = { params: "a\0b", exceptionText: "\uD800", responseKeys: "k\0", callId: "c\0" };
        const kept = { params: `a${KEPT}b`, exceptionText: KEPT, responseKeys: `k${KEPT}`, callId: `c${KEPT}` };
        const id = await calls.insert(call(odd));
        expect(await calls.get(id)).toMatchObject(kept);
        const later = await calls.insert(call());
        await calls.complete(later, odd);
        expect(await calls.get(later)).toMatchObject(kept);
        await calls.append([call({ ...odd, requestDid: "did:\0" }), call(odd)]);
        expect((await calls.query({ did: "did:\0" })).length).toBe(1);
        expect((await calls.query()).filter(({ params }) => params === kept.params).length).toBe(4);
      }),
    );

    test(
      "G23 pruning keeps the rows that a budget counts, and no others",
      withStorage(async ({ storage: { budgets, calls } }) => {
        const windows = [{ seconds: 86_400, limit: 5, learns: true }];
        const claim = { points: 1, row: call({ timestamp: START }) };
        const [kept, given] = await budgets.claim("upload x", windows, [claim, claim], START);
        const [one = 0, other = 0] = [kept, given].map((answer) => (answer && "id" in answer ? answer.id : 0));
        await budgets.release("upload x", windows, other, 1, START);
        expect(await calls.prune({ olderThan: START + DAY, now: START + 1, dryRun: true })).toBe(1);
        expect(await calls.prune({ olderThan: START + DAY, now: START + 1 })).toBe(1);
        expect((await calls.query()).map(({ id }) => id)).toEqual([one]);
      }),
    );

    test(
      "G16 a row that was stored while budgets could not be checked counts for the budget that takes points for it",
      withStorage(async ({ storage: { budgets, calls } }) => {
        const windows = [{ seconds: 86_400, limit: 5, learns: true }];
        const id = await calls.insert(call({ timestamp: START }));
        await budgets.claim("upload x", windows, [{ points: 1, row: id }], START);
        // Whoever asks for more than there is makes the sum be taken anew from the rows.
        await budgets.claim("upload x", windows, [{ points: 5, row: call({ timestamp: START }) }], START);
        expect((await budgets.read("upload x", windows, START))[0]?.used).toBe(1);
        await budgets.claim("upload x", windows, [{ points: 2, row: id }], START);
        await budgets.release("upload x", windows, id, 1, START);
        await budgets.claim("upload x", windows, [{ points: 5, row: call({ timestamp: START }) }], START);
        expect((await budgets.read("upload x", windows, START))[0]?.used).toBe(2);
      }),
    );
  });
}
