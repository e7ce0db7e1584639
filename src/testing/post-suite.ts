import type { PostReservation, WrittenPost } from "../storage/ports/index.ts";
import type { TestRunner } from "./runner.ts";
import { ALICE, BOB, call, START } from "./storage-fixture.ts";
import type { WithStorage } from "./storage-fixture.ts";
const uriOf = (repo: string, rkey: string): string => `at://${repo}/app.bsky.feed.post/${rkey}`;

function reservation(rkey: string, given: Partial<PostReservation> = {}): PostReservation {
  const { repo = ALICE } = given;
  const own = { repo, rkey, uri: uriOf(repo, rkey), clientUniqueKey: "daily", contentHash: "hash-1" };
  return { ...own, createdAt: START, ...given };
}

const written = (rkey: string, given: Partial<WrittenPost> = {}): WrittenPost => ({
  repo: ALICE,
  rkey,
  uri: uriOf(ALICE, rkey),
  cid: `cid-${rkey}`,
  createdAt: START,
  ...given,
});

export function postSuite({ describe, test, expect }: TestRunner, withStorage: WithStorage): void {
  describe("posts", () => {
    test(
      "every column comes back, by URI and by key",
      withStorage(async ({ storage: { posts, calls }, clock }) => {
        const apilogId = await calls.insert(call());
        const reserved = await posts.reserve(reservation("one", { clientUniqueKey: "🔑 1" }));
        expect(reserved).toEqual({
          id: reserved.id,
          apilogId: null,
          repo: ALICE,
          rkey: "one",
          uri: uriOf(ALICE, "one"),
          cid: null,
          clientUniqueKey: "🔑 1",
          contentHash: "hash-1",
          replyTo: null,
          rootUri: null,
          rootCid: null,
          state: "pending",
          createdAt: START,
          updatedAt: clock.now,
        });
        clock.now += 5;
        const said = { cid: "cid", apilogId, replyTo: "at://parent", rootUri: "at://root", rootCid: "root" };
        await posts.save([written("one", { ...said, createdAt: START + 1 })]);
        const changed = { state: "stored", contentHash: null, createdAt: START + 1, updatedAt: clock.now };
        const stored = { ...reserved, ...said, ...changed };
        expect(await posts.get(reserved.uri)).toEqual(stored);
        expect(await posts.getByKey(ALICE, "🔑 1")).toEqual(stored);
        expect(await posts.get(uriOf(ALICE, "two"))).toBeUndefined();
        expect(await posts.getByKey(ALICE, "🔑 2")).toBeUndefined();
      }),
    );

    test(
      "A13.5 a key belongs to the first who reserves it, in one repository",
      withStorage(async ({ storage: { posts } }) => {
        const first = await posts.reserve(reservation("one"));
        expect(await posts.reserve(reservation("two", { contentHash: "hash-2" }))).toEqual(first);
        expect(await posts.get(uriOf(ALICE, "two"))).toBeUndefined();
        const other = await posts.reserve(reservation("one", { repo: BOB }));
        expect([other.repo, other.uri === first.uri]).toEqual([BOB, false]);
        expect((await posts.getByKey(BOB, "daily"))?.id).toBe(other.id);
      }),
    );

    test(
      "of many who reserve a key at once one gets it, and all learn which",
      withStorage(async ({ storage: { posts }, another }) => {
        const stores = [posts, another?.().posts ?? posts];
        const rows = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            (stores[index % 2] ?? posts).reserve(reservation(`r${index}`, { clientUniqueKey: "race" })),
          ),
        );
        expect(new Set(rows.map(({ id }) => id)).size).toBe(1);
      }),
    );

    test(
      "what was never written can be revised, doubted and given back; what is stored cannot",
      withStorage(async ({ storage: { posts } }) => {
        const { uri } = await posts.reserve(reservation("one"));
        expect(await posts.revise(uri, "hash-2")).toBe(true);
        await posts.markUnknown(uri);
        expect(await posts.get(uri)).toMatchObject({ state: "unknown", contentHash: "hash-2" });
        expect(await posts.revise(uri, "hash-3")).toBe(true);
        await posts.release(uri);
        expect(await posts.get(uri)).toBeUndefined();
        expect(await posts.revise(uri, "hash-4")).toBe(false);

        await posts.reserve(reservation("one"));
        await posts.save([written("one")]);
        expect(await posts.revise(uri, "hash-5")).toBe(false);
        await posts.markUnknown(uri);
        await posts.release(uri);
        expect(await posts.get(uri)).toMatchObject({
          state: "stored",
          contentHash: null,
          clientUniqueKey: "daily",
        });
        await posts.moveKey(ALICE, "daily", uri, "hash-6");
        await posts.save([written("one")]);
        expect(await posts.get(uri)).toMatchObject({ state: "stored", contentHash: "hash-6" });
      }),
    );

    test(
      "many are stored at once, new ones and known ones; a URI is one row",
      withStorage(async ({ storage: { posts } }) => {
        await posts.save([]);
        await posts.save([written("one"), written("two", { replyTo: uriOf(ALICE, "one") })]);
        const two = await posts.get(uriOf(ALICE, "two"));
        await posts.save([written("two", { cid: "new" }), written("three"), written("three", { cid: "last" })]);
        expect(await posts.get(uriOf(ALICE, "two"))).toMatchObject({
          id: two?.id as number,
          cid: "new",
          replyTo: null,
        });
        expect((await posts.get(uriOf(ALICE, "three")))?.cid).toBe("last");
        expect(await posts.get(uriOf(ALICE, "one"))).toMatchObject({ clientUniqueKey: null, state: "stored" });
      }),
    );

    test(
      "deleting a post and giving its key to another both free the key",
      withStorage(async ({ storage: { posts } }) => {
        const { uri } = await posts.reserve(reservation("one"));
        await posts.save([written("one")]);
        await posts.markDeleted([uri, uriOf(ALICE, "unknown")]);
        await posts.markDeleted([]);
        expect(await posts.get(uri)).toMatchObject({ state: "deleted", clientUniqueKey: null });
        expect(await posts.getByKey(ALICE, "daily")).toBeUndefined();

        expect((await posts.reserve(reservation("two"))).rkey).toBe("two");
        await posts.freeKey(ALICE, "daily");
        expect(await posts.get(uriOf(ALICE, "two"))).toMatchObject({ clientUniqueKey: null, state: "pending" });
        expect((await posts.reserve(reservation("three"))).rkey).toBe("three");
      }),
    );

    test(
      "E3 a key moves to another post that was written, with the hash of that one",
      withStorage(async ({ storage: { posts } }) => {
        await posts.reserve(reservation("one"));
        await posts.save([written("one"), written("two")]);
        await posts.moveKey(ALICE, "daily", uriOf(ALICE, "two"), "hash-2");
        expect(await posts.getByKey(ALICE, "daily")).toMatchObject({ rkey: "two", contentHash: "hash-2" });
        expect(await posts.get(uriOf(ALICE, "one"))).toMatchObject({ clientUniqueKey: null, state: "stored" });
        await posts.moveKey(ALICE, "daily", uriOf(ALICE, "two"), "hash-3");
        expect(await posts.getByKey(ALICE, "daily")).toMatchObject({ rkey: "two", contentHash: "hash-3" });
      }),
    );

    test(
      "G23 a key is taken by a row that is there already: a stored one stays, a deleted one is to be written again",
      withStorage(async ({ storage: { posts } }) => {
        await posts.save([written("one", { contentHash: "hash-0" })]);
        expect(await posts.reserve(reservation("one"))).toMatchObject({
          state: "stored",
          contentHash: "hash-0",
          clientUniqueKey: "daily",
        });
        await posts.markDeleted([uriOf(ALICE, "one")]);
        expect(await posts.reserve(reservation("one"))).toMatchObject({
          state: "pending",
          cid: null,
          contentHash: "hash-1",
          clientUniqueKey: "daily",
        });
      }),
    );

    test(
      "A7.10 a post outlives the row of the call that wrote it",
      withStorage(async ({ storage: { posts, calls } }) => {
        const apilogId = await calls.insert(call({ timestamp: START }));
        await posts.reserve(reservation("one"));
        await posts.save([written("one", { apilogId })]);
        await calls.prune({ olderThan: START + 1, now: START + 1 });
        expect(await posts.getByKey(ALICE, "daily")).toMatchObject({ apilogId: null, state: "stored" });
      }),
    );
  });
}
