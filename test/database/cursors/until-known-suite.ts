import { describe, expect, test } from "vitest";
import { all, failing, first, type OpenStorage, openWorld, tokenOf } from "./reading.ts";
import { counting, entries, entry, nameOf, newestFirst, records, type Entry } from "./servers.ts";

const alice = { service: "https://pds.example", accessToken: tokenOf("did:plc:alice") } as const;
const names = (items: readonly { readonly uri: string }[]): string => items.map(nameOf).join(" ");

const post = (name: string) => ({
  post: { uri: `at://x/app.bsky.feed.post/${name}`, indexedAt: `2026-01-0${name.length}T00:00:00Z` },
});

export function untilKnownSuite(kind: string, open: OpenStorage): void {
  /** A list of notifications, and a way to read on in it as another process would. */
  async function listOf(items: readonly Entry[], pageSize: number, server = newestFirst) {
    const { client, storage } = await openWorld(open);
    const step = server(items, pageSize);
    const list = () => client(step, alice).client.app.bsky.notification.listNotifications();
    return { list, storage, client };
  }

  describe(`newest-first lists, on ${kind}`, () => {
    test("A8.13 what comes on top is seen, newest first or oldest first, over any number of pages", async () => {
      const items = entries(5);
      const { list } = await listOf(items, 2);
      expect(names(await all(list().resume()))).toBe("4 3 2 1 0");
      expect(names(await all(list().resume("up", { order: "oldest" })))).toBe("0 1 2 3 4");
      expect(await all(list().resume())).toEqual([]);
      items.push(...entries(6, 5));
      expect(names(await all(list().resume()))).toBe("10 9 8 7 6 5");
      expect(names(await all(list().resume("up", { order: "oldest" })))).toBe("5 6 7 8 9 10");
      expect(await all(list().resume("up", { order: "oldest" }))).toEqual([]);
    });

    test("a run without news asks for one page and writes nothing", async () => {
      const { list, storage } = await listOf(entries(10), 5);
      await all(list().resume());
      const before = await storage.cursors.list();
      const { http } = await list().withResponse();
      expect(http.status).toBe(200);
      expect(await all(list().resume())).toEqual([]);
      expect(await storage.cursors.list()).toEqual(before);
    });

    test("deleted items: what is known is found by those that are left, and by the time when none is", async () => {
      const items = entries(1200);
      const { list } = await listOf(items, 100);
      expect(await all(list().resume())).toHaveLength(1200);
      // Down to the oldest that are remembered, then below them.
      items.splice(-498, 498);
      items.push(entry("new", 5_000_000));
      expect(names(await all(list().resume()))).toBe("new");
      items.splice(-600, 600);
      items.push(entry("newer", 6_000_000));
      expect(names(await all(list().resume()))).toBe("newer");
    });

    test("items that come to the top again do not hide what is new below them", async () => {
      const items = entries(10);
      const { list } = await listOf(items, 2);
      await all(list().resume());
      items.push(...entries(3, 10));
      // Known ones, newer than the new ones now.
      items.splice(0, 2);
      items.push(entry("0", 20_000), entry("1", 21_000));
      expect(names(await all(list().resume()))).toBe("12 11 10");
      expect(await all(list().resume())).toEqual([]);
    });

    test("ties, and an item that came late and has a time in the past", async () => {
      const items = [...entries(4), entry("x", 4000), entry("y", 4000)];
      const { list } = await listOf(items, 10);
      expect(names(await all(list().resume()))).toBe("x y 3 2 1 0");
      items.push(entry("z", 4000), entry("late", 2500));
      expect(names(await all(list().resume()))).toBe("z late");
    });

    test.each(["newest", "oldest"] as const)(
      "%s first: a long walk that is cut off leaves no gap and goes on",
      async (order) => {
        const items = entries(4);
        const { list } = await listOf(items, 3);
        await all(list().resume("bot", { order }));
        items.push(...entries(12, 4));
        const read: string[] = [];
        for (let run = 0; run < 3; run++) {
          read.push(...(await first(4, list().resume("bot", { order }))).map(nameOf));
          items.push(...entries(2, 16 + run * 2));
        }
        read.push(...(await all(list().resume("bot", { order }), nameOf)));
        const wanted = entries(18, 4).map(({ name }) => name);
        expect(new Set(read)).toEqual(new Set(wanted));
        // Each of three breaks brings at most the page in hand again: three items.
        expect(read.length - wanted.length).toBeLessThanOrEqual(9);
        expect(await all(list().resume("bot", { order }))).toEqual([]);
      },
    );

    test("an order that changes in the middle of a walk loses and repeats nothing", async () => {
      const items = entries(9);
      const { list } = await listOf(items, 2);
      const begun = list().resume("bot", { maxPages: 2 });
      expect(names(await all(begun))).toBe("8 7 6 5");
      items.push(...entries(3, 9));
      expect(names(await all(list().resume("bot", { order: "oldest", maxPages: 1 })))).toBe("0");
      expect(names(await all(list().resume("bot", { order: "oldest" })))).toBe("1 2 3 4 9 10 11");
      expect(await all(list().resume("bot"))).toEqual([]);
    });

    test("a cap on pages: the walk goes on below, and then from the top", async () => {
      const items = entries(10);
      const { list } = await listOf(items, 2);
      expect(names(await list().resume().collect({ maxPages: 2 }))).toBe("9 8 7 6");
      items.push(...entries(3, 10));
      expect(names(await list().resume().collect())).toBe("5 4 3 2 1 0 12 11 10");
      expect(await list().resume().collect()).toEqual([]);
    });

    test("where cursors count, what comes on top during a walk brings nothing twice", async () => {
      const items = entries(9);
      const { list } = await listOf(items, 3, counting);
      const read: string[] = [];
      for await (const item of list().resume()) {
        if (read.push(nameOf(item)) === 4) items.push(...entries(2, 9));
      }
      expect(read).toEqual(["8", "7", "6", "5", "4", "3", "2", "1", "0"]);
      expect(names(await all(list().resume()))).toBe("10 9");
    });

    test("start: now passes over what is there, once", async () => {
      const items = entries(5);
      const { list } = await listOf(items, 2);
      expect(await all(list().resume("bot", { start: "now" }))).toEqual([]);
      items.push(...entries(5, 5));
      expect(names(await all(list().resume("bot", { start: "now" })))).toBe("9 8 7 6 5");
    });

    test("start: now on a list that is empty: what comes next is new", async () => {
      const items: Entry[] = [];
      const { list } = await listOf(items, 2);
      expect(await all(list().resume("bot", { start: "now" }))).toEqual([]);
      items.push(...entries(3));
      expect(names(await all(list().resume("bot", { start: "now" })))).toBe("2 1 0");
    });

    test("a pinned post is given once, and hides nothing below it", async () => {
      const { client } = await openWorld(open);
      const posts = ["a", "b"];
      const pin = { ...post("a"), reason: { $type: "app.bsky.feed.defs#reasonPin" } };
      const server = client(() => Response.json({ feed: [pin, ...posts.map(post)] }), alice);
      const read = async () =>
        (await all(server.client.app.bsky.feed.getAuthorFeed({ actor: "x", includePins: true }).resume())).map(
          ({ post: { uri }, reason }) => `${uri.at(-1)}${reason === undefined ? "" : " pinned"}`,
        );
      expect(await read()).toEqual(["a pinned", "a", "b"]);
      posts.unshift("c");
      expect(await read()).toEqual(["c"]);
    });

    test("records: a changed one at the top comes again, a list of one collection is not another's", async () => {
      const { client } = await openWorld(open);
      const items = entries(3);
      const list = (collection: string) =>
        client(records(items, 2), alice).client.com.atproto.repo.listRecords({ repo: "did:plc:alice", collection });
      expect(names(await all(list("a.b.c").resume()))).toBe("2 1 0");
      expect(names(await all(list("a.b.d").resume()))).toBe("2 1 0");
      items.push(...entries(2, 3));
      expect(names(await all(list("a.b.c").resume()))).toBe("4 3");
    });

    test("progress tells pages, items, the cursor and the time of the newest", async () => {
      const { list } = await listOf(entries(3), 2);
      const told: unknown[] = [];
      await all(list().resume("a", { onProgress: (progress) => told.push(progress) }));
      expect(told).toEqual([
        { pages: 1, items: 2, cursor: "1000", newest: new Date(2000) },
        { pages: 2, items: 3, cursor: undefined, newest: new Date(2000) },
      ]);
      told.length = 0;
      await first(1, list().resume("up", { order: "oldest", onProgress: ({ items }) => told.push(items) }));
      expect(told).toEqual([2, 3]);
      const stop = new Error("enough");
      const { found, error } = await failing(
        list().resume("b", {
          onProgress: () => {
            throw stop;
          },
        }),
      );
      expect([found, error]).toEqual([[], stop]);
    });
  });
}
