import type { CursorChange, CursorKey } from "../storage/ports/index.ts";
import type { TestRunner } from "./runner.ts";
import { ALICE, BOB, SERVICE } from "./storage-fixture.ts";
import type { WithStorage } from "./storage-fixture.ts";
const KEY: CursorKey = { account: ALICE, service: SERVICE, endpoint: "xrpc/app.bsky.feed.getTimeline", key: "bot" };

const FULL: Required<CursorChange> = {
  mode: "backfill",
  paramsHash: "abc",
  cursor: "1640995200000::bafy👋",
  state: "exhausted",
  lastPageIds: ["a", "b"],
  knownIds: ["c 0kxyz", 'quoted "d"'],
  pendingIds: ["e"],
  pages: 5_000_000_000,
  items: 500_000_000_000,
};

export function cursorSuite({ describe, test, expect }: TestRunner, withStorage: WithStorage): void {
  describe("cursors", () => {
    test(
      "every column comes back, and what is left out is empty at first and kept afterwards",
      withStorage(async ({ storage: { cursors }, clock }) => {
        expect(await cursors.get(KEY)).toBeUndefined();
        expect(await cursors.save(KEY, { mode: "forward" })).toBe(1);
        const first = await cursors.get(KEY);
        expect(first).toEqual({
          id: first?.id,
          ...KEY,
          mode: "forward",
          paramsHash: null,
          cursor: null,
          state: "open",
          lastPageIds: [],
          knownIds: [],
          pendingIds: [],
          pages: 0,
          items: 0,
          version: 1,
          createdAt: clock.now,
          updatedAt: clock.now,
        });
        clock.now += 5;
        expect(await cursors.save(KEY, FULL)).toBe(2);
        const full = { ...first, ...FULL, version: 2, updatedAt: clock.now };
        expect(await cursors.get(KEY)).toEqual(full);
        expect(await cursors.save(KEY, { mode: "backfill", cursor: null, knownIds: [] })).toBe(3);
        expect(await cursors.get(KEY)).toEqual({ ...full, cursor: null, knownIds: [], version: 3 });
        // What no database of every kind can hold is replaced, and still found under the same name.
        const odd = { ...KEY, key: "odd\0\uD83D" };
        await cursors.save(odd, { mode: "forward", cursor: "a\0b" });
        expect((await cursors.get(odd))?.version).toBe(1);
      }),
    );

    test(
      "accounts, services, endpoints and names are kept apart; an endpoint goes with or without its prefix",
      withStorage(async ({ storage: { cursors }, clock }) => {
        const others: readonly Partial<CursorKey>[] = [
          {},
          { account: BOB },
          { service: "https://other.example" },
          { endpoint: "xrpc/com.example.list" },
          { key: "other" },
        ];
        for (const [index, other] of others.entries()) {
          clock.now += 1;
          expect(await cursors.save({ ...KEY, ...other }, { mode: "forward", cursor: String(index) })).toBe(1);
        }
        for (const [index, other] of others.entries()) {
          expect((await cursors.get({ ...KEY, ...other }))?.cursor).toBe(String(index));
        }
        const listed = async (filter?: Partial<CursorKey>): Promise<string> =>
          (await cursors.list(filter)).map(({ cursor }) => cursor).join("");
        expect(await listed()).toBe("43210");
        expect(await listed({ account: BOB })).toBe("1");
        expect(await listed({ endpoint: "com.example.list" })).toBe("3");
        expect(await listed({ service: SERVICE, key: "bot" })).toBe("310");
        expect((await cursors.get({ ...KEY, endpoint: "app.bsky.feed.getTimeline" }))?.cursor).toBe("0");
        expect(await cursors.delete({ ...KEY, endpoint: "app.bsky.feed.getTimeline" })).toBe(true);
        expect(await cursors.delete(KEY)).toBe(false);
        expect(await listed()).toBe("4321");
      }),
    );

    test(
      "with ifVersion, a row that changed, went or came is left alone, and one of two writers wins",
      withStorage(async ({ storage, another }) => {
        const other = another?.() ?? storage;
        const stores = [storage.cursors, other.cursors];
        const save = (index: number, cursor: string, ifVersion: number): Promise<number | undefined> =>
          (stores[index % 2] ?? storage.cursors).save(KEY, { mode: "forward", cursor }, { ifVersion });
        expect(await save(0, "a", 3)).toBeUndefined();
        const made = await Promise.all([0, 1].map((index) => save(index, `made ${index}`, 0)));
        expect(made.filter((version) => version === 1).length).toBe(1);
        for (let version = 1; version <= 5; version++) {
          const saved = await Promise.all([0, 1].map((index) => save(index, `${index}`, version)));
          expect(saved.filter((one) => one === version + 1).length).toBe(1);
          expect((await storage.cursors.get(KEY))?.cursor).toBe(saved[0] === undefined ? "1" : "0");
        }
        await storage.cursors.delete(KEY);
        expect(await save(0, "late", 6)).toBeUndefined();
        expect(await storage.cursors.list()).toEqual([]);
      }),
    );
  });

  describe("leases", () => {
    test(
      "one holder at a time; who waits gets it next, who does not hears so at once",
      withStorage(async ({ storage, another }) => {
        const other = another?.() ?? storage;
        const first = await storage.leases.claim("a");
        expect(first?.signal.aborted).toBe(false);
        expect(await other.leases.claim("a", { waitMs: 0 })).toBeUndefined();
        expect(await storage.leases.claim("a", { waitMs: 0 })).toBeUndefined();
        const elsewhere = await other.leases.claim("b", { waitMs: 0 });
        const waiting = other.leases.claim("a");
        await first?.release();
        await first?.release();
        const second = await waiting;
        expect(second?.signal.aborted).toBe(false);
        expect(await storage.leases.claim("a", { waitMs: 0 })).toBeUndefined();
        await second?.release();
        await elsewhere?.release();
        const third = await storage.leases.claim("a", { waitMs: 0 });
        expect(third === undefined).toBe(false);
        await third?.release();
      }),
    );

    test(
      "waiting ends with the reason of the signal",
      withStorage(async ({ storage, another }) => {
        const lease = await storage.leases.claim("a");
        const reason = new Error("no longer wanted");
        const controller = new AbortController();
        const waiting = (another?.() ?? storage).leases.claim("a", { signal: controller.signal });
        controller.abort(reason);
        expect(await waiting.catch((error: unknown) => error)).toBe(reason);
        await lease?.release();
      }),
    );
  });
}
