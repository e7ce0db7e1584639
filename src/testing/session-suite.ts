import type { TestRunner } from "./runner.ts";
import { ALICE, BOB, codeOf, SERVICE, session } from "./storage-fixture.ts";
import type { WithStorage } from "./storage-fixture.ts";
const DAY = 24 * 60 * 60 * 1000;
const never = async (): Promise<void> => Promise.reject(new Error("must not run"));
const nextTick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function sessionSuite({ describe, test, expect }: TestRunner, withStorage: WithStorage): void {
  describe("sessions", () => {
    test(
      "a stored session is found by DID, handle and login name, in any case, of its service only",
      withStorage(async ({ storage: { sessions }, clock }) => {
        const saved = await sessions.save(
          session({
            handle: "Alice.Example",
            identifier: "Alice@Mail.Example",
            pdsServiceEndpoint: "https://alice.pds.example",
            accessExpiresAt: clock.now + 7_200_000,
            refreshExpiresAt: clock.now + 5_184_000_123,
          }),
        );
        expect(saved).toEqual({
          id: saved.id,
          service: SERVICE,
          did: ALICE,
          handle: "alice.example",
          identifier: "alice@mail.example",
          accessJwt: "access-1",
          refreshJwt: "refresh-1",
          createMethod: "create",
          pdsServiceEndpoint: "https://alice.pds.example",
          accessExpiresAt: clock.now + 7_200_000,
          refreshExpiresAt: clock.now + 5_184_000_123,
          generation: 1,
          exception: null,
          createdAt: clock.now,
          updatedAt: clock.now,
        });
        for (const name of [ALICE, "alice.example", "@ALICE.example", "alice@mail.EXAMPLE"]) {
          expect(await sessions.find(SERVICE, name)).toEqual(saved);
        }
        expect(await sessions.find("https://other.example", ALICE)).toBeUndefined();
        expect(await sessions.find(SERVICE, "bob.example")).toBeUndefined();
      }),
    );

    test(
      "A4.11 accounts of one database do not mix; of two with one name the newest is found",
      withStorage(async ({ storage: { sessions }, clock }) => {
        await sessions.save(session({ handle: "shared.example" }));
        clock.now += 1;
        await sessions.save(session({ did: BOB, handle: "shared.example", accessJwt: "access-bob" }));
        expect((await sessions.find(SERVICE, ALICE))?.accessJwt).toBe("access-1");
        expect((await sessions.find(SERVICE, BOB))?.accessJwt).toBe("access-bob");
        expect((await sessions.find(SERVICE, "shared.example"))?.did).toBe(BOB);
        clock.now += 1;
        await sessions.save(session());
        expect((await sessions.find(SERVICE, "shared.example"))?.did).toBe(ALICE);
      }),
    );

    test(
      "a refresh replaces the tokens in place and keeps what it does not name",
      withStorage(async ({ storage: { sessions }, clock }) => {
        const first = await sessions.save(session({ handle: "alice.example", identifier: "alice.example" }));
        clock.now += 5;
        const second = await sessions.save(
          session({ accessJwt: "access-2", refreshJwt: "refresh-2", createMethod: "refresh" }),
        );
        expect(second).toEqual({
          ...first,
          accessJwt: "access-2",
          refreshJwt: "refresh-2",
          createMethod: "refresh",
          generation: 2,
          updatedAt: clock.now,
        });
        for (let count = 0; count < 20; count++) await sessions.save(session({ createMethod: "refresh" }));
        expect((await sessions.list({ includeDead: true })).length).toBe(1);
        await sessions.save(session({ handle: null, createMethod: "refresh" }));
        expect((await sessions.find(SERVICE, ALICE))?.handle).toBe(null);
      }),
    );

    test(
      "an e-mail address goes on finding the session after a login by handle",
      withStorage(async ({ storage: { sessions } }) => {
        await sessions.save(session({ handle: "alice.example", identifier: "alice@mail.example" }));
        await sessions.save(session({ handle: "alice.example", identifier: "alice.example" }));
        expect((await sessions.find(SERVICE, "alice@mail.example"))?.did).toBe(ALICE);
        const kept = await sessions.save(session({ identifier: ALICE }), { ifGeneration: 2 });
        expect(kept?.identifier).toBe("alice@mail.example");
        await sessions.save(session({ identifier: "new@mail.example" }));
        expect(await sessions.find(SERVICE, "alice@mail.example")).toBeUndefined();
      }),
    );

    test(
      "with ifGeneration, a row that changed, died or went is left alone",
      withStorage(async ({ storage: { sessions } }) => {
        await sessions.save(session());
        const [one, two] = await Promise.all(
          ["one", "two"].map((accessJwt) => sessions.save(session({ accessJwt }), { ifGeneration: 1 })),
        );
        expect([one, two].filter((saved) => saved !== undefined).length).toBe(1);
        const now = await sessions.find(SERVICE, ALICE);
        expect(now?.generation).toBe(2);
        expect(now?.accessJwt).toBe((one ?? two)?.accessJwt);
        await sessions.markDead(SERVICE, ALICE, "revoked", 2);
        expect(await sessions.save(session(), { ifGeneration: 2 })).toBeUndefined();
        await sessions.delete(SERVICE, ALICE);
        expect(await sessions.save(session(), { ifGeneration: 2 })).toBeUndefined();
        expect(await sessions.list({ includeDead: true })).toEqual([]);
      }),
    );

    test(
      "a dead session is skipped, keeps its reason and not its tokens, and comes to life by a login",
      withStorage(async ({ storage: { sessions } }) => {
        await sessions.save(session({ handle: "alice.example" }));
        expect(await sessions.markDead(SERVICE, ALICE, "ExpiredToken", 7)).toBe(false);
        expect(await sessions.markDead(SERVICE, ALICE, "ExpiredToken", 1)).toBe(true);
        expect(await sessions.markDead(SERVICE, ALICE, "again", 1)).toBe(false);
        expect(await sessions.find(SERVICE, "alice.example")).toBeUndefined();
        expect(await sessions.list()).toEqual([]);
        const [dead] = await sessions.list({ includeDead: true });
        expect(dead?.exception).toBe("ExpiredToken");
        const alive = await sessions.save(session({ accessJwt: "access-3" }));
        expect([alive.exception, alive.generation]).toEqual([null, 2]);
        expect((await sessions.find(SERVICE, "alice.example"))?.accessJwt).toBe("access-3");
      }),
    );

    test(
      "lists newest first, without tokens, by service",
      withStorage(async ({ storage: { sessions }, clock }) => {
        await sessions.save(session());
        clock.now += 1;
        await sessions.save(session({ did: BOB }));
        clock.now += 1;
        await sessions.save(session({ service: "https://other.example" }));
        const listed = await sessions.list();
        expect(listed.map((one) => [one.service, one.did])).toEqual([
          ["https://other.example", ALICE],
          [SERVICE, BOB],
          [SERVICE, ALICE],
        ]);
        expect(JSON.stringify(listed).includes("access-1")).toBe(false);
        expect((await sessions.list({ service: SERVICE })).length).toBe(2);
      }),
    );

    test(
      "forgets: one by one, the dead by age, and the long dead at the next login",
      withStorage(async ({ storage: { sessions }, clock }) => {
        await sessions.save(session());
        expect(await sessions.delete(SERVICE, ALICE)).toBe(true);
        expect(await sessions.delete(SERVICE, ALICE)).toBe(false);
        for (const did of [ALICE, BOB]) await sessions.save(session({ did }));
        await sessions.markDead(SERVICE, ALICE, "revoked", 1);
        expect(await sessions.prune(clock.now)).toBe(0);
        expect(await sessions.prune(clock.now + 1)).toBe(1);
        await sessions.markDead(SERVICE, BOB, "revoked", 1);
        clock.now += 31 * DAY;
        await sessions.save(session());
        expect((await sessions.list({ includeDead: true })).map((one) => one.did)).toEqual([ALICE]);
      }),
    );
  });

  describe("the session lock", () => {
    test(
      "runs one at a time for an account, and others side by side",
      withStorage(async ({ storage, another }) => {
        const holders = [storage, another?.() ?? storage];
        let inside = 0;
        let most = 0;
        let runs = 0;
        await Promise.all(
          Array.from({ length: 12 }, (_, index) =>
            (holders[index % 2] ?? storage).sessions.withLock(SERVICE, ALICE, async () => {
              most = Math.max(most, ++inside);
              for (let turn = 0; turn < 5; turn++) await nextTick();
              inside--;
              runs++;
            }),
          ),
        );
        expect([most, runs]).toEqual([1, 12]);
        // The inner one would wait for ever if another account were the same lock.
        const both = storage.sessions.withLock(SERVICE, ALICE, () =>
          storage.sessions.withLock(SERVICE, BOB, async () => "both"),
        );
        expect(await both).toBe("both");
      }),
    );

    test(
      "gives what the function gives, and is free again after it failed",
      withStorage(async ({ storage: { sessions } }) => {
        const failure = new Error("refused by the server");
        let caught: unknown;
        await sessions
          .withLock(SERVICE, ALICE, async () => Promise.reject(failure))
          .catch((error: unknown) => {
            caught = error;
          });
        expect(caught).toBe(failure);
        expect(await sessions.withLock(SERVICE, ALICE, async (lock) => lock.signal.aborted)).toBe(false);
      }),
    );

    test(
      "waits as long as told: `busy` after that, or the reason of the signal",
      withStorage(async ({ storage, another }) => {
        const other = another?.() ?? storage;
        const reason = new Error("no longer wanted");
        const codes: unknown[] = [];
        await storage.sessions.withLock(SERVICE, ALICE, async () => {
          codes.push(await codeOf(other.sessions.withLock(SERVICE, ALICE, never, { waitMs: 30 })));
          const controller = new AbortController();
          const waiting = other.sessions.withLock(SERVICE, ALICE, never, { signal: controller.signal });
          controller.abort(reason);
          codes.push(await waiting.catch((error: unknown) => error));
        });
        expect(codes).toEqual(["busy", reason]);
        expect(await other.sessions.withLock(SERVICE, ALICE, async () => "free")).toBe("free");
      }),
    );

    test(
      "sessions can be read and stored while it is held",
      withStorage(async ({ storage: { sessions } }) => {
        await sessions.save(session());
        const stored = await sessions.withLock(SERVICE, ALICE, async () => {
          const found = await sessions.find(SERVICE, ALICE);
          return sessions.save(session({ accessJwt: "access-2" }), { ifGeneration: found?.generation ?? 0 });
        });
        expect(stored?.generation).toBe(2);
      }),
    );
  });
}
