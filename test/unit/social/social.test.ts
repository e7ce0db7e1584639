import { expect, test } from "vitest";
import { ValidationError } from "../../../src/index.ts";
import { testClient } from "../../support/fakes/test-client.ts";

const ME = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";
const OTHER = "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb";
const accessToken = `x.${Buffer.from(JSON.stringify({ sub: ME })).toString("base64url")}.x`;
const post = { uri: `at://${OTHER}/app.bsky.feed.post/3kpost`, cid: "bafyreipost" };
const like = { uri: `at://${ME}/app.bsky.feed.like/3klike`, cid: "bafyreilike" };

/** A client whose server has some of the account's records, and answers for the rest as if there were none. */
function world({ records = [] as readonly string[] } = {}) {
  const there = new Set(records);
  const given = testClient(
    [
      ({ url, method, body }) => {
        const nsid = url.pathname.slice("/xrpc/".length);
        const { rkey = url.searchParams.get("rkey") } = (method === "POST" ? JSON.parse(body as string) : {}) as {
          rkey?: string;
        };
        if (nsid === "app.bsky.feed.getPosts") return Response.json({ posts: [{ ...post, viewer: {} }] });
        if (nsid === "com.atproto.repo.listRecords") return Response.json({ records: [] });
        if (nsid === "com.atproto.repo.createRecord") return Response.json(like);
        if (nsid === "com.atproto.repo.getRecord") {
          return there.has(rkey ?? "")
            ? Response.json({ ...like, value: {} })
            : Response.json({ error: "RecordNotFound", message: "not there" }, { status: 400 });
        }
        if (nsid === "com.atproto.repo.deleteRecord") there.delete(rkey ?? "");
        return Response.json({});
      },
    ],
    { service: "https://pds.example", accessToken, budget: false },
  );
  const sent = (nsid: string): number =>
    given.fetch.requests.filter(({ url }) => url.pathname === `/xrpc/${nsid}`).length;
  return { ...given, sent };
}

test("B7 two equal likes at once: the one that is aborted leaves, the other is written", async () => {
  const { client, sent } = world();
  const controller = new AbortController();
  const [first, second] = [client.like(post.uri, { signal: controller.signal }), client.like(post.uri)];
  controller.abort(new Error("left"));
  await expect(first).rejects.toThrow("left");
  expect(await second).toEqual(like);
  expect(sent("com.atproto.repo.createRecord")).toBe(1);
});

test("B7 the signal of the second of two equal likes counts, too", async () => {
  const { client } = world();
  const controller = new AbortController();
  const [first, second] = [client.like(post.uri), client.like(post.uri, { signal: controller.signal })];
  controller.abort(new Error("left"));
  await expect(second).rejects.toThrow("left");
  expect(await first).toEqual(like);
});

test("B22 unlike by the record's own URI says whether there was one", async () => {
  const { client, sent } = world({ records: ["3klike"] });
  expect(await client.unlike(like.uri)).toBe(true);
  expect(await client.unlike(like.uri)).toBe(false);
  expect(sent("com.atproto.repo.deleteRecord")).toBe(1);
});

test.each(["unfollow", "unblock"] as const)(
  "B22 %s by the record's own URI says whether there was one",
  async (verb) => {
    const { client } = world();
    const kind = verb.slice("un".length);
    expect(await client[verb](`at://${ME}/app.bsky.graph.${kind}/3knone`)).toBe(false);
  },
);

test("B23 nobody is added to the list of another account", async () => {
  const { client, fetch } = world();
  const list = `at://${OTHER}/app.bsky.graph.list/3klist`;
  const error = await client.lists.add(list, OTHER).then(undefined, (why: unknown) => why);
  expect(error).toBeInstanceOf(ValidationError);
  expect((error as Error).message).toContain("is a list of another account");
  expect(fetch.requests).toEqual([]);
});
