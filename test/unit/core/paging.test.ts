import { describe, expect, test } from "vitest";
import { InvalidResponseError, ValidationError } from "../../../src/index.ts";
import type { Step } from "../../support/fakes/scripted-fetch.ts";
import { refusal } from "../../support/fakes/scripted-fetch.ts";
import { testClient } from "../../support/fakes/test-client.ts";

/** A list in pages: `{ cursor: items }`, the first page under an empty cursor. */
function pages(byCursor: Record<string, { follows: unknown[]; cursor?: string }>): Step {
  return ({ url }) => Response.json({ subject: {}, ...byCursor[url.searchParams.get("cursor") ?? ""] });
}

const follow = (name: string): unknown => ({ did: `did:plc:${name}`, handle: `${name}.test` });
const threePages = pages({
  "": { follows: [follow("a"), follow("b")], cursor: "1" },
  "1": { follows: [follow("c")], cursor: "2" },
  "2": { follows: [follow("d")] },
});

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe("lists", () => {
  test("await gives the first page", async () => {
    const { client, fetch } = testClient([threePages]);
    const page = await client.app.bsky.graph.getFollows({ actor: "x" });
    expect(page.follows).toHaveLength(2);
    expect(page.cursor).toBe("1");
    expect(fetch.requests).toHaveLength(1);
  });

  test("for await gives the items of all pages, other parameters unchanged", async () => {
    const { client, fetch } = testClient([threePages]);
    const handles = (await collect(client.app.bsky.graph.getFollows({ actor: "x", limit: 2 }))).map(
      ({ handle }) => handle,
    );
    expect(handles).toEqual(["a.test", "b.test", "c.test", "d.test"]);
    expect(fetch.requests.map(({ url }) => url.search)).toEqual([
      "?actor=x&limit=2",
      "?actor=x&limit=2&cursor=1",
      "?actor=x&limit=2&cursor=2",
    ]);
  });

  test("pages() gives the pages", async () => {
    const { client } = testClient([threePages]);
    const sizes = (await collect(client.app.bsky.graph.getFollows({ actor: "x" }).pages())).map(
      ({ follows }) => follows.length,
    );
    expect(sizes).toEqual([2, 1, 1]);
  });

  test("the first page is asked for once, however it is used", async () => {
    const { client, fetch } = testClient([threePages]);
    const list = client.app.bsky.graph.getFollows({ actor: "x" });
    expect(fetch.requests).toHaveLength(0);
    await list;
    await list.withResponse();
    await collect(list);
    expect(fetch.requests).toHaveLength(3);
  });

  test("a page is asked for only when the one before is consumed; break asks for no more", async () => {
    const { client, fetch } = testClient([threePages]);
    for await (const { handle } of client.app.bsky.graph.getFollows({ actor: "x" })) {
      if (handle === "b.test") break;
    }
    expect(fetch.requests).toHaveLength(1);
  });

  test("a cursor given by the caller is where the walk starts", async () => {
    const { client } = testClient([threePages]);
    expect(await collect(client.app.bsky.graph.getFollows({ actor: "x", cursor: "1" }))).toHaveLength(2);
  });

  test("A8.15 an empty page with a new cursor is not the end", async () => {
    const { client } = testClient([
      pages({ "": { follows: [], cursor: "1" }, "1": { follows: [], cursor: "2" }, "2": { follows: [follow("a")] } }),
    ]);
    expect(await collect(client.app.bsky.graph.getFollows({ actor: "x" }))).toHaveLength(1);
  });

  test.each([undefined, null, ""])("a cursor that is %j is none", async (cursor) => {
    const { client, fetch } = testClient([Response.json({ subject: {}, follows: [follow("a")], cursor })]);
    expect(await collect(client.app.bsky.graph.getFollows({ actor: "x" }))).toHaveLength(1);
    expect(fetch.requests).toHaveLength(1);
  });

  test.each([
    [
      "at once",
      { "": { follows: [follow("a")], cursor: "1" }, "1": { follows: [follow("b")], cursor: "1" } },
      undefined,
      2,
    ],
    [
      "after a detour",
      {
        "": { follows: [follow("a")], cursor: "1" },
        "1": { follows: [follow("b")], cursor: "2" },
        "2": { follows: [follow("c")], cursor: "1" },
      },
      undefined,
      3,
    ],
    ["that the caller gave", { "1": { follows: [follow("a")], cursor: "1" } }, "1", 1],
  ])("a cursor that comes back %s is an error, after its items were delivered", async (_, script, cursor, count) => {
    const { client, fetch } = testClient([pages(script)]);
    const seen: unknown[] = [];
    const walk = async (): Promise<void> => {
      for await (const item of client.app.bsky.graph.getFollows({ actor: "x", cursor })) seen.push(item);
    };
    await expect(walk()).rejects.toBeInstanceOf(InvalidResponseError);
    expect(seen).toHaveLength(count);
    expect(fetch.requests).toHaveLength(count);
  });

  test("an error on a later page comes after the items before it", async () => {
    const { client } = testClient([
      Response.json({ follows: [follow("a")], cursor: "1" }),
      refusal(400, "InvalidRequest"),
    ]);
    const seen: unknown[] = [];
    const walk = async (): Promise<void> => {
      for await (const item of client.app.bsky.graph.getFollows({ actor: "x" })) seen.push(item);
    };
    await expect(walk()).rejects.toMatchObject({ status: 400 });
    expect(seen).toHaveLength(1);
  });
});

describe("lists the lexicons do not know", () => {
  test("the only array holds the items", async () => {
    const { client } = testClient([Response.json({ things: [1, 2], cursor: "" })]);
    expect(await collect(client.get("com.example.list"))).toEqual([1, 2]);
  });

  test("with several arrays, or none, the items have to be named", async () => {
    const { client } = testClient([Response.json({ a: [1], b: [2] })]);
    const error = await collect(client.get("com.example.list")).then(undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(ValidationError);
    expect((error as Error).message).toContain("several arrays (a, b)");
    expect(await collect(client.get("com.example.list", {}, { items: "b" }))).toEqual([2]);
    const none = testClient([Response.json({ a: 1 })]);
    await expect(collect(none.client.get("com.example.list"))).rejects.toThrow("no array");
  });
});
