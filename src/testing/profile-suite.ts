import type { ProfileData } from "../storage/ports/index.ts";
import type { TestRunner } from "./runner.ts";
import { ALICE, BOB, START } from "./storage-fixture.ts";
import type { WithStorage } from "./storage-fixture.ts";
const FULL: Required<ProfileData> = {
  did: ALICE,
  handle: "alice.example",
  displayName: "Alice 🌱",
  description: "first line\nsecond line",
  avatar: "https://cdn.example/alice.jpg",
  followersCount: 12,
  followsCount: 0,
  postsCount: 2_000_000_000,
  labels: ["!no-unauthenticated", "bot"],
  createdAt: START - 123_456_789,
  associatedLists: 1,
  associatedFeedgens: 2,
  associatedStarterPacks: 3,
  associatedLabeler: false,
  viewerDid: BOB,
  viewerMuted: false,
  viewerBlockedBy: true,
  viewerBlocking: "at://did:plc:bob/app.bsky.graph.block/3k",
};

const GONE = { name: "AccountTakedown", message: "Account has been suspended", at: START };

export function profileSuite({ describe, test, expect }: TestRunner, withStorage: WithStorage): void {
  describe("profiles", () => {
    test(
      "every column comes back, by DID and by handle in any case",
      withStorage(async ({ storage: { profiles }, clock }) => {
        const [stored] = await profiles.upsert([FULL], START - 5);
        expect(stored).toEqual({
          id: stored?.id,
          ...FULL,
          fetchedAt: START - 5,
          error: null,
          errorName: null,
          errorAt: null,
          updatedAt: clock.now,
        });
        for (const actor of [ALICE, "alice.example", "@Alice.Example"])
          expect(await profiles.get(actor)).toEqual(stored);
        expect(await profiles.get("bob.example")).toBeUndefined();
        expect(await profiles.get(BOB)).toBeUndefined();
      }),
    );

    test(
      "A9.6 a row is updated in place; a minimal profile clears what is not there any more",
      withStorage(async ({ storage: { profiles }, clock }) => {
        const [first] = await profiles.upsert([FULL], START);
        clock.now += 10;
        const [second] = await profiles.upsert([{ did: ALICE, handle: "Alice.Example" }], START + 10);
        expect(second).toMatchObject({
          id: first?.id,
          handle: "alice.example",
          displayName: null,
          labels: [],
          viewerDid: null,
          fetchedAt: START + 10,
          updatedAt: START + 10,
        });
        expect(await profiles.get(ALICE)).toEqual(second);
        const [third] = await profiles.upsert([{ did: BOB, handle: null }], START);
        expect(third?.handle).toBe(null);
      }),
    );

    test(
      "A9.5 an error is kept with the row, and cleared by the next profile",
      withStorage(async ({ storage: { profiles } }) => {
        const [stored] = await profiles.upsert([FULL], START);
        const said = { error: GONE.message, errorName: GONE.name, errorAt: GONE.at };
        expect(await profiles.saveError("Alice.example", GONE)).toMatchObject({ ...stored, ...said });
        expect(await profiles.get(ALICE)).toMatchObject({ id: stored?.id, displayName: FULL.displayName, ...said });
        await profiles.upsert([FULL], START);
        expect(await profiles.get(ALICE)).toMatchObject({
          id: stored?.id,
          error: null,
          errorName: null,
          errorAt: null,
        });

        const unknown = await profiles.saveError("@Nobody.Example", GONE);
        expect(unknown).toMatchObject({ did: null, handle: "nobody.example", fetchedAt: null, ...said });
        const again = await profiles.saveError("nobody.example", { ...GONE, message: "still" });
        expect([again.id, again.error]).toEqual([unknown.id, "still"]);
        const byDid = await profiles.saveError(BOB, GONE);
        expect(byDid).toMatchObject({ did: BOB, handle: null });
        const [back] = await profiles.upsert([{ did: BOB, handle: "nobody.example" }], START);
        expect(back).toMatchObject({ id: byDid.id, error: null });
        expect(await profiles.get("nobody.example")).toEqual(back);
      }),
    );

    test(
      "A9.7 a handle that moves to another account leaves the one that had it, two may even swap",
      withStorage(async ({ storage: { profiles }, clock }) => {
        const [alice] = await profiles.upsert([{ did: ALICE, handle: "one.example" }], START);
        clock.now += 1;
        const [bob] = await profiles.upsert([{ did: BOB, handle: "one.example" }], START);
        expect((await profiles.get("one.example"))?.id).toBe(bob?.id);
        expect(await profiles.get(ALICE)).toMatchObject({ id: alice?.id as number, handle: null });
        await profiles.upsert([{ did: ALICE, handle: "two.example" }], START);
        const swapped = await profiles.upsert(
          [
            { did: ALICE, handle: "one.example" },
            { did: BOB, handle: "two.example" },
          ],
          START,
        );
        expect(swapped.map((row) => row.id)).toEqual([alice?.id, bob?.id]);
        expect((await profiles.get("one.example"))?.did).toBe(ALICE);
        expect((await profiles.get("two.example"))?.did).toBe(BOB);
      }),
    );

    test(
      "A9.8 dates no database can hold become the nearest one",
      withStorage(async ({ storage: { profiles } }) => {
        const dates = [Date.parse("0001-01-01T00:00:00Z"), Date.UTC(-300, 0), Date.UTC(12_000, 0), START + 0.7, -1];
        const stored = await profiles.upsert(
          dates.map((createdAt, index) => ({ did: `did:plc:${index}`, handle: null, createdAt })),
          START,
        );
        const first = Date.parse("0001-01-01T00:00:00Z");
        const last = Date.parse("9999-12-31T23:59:59.999Z");
        expect(stored.map((row) => row.createdAt)).toEqual([first, first, last, START, -1]);
        expect((await profiles.get("did:plc:1"))?.createdAt).toBe(first);
      }),
    );

    test(
      "text that a database may refuse is stored with U+FFFD in its place",
      withStorage(async ({ storage: { profiles } }) => {
        const odd = "a\0b \uD83D c";
        const said = "a\uFFFDb \uFFFD c";
        const [stored] = await profiles.upsert(
          [{ did: ALICE, handle: null, displayName: odd, description: odd, labels: [odd] }],
          START,
        );
        expect(stored).toMatchObject({ displayName: said, description: said, labels: [said] });
        expect((await profiles.saveError(ALICE, { ...GONE, message: odd })).error).toBe(said);
      }),
    );

    test(
      "many at once, in the order they were asked for",
      withStorage(async ({ storage: { profiles } }) => {
        const many = Array.from({ length: 60 }, (_, index) => ({
          did: `did:plc:${index}`,
          handle: `h${index}.example`,
        }));
        const stored = await profiles.upsert([...many, { did: "did:plc:7", handle: "again.example" }], START);
        expect(stored.length).toBe(61);
        expect([stored[7]?.handle, stored[60]?.handle]).toEqual(["again.example", "again.example"]);
        const found = await profiles.getMany(["h59.example", "did:plc:3", "nobody.example", "@H3.example"]);
        expect(found.map((row) => row?.did)).toEqual(["did:plc:59", "did:plc:3", undefined, "did:plc:3"]);
        expect(await profiles.getMany([])).toEqual([]);
        expect(await profiles.upsert([], START)).toEqual([]);
      }),
    );
  });
}
