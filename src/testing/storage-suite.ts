import type { Storage } from "../storage/ports/index.ts";
import { budgetSuite } from "./budget-suite.ts";
import { callSuite } from "./call-suite.ts";
import { cursorSuite } from "./cursor-suite.ts";
import { limitSuite } from "./limit-suite.ts";
import { postSuite } from "./post-suite.ts";
import { profileSuite } from "./profile-suite.ts";
import type { TestRunner } from "./runner.ts";
import { sessionSuite } from "./session-suite.ts";
import { ALICE, call, codeOf, session, START } from "./storage-fixture.ts";
import { uploadSuite } from "./upload-suite.ts";
import type { StorageFactory, WithStorage, GivenStorage } from "./storage-fixture.ts";

export type { TestRunner } from "./runner.ts";

/**
 * The contract of `Storage`: a backend that passes can be given as the `storage` option. Call it inside a test file of
 * your own, with your runner and a factory that makes empty storage for each test.
 *
 * @example storageSuite({ describe, test, expect }, "redis", ({ now }) => ({ storage: new RedisStorage({ now }) }));
 */
export function storageSuite(runner: TestRunner, name: string, factory: StorageFactory): void {
  const withStorage: WithStorage = (body) => async () => {
    const clock = { now: START };
    const fixture = await factory({ now: () => clock.now });
    const others: Storage[] = [];
    const { another } = fixture;
    const given: GivenStorage = {
      ...fixture,
      clock,
      ...(another && {
        another: () => {
          const storage = another();
          others.push(storage);
          return storage;
        },
      }),
    };
    try {
      await body(given);
    } finally {
      for (const storage of [...others, fixture.storage]) await storage.close();
      await fixture.dispose?.();
    }
  };

  const { describe, test, expect } = runner;
  describe(`storage contract: ${name}`, () => {
    sessionSuite(runner, withStorage);
    callSuite(runner, withStorage);
    budgetSuite(runner, withStorage);
    profileSuite(runner, withStorage);
    postSuite(runner, withStorage);
    cursorSuite(runner, withStorage);
    uploadSuite(runner, withStorage);
    limitSuite(runner, withStorage);

    test(
      "closing lets what was begun come to its end",
      withStorage(async ({ storage, another }) => {
        await storage.open();
        const begun = [
          storage.calls.append([call(), call()]),
          storage.calls.insert(call()),
          storage.sessions.save(session()),
          storage.profiles.upsert([{ did: ALICE, handle: null }], START),
        ];
        await storage.close();
        await Promise.all(begun);
        if (another) expect((await another().calls.query()).length).toBe(3);
      }),
    );

    test(
      "opens as often as asked, and is closed for good",
      withStorage(async ({ storage }) => {
        await Promise.all([storage.open(), storage.open()]);
        await storage.close();
        await storage.close();
        expect(await codeOf(storage.open())).toBe("closed");
        expect(await codeOf(storage.calls.query())).toBe("closed");
        expect(await codeOf(storage.sessions.list())).toBe("closed");
        expect(await codeOf(storage.profiles.get("did:plc:a"))).toBe("closed");
        expect(await codeOf(storage.budgets.read("write did:plc:a", [], 0))).toBe("closed");
        expect(await codeOf(storage.cursors.list())).toBe("closed");
        expect(await codeOf(storage.posts.get("at://did:plc:a/app.bsky.feed.post/a"))).toBe("closed");
        expect(await codeOf(storage.uploads.get({ did: ALICE, contentHash: "", size: 0 }))).toBe("closed");
        expect(await codeOf(storage.leases.claim("a"))).toBe("closed");
      }),
    );
  });
}
