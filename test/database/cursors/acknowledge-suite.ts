import { describe, expect, test } from "vitest";
import type { Storage } from "../../../src/storage/ports/index.ts";
import { all, failing, first, type OpenStorage, openWorld, tokenOf } from "./reading.ts";
import { chatLog, entries, nameOf, newestFirst, records } from "./servers.ts";

const alice = { service: "https://pds.example", accessToken: tokenOf("did:plc:alice") } as const;

/** Counts what a storage is asked to do. */
function counted(storage: Storage): { readonly storage: Storage; readonly counts: Record<string, number> } {
  const counts: Record<string, number> = {};
  const watch = <Store extends object>(store: Store): Store =>
    new Proxy(store, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== "function") return method;
        return (...args: unknown[]) => {
          counts[String(name)] = (counts[String(name)] ?? 0) + 1;
          return Reflect.apply(method, target, args) as unknown;
        };
      },
    });
  const { sessions, calls, profiles, location } = storage;
  const cursors = watch(storage.cursors);
  const leases = watch(storage.leases);
  const rest = Object.fromEntries(Object.entries(storage).filter(([, value]) => typeof value === "object"));
  const open = (): Promise<void> => storage.open();
  const close = (): Promise<void> => storage.close();
  return {
    storage: { ...(rest as unknown as Storage), sessions, calls, profiles, location, cursors, leases, open, close },
    counts,
  };
}

const names = (items: readonly { readonly uri: string }[]): string => items.map(nameOf).join("");

export function acknowledgeSuite(kind: string, open: OpenStorage): void {
  const listOf = async (count: number, pageSize = 3) => {
    const { client, storage } = await openWorld(open);
    const step = records(entries(count), pageSize);
    const list = () =>
      client(step, alice).client.com.atproto.repo.listRecords({
        repo: "did:plc:alice",
        collection: "y",
        reverse: true,
      });
    return { list, storage, client };
  };

  describe(`what counts as read, on ${kind}`, () => {
    test("pages are read when the next one is asked for, or by commit()", async () => {
      const { list } = await listOf(9);
      const seen: string[] = [];
      for await (const { items, data } of list().resume().pages()) {
        expect(data.records).toHaveLength(3);
        seen.push(names(items));
        if (seen.length === 2) break;
      }
      expect(seen).toEqual(["012", "345"]);
      for await (const page of list().resume().pages()) {
        expect(names(page.items)).toBe("345");
        await page.commit();
        break;
      }
      expect(names(await all(list().resume()))).toBe("678");
    });

    test("onReceive: what a break cuts off does not come again", async () => {
      const { list } = await listOf(7);
      const options = { commit: "onReceive" } as const;
      expect(names(await first(1, list().resume("r", options)))).toBe("0");
      expect(names(await first(1, list().resume("r", options)))).toBe("3");
      expect(names(await list().resume("r", options).collect())).toBe("6");
    });

    test("explicit: pages are stored in order, however they are committed", async () => {
      const { list, storage } = await listOf(12);
      const options = { commit: "explicit" } as const;
      const cursor = async (): Promise<string | null | undefined> => (await storage.cursors.list())[0]?.cursor;
      const [one, two, three] = await first(3, list().resume("e", options).pages());
      await two?.commit();
      await three?.commit();
      expect(await cursor()).toBeUndefined();
      await one?.commit();
      expect(await cursor()).toBe("8000");
      await one?.commit();
      expect((await storage.cursors.list())[0]?.version).toBe(1);
      expect(names(await all(list().resume("e")))).toBe("91011");
    });

    test("deliveries: a page is stored once all of its items and those before are acknowledged", async () => {
      const { list, storage } = await listOf(9);
      const [...handed] = await first(6, list().resume("d").deliveries());
      const acknowledge = async (...indexes: readonly number[]): Promise<string | undefined> => {
        for (const index of indexes) await handed[index]?.ack();
        return (await storage.cursors.list())[0]?.cursor ?? undefined;
      };
      expect(await acknowledge(3, 4, 5)).toBeUndefined();
      expect(await acknowledge(0, 0, 0, 2)).toBeUndefined();
      expect(await acknowledge(1)).toBe("5000");
      expect(names(await all(list().resume("d")))).toBe("678");
    });

    test("deliveries that are acknowledged beside or after the loop keep others out until they are", async () => {
      const { list } = await listOf(7);
      const handed = await all(list().resume("d").deliveries());
      const busy = await failing(list().resume("d", { wait: 0 }));
      expect(busy.error).toMatchObject({ name: "CursorError", reason: "inUse", key: "d" });
      await Promise.all(handed.toReversed().map((delivery) => delivery.ack()));
      expect(await all(list().resume("d", { wait: 0 }))).toEqual([]);
    });

    test("deliveries never acknowledged, and left by break, come again", async () => {
      const { list } = await listOf(5);
      const left = await first(4, list().resume("d").deliveries());
      expect(names(await all(list().resume("d")))).toBe("01234");
      await left[0]?.ack();
      await left[1]?.ack();
      await expect(left[2]?.ack()).rejects.toMatchObject({ name: "CursorError", reason: "moved" });
    });

    test("a failure on the way of collect: all of it comes again", async () => {
      const { client } = await openWorld(open);
      let broken = true;
      const step = records(entries(9), 3);
      const server = client((request) => {
        if (broken && request.url.searchParams.get("cursor") === "5000") return new Response("{}", { status: 400 });
        return typeof step === "function" ? step(request) : Response.error();
      }, alice);
      const list = server.client.com.atproto.repo.listRecords({
        repo: "did:plc:alice",
        collection: "y",
        reverse: true,
      });
      await expect(list.resume("c").collect()).rejects.toMatchObject({ status: 400 });
      broken = false;
      expect(names(await list.resume("c").collect())).toBe("012345678");
    });

    test("at most one write a page, and nothing is read but at the start", async () => {
      const { client } = await openWorld(open);
      const [own] = open();
      const runs = [
        [records(entries(40), 4), { mode: "forward" }, true],
        [records(entries(40), 4), { mode: "backfill" }, true],
        [records(entries(40), 4), {}, false],
        [records(entries(40), 4), { order: "oldest" }, false],
      ] as const;
      for (const [index, [step, options, reverse]] of runs.entries()) {
        const { storage, counts } = counted(own);
        const { client: one, fetch } = client(step, { ...alice, storage });
        const list = one.com.atproto.repo.listRecords({ repo: "did:plc:alice", collection: "y", reverse });
        expect(await all(list.resume(`w${index}`, options))).toHaveLength(40);
        expect(fetch.requests).toHaveLength(11);
        // The name may be that of another collection, which has a row of its own.
        expect(counts).toMatchObject({ claim: 1, get: 2 });
        expect(counts["save"]).toBeLessThanOrEqual(fetch.requests.length);
        expect(counts["list"]).toBeUndefined();
        // A bare walk of the same pages touches neither.
        const bare = counted(own);
        expect(
          await all(
            client(step, { ...alice, storage: bare.storage }).client.com.atproto.repo.listRecords({
              repo: "did:plc:alice",
              collection: "y",
            }),
          ),
        ).toHaveLength(40);
        expect(bare.counts).toEqual({});
      }
    });

    test("A8.14 pruning the log leaves cursors alone", async () => {
      const { client, storage } = await openWorld(open);
      const server = client(newestFirst(entries(4), 2), alice);
      const list = server.client.app.bsky.notification.listNotifications();
      await all(list.resume());
      await server.client.log.flush();
      expect(await storage.calls.query()).toHaveLength(2);
      server.clock.jump(100 * 24 * 3_600_000);
      await server.client.log.prune({ olderThan: 24 * 3_600_000 });
      expect(await storage.calls.query()).toHaveLength(0);
      expect(await all(list.resume())).toEqual([]);
    });

    test("A8.18 cursors are listed, read, set, reset and deleted", async () => {
      const { client, storage } = await openWorld(open);
      const revisions = ["3a", "3b", "3c", "3d"];
      const { client: one } = client(chatLog(revisions, 2), alice);
      const { client: nobody } = client(records(entries(2), 5));
      const endpoint = "chat.bsky.convo.getLog";
      const name = { endpoint, key: "bot" };
      const read = async (): Promise<string> =>
        (await all(one.chat.bsky.convo.getLog().resume("bot"), ({ rev }) => rev)).join(" ");
      expect(await one.cursors.get(name)).toBeUndefined();
      expect(await one.cursors.reset(name)).toBe(false);
      expect(await read()).toBe("3a 3b 3c 3d");
      await all(nobody.com.atproto.repo.listRecords({ repo: "did:plc:alice", collection: "y" }).resume("other"));
      const owner = { account: "did:plc:alice", service: "did:web:api.bsky.chat#bsky_chat" };
      expect(await one.cursors.get(name)).toMatchObject({
        ...owner,
        endpoint: `xrpc/${endpoint}`,
        cursor: "3d",
        items: 4,
      });
      expect((await one.cursors.list()).map(({ account, key }) => [account, key])).toContainEqual([
        "anonymous",
        "other",
      ]);
      expect(await one.cursors.list({ endpoint })).toHaveLength(1);
      await one.cursors.set(name, { cursor: "3b" });
      expect(await read()).toBe("3c 3d");
      expect(await one.cursors.reset(name)).toBe(true);
      expect(await read()).toBe("3a 3b 3c 3d");
      const [row] = await one.cursors.list({ endpoint });
      expect(await one.cursors.delete(row ?? name)).toBe(true);
      expect(await one.cursors.delete(name)).toBe(false);
      await one.cursors.set(name, { cursor: "3c" });
      expect(await read()).toBe("3d");
      await expect(one.cursors.set({ endpoint: "com.example.list", key: "a" }, { cursor: "b" })).rejects.toMatchObject({
        name: "ValidationError",
      });
      expect(await storage.cursors.list()).toHaveLength(2);
    });

    test("A8.18 a second reader of a name is refused, or waits; one whose cursor was moved cannot move it back", async () => {
      const { list, client } = await listOf(9);
      const reading = list().resume("bot")[Symbol.asyncIterator]();
      await reading.next();
      const { error } = await failing(list().resume("bot", { wait: 0 }));
      expect(error).toMatchObject({
        name: "CursorError",
        reason: "inUse",
        key: "bot",
        message: expect.stringContaining("Nothing was sent"),
      });
      expect(await all(list().resume("another", { wait: 0 }))).toHaveLength(9);
      const waiting = all(list().resume("bot"));
      await reading.return(undefined);
      expect(await waiting).toHaveLength(9);
      const controller = new AbortController();
      const held = list().resume("held")[Symbol.asyncIterator]();
      await held.next();
      const impatient = client(records(entries(1), 1), alice)
        .client.with({ signal: controller.signal })
        .com.atproto.repo.listRecords({ repo: "did:plc:alice", collection: "y", reverse: true });
      const aborted = failing(impatient.resume("held"));
      controller.abort(new Error("no longer"));
      expect((await aborted).error).toMatchObject({ message: "no longer" });
      await held.return(undefined);
    });

    test("A8.18 a cursor that is set or deleted during a run ends the run, and stays where it was set", async () => {
      const { list, client } = await listOf(30);
      const { client: other } = client(records([], 1), alice);
      const name = { endpoint: "com.atproto.repo.listRecords", key: "bot" };
      for (const meddle of [
        () => other.cursors.set(name, { cursor: "5000" }),
        () => other.cursors.reset(name),
        () => other.cursors.delete(name),
      ]) {
        const run = async (): Promise<void> => {
          let count = 0;
          for await (const _ of list().resume("bot")) if (++count === 4) await meddle();
        };
        await expect(run()).rejects.toMatchObject({ name: "CursorError", reason: "moved", key: "bot" });
      }
      expect(await all(list().resume("bot"))).toHaveLength(30);
    });

    test("P4 lists of two collections have one name, at once and one after the other, and each its own place", async () => {
      const { client } = await openWorld(open);
      const list = (collection: string, count: number) =>
        client(records(entries(count), 5), alice).client.com.atproto.repo.listRecords({
          repo: "did:plc:alice",
          collection,
        });
      expect(await all(list("posts", 12).resume("bot"))).toHaveLength(12);
      const running = list("posts", 20).resume("bot");
      const first = running[Symbol.asyncIterator]();
      await first.next();
      // It does not wait for the run that is under way.
      expect(await all(list("likes", 7).resume("bot", { wait: 0 }))).toHaveLength(7);
      await first.return?.(undefined);
      expect(await all(list("likes", 7).resume("bot", { wait: 0 }))).toEqual([]);
      expect(await all(list("posts", 12).resume("bot", { wait: 0 }))).toEqual([]);
      const { client: one } = client(records([], 5), alice);
      expect((await one.cursors.list()).map(({ key }) => key).toSorted()).toEqual(["bot", "likes/bot"]);
      // It keeps its own when the name is free again.
      await one.cursors.delete({ endpoint: "xrpc/com.atproto.repo.listRecords", key: "bot" });
      expect(await all(list("likes", 7).resume("bot", { wait: 0 }))).toEqual([]);
    });

    test("a name stands for one list: other parameters are refused unless they are allowed to change", async () => {
      const { client } = await openWorld(open);
      const { client: one } = client(newestFirst(entries(2), 5), alice);
      const list = (reasons: string[]) => one.app.bsky.notification.listNotifications({ reasons });
      expect(await all(list(["like"]).resume("bot"))).toHaveLength(2);
      expect((await failing(list(["reply"]).resume("bot"))).error).toMatchObject({
        name: "ValidationError",
        message: expect.stringContaining("stored for other parameters"),
      });
      expect(await all(list(["reply"]).resume("bot", { params: "any" }))).toEqual([]);
    });
  });
}
