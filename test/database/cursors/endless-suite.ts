import { describe, expect, test } from "vitest";
import { InvalidResponseError } from "../../../src/core/errors/index.ts";
import { all, cursorsSent, failing, first, type OpenStorage, openWorld, tokenOf } from "./reading.ts";
import { entries, nameOf, pages, records } from "./servers.ts";

const alice = { service: "https://pds.example", accessToken: tokenOf("did:plc:alice") } as const;
const did = (item: { readonly did: string }): string => item.did;

export function endlessSuite(kind: string, open: OpenStorage): void {
  const world = () => openWorld(open);

  describe(`servers that end badly or never, on ${kind}`, () => {
    test.each(["forward", "backfill", "untilKnown"] as const)(
      "A8.8 %s: a last page without a cursor is not delivered again, and what is new in it is",
      async (mode) => {
        const { client } = await world();
        const dids = ["c", "d"];
        const step = pages({ "": { dids: ["a", "b"], cursor: "1" }, "1": { dids } });
        const run = () => all(client(step).client.app.bsky.graph.getFollows({ actor: "x" }).resume("f", { mode }), did);
        expect(await run()).toEqual(["a", "b", "c", "d"]);
        expect(await run()).toEqual([]);
        dids.push("e");
        expect(await run()).toEqual(mode === "forward" ? ["e"] : []);
        expect(await run()).toEqual([]);
      },
    );

    test("A8.8 a list of one page without a cursor, which grows into two", async () => {
      const { client } = await world();
      const first = ["a"];
      const script: Parameters<typeof pages>[0] = { "": { dids: first } };
      const { client: one } = client((request) => {
        const step = pages(first.length < 3 ? script : { "": { dids: first, cursor: "1" }, "1": { dids: ["z"] } });
        return typeof step === "function" ? step(request) : Response.error();
      });
      const run = () => all(one.app.bsky.graph.getFollows({ actor: "x" }).resume("f", { mode: "forward" }), did);
      expect(await run()).toEqual(["a"]);
      first.push("b");
      expect(await run()).toEqual(["b"]);
      first.push("c");
      expect(await run()).toEqual(["c", "z"]);
    });

    test("a backfill is exhausted at the end: later runs ask nobody", async () => {
      const { client, storage } = await world();
      const server = client(records(entries(5), 2), alice);
      const list = server.client.com.atproto.repo.listRecords({ repo: "did:plc:alice", collection: "y" });
      expect(await first(3, list.resume("b", { mode: "backfill" }))).toHaveLength(3);
      expect((await all(list.resume("b", { mode: "backfill" }))).map(nameOf)).toEqual(["2", "1", "0"]);
      const asked = server.fetch.requests.length;
      expect(await all(list.resume("b", { mode: "backfill" }))).toEqual([]);
      expect(server.fetch.requests).toHaveLength(asked);
      expect(await storage.cursors.list()).toMatchObject([{ state: "exhausted", pages: 4, items: 5 }]);
    });

    test.each(["forward", "backfill", "untilKnown"] as const)(
      "A8.9 %s: a server that repeats a cursor is stopped by a typed error, after its items",
      async (mode) => {
        const { client } = await world();
        const script = {
          "": { dids: ["a"], cursor: "1" },
          "1": { dids: ["b"], cursor: "2" },
          "2": { dids: ["c"], cursor: "1" },
        };
        const run = (step = pages(script)) =>
          failing(client(step).client.app.bsky.graph.getFollows({ actor: "x" }).resume("f", { mode }));
        const { found, error } = await run();
        expect(found.map(did)).toEqual(["a", "b", "c"]);
        expect(error).toBeInstanceOf(InvalidResponseError);
        expect(error).toMatchObject({ message: expect.stringContaining('"1"') });
        // What was delivered stays delivered, and a server that was mended goes on.
        const mended = pages({ ...script, "2": { dids: ["c", "d"], cursor: "3" }, "3": { dids: ["e"] } });
        expect((await run(mended)).found.map(did)).toEqual(["d", "e"]);
      },
    );

    test.each(["forward", "backfill", "untilKnown"] as const)(
      "A8.10 %s: 500 pages without an item end in a typed error, nothing is lost, and the next run goes on",
      async (mode) => {
        const { client, storage } = await world();
        const server = client(({ url }) => {
          const at = Number(url.searchParams.get("cursor") ?? 0);
          const dids = at === 0 ? ["did:a", "did:b", "did:c"] : at > 700 ? [`did:${at}`] : [];
          return Response.json({
            subject: {},
            follows: dids.map((one) => ({ did: one, handle: "x" })),
            ...(at < 702 && { cursor: String(at + 1) }),
          });
        });
        const list = server.client.app.bsky.graph.getFollows({ actor: "x" });
        const { found, error } = await failing(list.resume("f", { mode }));
        expect(found.map(did)).toEqual(["did:a", "did:b", "did:c"]);
        expect(error).toBeInstanceOf(InvalidResponseError);
        expect(error).toMatchObject({ message: expect.stringContaining("500 pages in a row without an item") });
        expect(server.fetch.requests).toHaveLength(501);
        expect(await storage.cursors.list()).toMatchObject([{ cursor: "501", items: 3 }]);
        expect(await all(list.resume("f", { mode }), did)).toEqual(["did:701", "did:702"]);
        const bare = await failing(list);
        expect(bare.found).toHaveLength(3);
        expect(bare.error).toBeInstanceOf(InvalidResponseError);
      },
    );

    test("A8.15 empty pages with new cursors go on, in one write, and a log that stands still ends", async () => {
      const { client, storage } = await world();
      const server = client(
        pages({
          "": { dids: [], cursor: "1" },
          "1": { dids: [], cursor: "2" },
          "2": { dids: ["a"], cursor: "3" },
          "3": { dids: [], cursor: "4" },
          "4": { dids: [], cursor: "4" },
        }),
      );
      const list = server.client.app.bsky.graph.getFollows({ actor: "x" });
      expect(await all(list.resume("f", { mode: "forward" }), did)).toEqual(["a"]);
      expect(cursorsSent(server)).toEqual([null, "1", "2", "3", "4"]);
      expect(await storage.cursors.list()).toMatchObject([{ cursor: "4", pages: 5, items: 1, version: 2 }]);
      expect(await all(list, did)).toEqual(["a"]);
    });
  });
}
