import { describe, expect, test } from "vitest";
import { ZERO_CURSOR } from "../../../src/core/call/paging.ts";
import { refusal } from "../../support/fakes/scripted-fetch.ts";
import { all, cursorsSent, failing, first, type OpenStorage, openWorld, tokenOf } from "./reading.ts";
import { chatLog, entries, nameOf, pages, records } from "./servers.ts";

const alice = { service: "https://pds.example", accessToken: tokenOf("did:plc:alice") } as const;
const bob = { service: "https://pds.example", accessToken: tokenOf("did:plc:bob") } as const;
const revisions = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `3${String(index).padStart(12, "0")}`);
const identify = (item: unknown): string => JSON.stringify(item).toLowerCase();
const did = (item: { readonly did: string }): string => item.did;

export function resumeSuite(kind: string, open: OpenStorage): void {
  const world = () => openWorld(open);

  describe(`reading on, on ${kind}`, () => {
    test("A8.1 the first call has no cursor, and the zero cursor for getLog", async () => {
      const { client } = await world();
      const list = client(pages({ "": { dids: ["a"] } }));
      await all(list.client.app.bsky.graph.getFollows({ actor: "x" }).resume());
      expect(cursorsSent(list)).toEqual([null]);
      const log = client(chatLog(revisions(2), 100), alice);
      expect(await all(log.client.chat.bsky.convo.getLog().resume())).toHaveLength(2);
      expect(cursorsSent(log)).toEqual(["2222222222222", "3000000000001"]);
    });

    test("A8.2 A8.3 a log goes on after its last entry, in another process too; the log of calls names the cursor", async () => {
      const { client } = await world();
      const entriesSoFar = revisions(3);
      const one = client(chatLog(entriesSoFar, 2), alice);
      expect(await all(one.client.chat.bsky.convo.getLog().resume("bot"))).toHaveLength(3);
      entriesSoFar.push(...revisions(5).slice(3));
      const other = client(chatLog(entriesSoFar, 2), alice);
      const news = await all(other.client.chat.bsky.convo.getLog().resume("bot"));
      expect(news.map(({ rev }) => (rev as string).at(-1))).toEqual(["3", "4"]);
      expect(cursorsSent(other)).toEqual(["3000000000002", "3000000000004"]);
      await one.client.log.flush();
      const [row] = await one.client.log.query({ order: "oldest" });
      expect(row).toMatchObject({ cursorKey: "bot", cursorPassed: ZERO_CURSOR, cursorReceived: "3000000000001" });
    });

    test("A8.4 A8.5 A8.6 lists of one endpoint, accounts, actors and servers have cursors of their own", async () => {
      const { client, storage } = await world();
      const server = records(entries(2), 10);
      const params = { repo: "did:plc:alice", collection: "app.bsky.graph.follow" };
      const runs = [
        [alice, params],
        [alice, { ...params, collection: "app.bsky.graph.block" }],
        [alice, { ...params, repo: "did:plc:bob" }],
        [bob, params],
        [{ service: "https://pds.example" }, params],
        [{ service: "https://other.example" }, params],
      ] as const;
      for (const [options, asked] of runs) {
        const list = client(server, options).client.com.atproto.repo.listRecords(asked);
        expect(await all(list.resume(), nameOf)).toEqual(["1", "0"]);
      }
      const rows = await storage.cursors.list();
      expect(rows).toHaveLength(runs.length);
      expect(new Set(rows.map(({ key }) => key)).size).toBe(3);
      expect(new Set(rows.map(({ account }) => account))).toEqual(
        new Set(["did:plc:alice", "did:plc:bob", "anonymous"]),
      );
      // Neither the size of the pages nor the order of the parameters makes it another list.
      const again = client(server, alice);
      const same = { limit: 3, collection: params.collection, repo: params.repo };
      expect(await all(again.client.com.atproto.repo.listRecords(same).resume())).toEqual([]);
    });

    test("A8.7 a cursor given by hand reads and writes nothing that is stored", async () => {
      const { client, storage } = await world();
      const { client: one } = client(
        pages({ "": { dids: ["a"], cursor: "1" }, "1": { dids: ["b"], cursor: "2" }, "2": { dids: ["c"] } }),
      );
      const list = (cursor?: string) => one.app.bsky.graph.getFollows({ actor: "x", cursor });
      await first(2, list().resume("f", { mode: "backfill" }));
      const before = await storage.cursors.list();
      expect(before).toMatchObject([{ cursor: "1" }]);
      expect(await all(list("2"), did)).toEqual(["c"]);
      expect(await all(list(), did)).toEqual(["a", "b", "c"]);
      expect((await failing(list("2").resume("f"))).error).toMatchObject({
        name: "ValidationError",
        message: expect.stringContaining("Nothing was sent"),
      });
      expect(await storage.cursors.list()).toEqual(before);
    });

    test("A8.11 a failure on page 2: page 1 was delivered, and page 2 comes next", async () => {
      const { client } = await world();
      const server = pages({ "": { dids: ["a"], cursor: "1" }, "1": { dids: ["b"] } });
      const broken = client((request) =>
        request.url.searchParams.has("cursor") || typeof server !== "function"
          ? refusal(400, "InvalidRequest")
          : server(request),
      );
      const { found, error } = await failing(broken.client.app.bsky.graph.getFollows({ actor: "x" }).resume());
      expect(found.map(did)).toEqual(["a"]);
      expect(error).toMatchObject({ status: 400 });
      const mended = client(server);
      expect(await all(mended.client.app.bsky.graph.getFollows({ actor: "x" }).resume(), did)).toEqual(["b"]);
      expect(cursorsSent(mended)[0]).toBe("1");
    });

    test("A8.12 a cap on pages ends a run, and the next one goes on; collect has none unless it is given one", async () => {
      const { client } = await world();
      const { client: one } = client(records(entries(45), 2), alice);
      const list = one.com.atproto.repo.listRecords({ repo: "did:plc:alice", collection: "y", reverse: true });
      expect(await all(list.resume("a", { maxPages: 2 }), nameOf)).toEqual(["0", "1", "2", "3"]);
      expect(await all(list.resume("a", { maxPages: 1 }), nameOf)).toEqual(["4", "5"]);
      expect(await list.resume("a").collect()).toHaveLength(39);
      const collected = [
        await list.resume("b").collect({ maxPages: 20 }),
        await list.resume("b").collect(),
        await list.resume("b").collect(),
      ];
      expect(collected.map(({ length }) => length)).toEqual([40, 5, 0]);
      expect(await list.resume("c").collect()).toHaveLength(45);
      expect(await list.collect()).toHaveLength(45);
      expect(await list.collect({ limit: 7 })).toHaveLength(7);
      for (const options of [{ limit: 0 }, { maxPages: 1.5 }, { limit: -1 }]) {
        await expect(list.resume("c").collect(options)).rejects.toMatchObject({ name: "ValidationError" });
        await expect(list.collect(options)).rejects.toMatchObject({ name: "ValidationError" });
      }
    });

    test("collect with a limit in the middle of a page: the rest comes next time, in every mode", async () => {
      const { client } = await world();
      const { client: one } = client(records(entries(8), 3), alice);
      const upwards = one.com.atproto.repo.listRecords({ repo: "did:plc:alice", collection: "y", reverse: true });
      const downwards = one.com.atproto.repo.listRecords({ repo: "did:plc:alice", collection: "y" });
      for (const [list, options, order] of [
        [upwards, {}, "01234567"],
        [upwards, { mode: "backfill" }, "01234567"],
        [downwards, {}, "76543210"],
        [downwards, { order: "oldest" }, "01234567"],
      ] as const) {
        const name = JSON.stringify([order, options]);
        let read = "";
        for (let run = 0; run < 4; run++)
          read += (await list.resume(name, options).collect({ limit: 2 })).map(nameOf).join("");
        expect(read).toBe(order);
        expect(await list.resume(name, options).collect()).toEqual([]);
      }
    });

    test("A8.16 725 entries in pages of 100: one page, all the rest, nothing, and all from the zero cursor", async () => {
      const { client } = await world();
      const { client: one } = client(chatLog(revisions(725), 100), alice);
      const log = one.chat.bsky.convo.getLog();
      expect(await log.resume("bot").collect({ maxPages: 1 })).toHaveLength(100);
      expect(await log.resume("bot").collect()).toHaveLength(625);
      expect(await log.resume("bot").collect()).toHaveLength(0);
      expect(await one.chat.bsky.convo.getLog({ cursor: ZERO_CURSOR }).collect()).toHaveLength(725);
      await one.cursors.set({ endpoint: "chat.bsky.convo.getLog", key: "bot" }, { cursor: ZERO_CURSOR });
      expect(await log.resume("bot").collect()).toHaveLength(725);
    });

    test("start: now on a log asks without a cursor the first time, and then goes on", async () => {
      const { client } = await world();
      const log = revisions(3);
      const { client: one, fetch } = client(chatLog(log, 100), alice);
      const run = () => all(one.chat.bsky.convo.getLog().resume("bot", { start: "now" }));
      expect(await run()).toEqual([]);
      log.push(...revisions(5).slice(3));
      expect(await run()).toHaveLength(2);
      expect(fetch.requests[0]?.url.search).toBe("");
    });

    test("A8.17 break, return and throw inside a page: that page comes again, those before do not", async () => {
      const { client } = await world();
      const { client: one } = client(records(entries(9), 3), alice);
      const list = one.com.atproto.repo.listRecords({ repo: "did:plc:alice", collection: "y", reverse: true });
      expect((await first(5, list.resume())).map(nameOf)).toEqual(["0", "1", "2", "3", "4"]);
      expect((await first(3, list.resume())).map(nameOf)).toEqual(["3", "4", "5"]);
      const thrown = await failing(
        (async function* read() {
          for await (const item of list.resume()) {
            if (nameOf(item) === "7") throw new Error("the reader's own");
            yield nameOf(item);
          }
        })(),
      );
      expect(thrown).toMatchObject({ found: ["3", "4", "5", "6"], error: { message: "the reader's own" } });
      expect(await all(list.resume(), nameOf)).toEqual(["6", "7", "8"]);
    });

    test("A8.19 an endpoint the lexicons do not know resumes once it is said how it grows", async () => {
      const { client } = await world();
      const things = [{ id: "a" }, { id: "b" }];
      const { client: one, fetch } = client(() => Response.json({ things, other: [1] }));
      const list = one.get("com.example.list", { of: "x" }, { items: "things" });
      const { error } = await failing(list.resume());
      expect(error).toMatchObject({ name: "ValidationError", message: expect.stringContaining('"untilKnown"') });
      expect(fetch.requests).toHaveLength(0);
      expect(await all(list.resume("x", { mode: "forward" }))).toHaveLength(2);
      things.push({ id: "c" });
      expect(await all(list.resume("x", { mode: "forward" }))).toEqual([{ id: "c" }]);
      const definition = { kind: "query", nsid: "com.example.list", items: "things" } as const;
      expect(await all(one.call(definition, { of: "x" }).resume("x", { mode: "forward" }))).toEqual([]);
      const downwards = { mode: "untilKnown", identify } as const;
      expect(await all(list.resume("y", downwards))).toHaveLength(3);
      things.unshift({ id: "A" }, { id: "d" });
      expect(await all(list.resume("y", downwards))).toEqual([{ id: "d" }]);
    });

    test("a name, a mode or an option that does not fit is refused before anything is sent", async () => {
      const { client } = await world();
      const { client: one, fetch } = client(pages({ "": { dids: ["a"], cursor: "1" }, "1": { dids: ["b"] } }));
      const list = one.app.bsky.graph.getFollows({ actor: "x" });
      await first(2, list.resume("f", { mode: "backfill" }));
      const sent = fetch.requests.length;
      for (const walk of [
        list.resume(""),
        list.resume("f", { mode: "forward" }),
        list.resume("g", { mode: "forward", order: "oldest" }),
        list.resume("g", { mode: "backfill", start: "now" }),
        list.resume("g", { commit: "explicit" }),
        list.resume("g", { maxPages: 0 }),
      ]) {
        const { error } = await failing(walk);
        expect(error).toMatchObject({ name: "ValidationError", nsid: "app.bsky.graph.getFollows" });
      }
      expect(fetch.requests).toHaveLength(sent);
      await expect(all(one.get("not an nsid").resume("g"))).rejects.toMatchObject({
        name: "ValidationError",
      });
      await expect(all(one.chat.bsky.convo.getLog().resume())).rejects.toMatchObject({ name: "NotAuthenticatedError" });
    });
  });
}
