import { describe, expect, test } from "vitest";
import { Post, RichText, type CreatePostOptions, type Postable, type PostContent } from "../../../src/index.ts";
import { cidOfRecord } from "../../../src/posts/records/record-cid.ts";
import { ALICE, BOB, knowing, writer } from "./writer.ts";

const CREATED = "2026-01-01T00:00:00.000Z";
const uri = `at://${BOB}/app.bsky.feed.post/3kvyvhmkfxs2c`;
const ref = { uri, cid: "bafyreib2rxk3rybk3aobmv5cjuql3bm2twh4jo5uxgf5kpqcsgz7soitae" };
const root = { uri: `at://${BOB}/app.bsky.feed.post/3kroot`, cid: ref.cid };

async function record(...args: [post: Postable, options?: CreatePostOptions]) {
  const { client } = writer([knowing({ "bob.test": BOB })]);
  const { posts } = await client.createPost(args[0], { ...args[1], dryRun: true });
  return posts[0]?.record;
}

describe("A13.1 a text alone", () => {
  test("is a post with a text and a time, and nothing else", async () => {
    expect(await record("Hello")).toEqual({ $type: "app.bsky.feed.post", text: "Hello", createdAt: CREATED });
  });

  test("is the same as an object, a RichText and a Post", async () => {
    const hello = await record("Hello @bob.test");
    expect(hello?.facets).toHaveLength(1);
    expect(await record({ text: "Hello @bob.test" })).toEqual(hello);
    expect(await record(new Post("Hello @bob.test"))).toEqual(hello);
    expect(await record(new RichText("Hello @bob.test"))).toEqual(hello);
    expect(await record(new Post(new RichText("Hello ").mention("bob.test")))).toEqual(hello);
  });
});

test("A13.14 plain objects, a Post and a class derived from it are the same post", async () => {
  const content: PostContent = {
    text: "see this",
    langs: ["en"],
    labels: ["graphic-media"],
    tags: ["more"],
    quote: ref,
    createdAt: new Date(0),
    external: { uri: "https://x.y", title: "X" },
  };
  class Announcement extends Post {
    constructor(text: string) {
      super(text);
      this.langs("en").labels("graphic-media").tags("more").quote(ref).createdAt(new Date(0));
    }
  }
  const made = await record(content);
  expect(made).toEqual({
    $type: "app.bsky.feed.post",
    text: "see this",
    createdAt: "1970-01-01T00:00:00.000Z",
    langs: ["en"],
    labels: { $type: "com.atproto.label.defs#selfLabels", values: [{ val: "graphic-media" }] },
    tags: ["more"],
    embed: {
      $type: "app.bsky.embed.recordWithMedia",
      record: { $type: "app.bsky.embed.record", record: ref },
      media: { $type: "app.bsky.embed.external", external: { uri: "https://x.y", title: "X", description: "" } },
    },
  });
  expect(await record(new Announcement("see this").external({ uri: "https://x.y", title: "X" }))).toEqual(made);
  expect(await record("see this", { ...content })).toEqual(made);
  expect(await record(new Post("see this", content))).toEqual(made);
});

test("a post may be changed after it was handed over", async () => {
  const { client } = writer();
  const post = new Post("first");
  const draft = client.createPost(post, { dryRun: true });
  post.text("second");
  expect((await draft).posts[0]?.record.text).toBe("first");
});

describe("A13.3 facets", () => {
  test("by offsets, by part of the text, and by RichText", async () => {
    const link = {
      index: { byteStart: 5, byteEnd: 9 },
      features: [{ $type: "app.bsky.richtext.facet#link" as const, uri: "https://x.y" }],
    };
    for (const post of [
      new Post("👍 here it is").facet(link),
      new Post("👍 here it is").link("here", "https://x.y"),
      new RichText("👍 ").link("here", "https://x.y").text(" it is"),
    ]) {
      expect((await record(post))?.facets).toEqual([link]);
    }
    const marked = await record(new Post("me and you").mention("me", "@bob.test").tag("you"));
    expect(marked?.facets?.map(({ features }) => features[0])).toEqual([
      { $type: "app.bsky.richtext.facet#mention", did: BOB },
      { $type: "app.bsky.richtext.facet#tag", tag: "you" },
    ]);
  });

  test("and none that was not given, without detection", async () => {
    expect(await record("@bob.test #a x.com", { detectFacets: false })).not.toHaveProperty("facets");
  });
});

test("A13.20 a handle that nobody has stays text and is reported; each handle is asked for once", async () => {
  const { client, asked } = writer([knowing({ "bob.test": BOB })]);
  const draft = await client.createPost("@nobody.test @bob.test @Bob.test", { dryRun: true });
  expect(draft.unresolvedMentions).toEqual(["nobody.test"]);
  expect(draft.posts[0]?.record.facets?.map(({ index }) => index.byteStart)).toEqual([13, 23]);
  expect(asked()).toEqual(["com.atproto.identity.resolveHandle", "com.atproto.identity.resolveHandle"]);
  await client.createPost("@bob.test", { dryRun: true });
  expect(asked()).toHaveLength(2);
});

describe("A13.6 references that need no request", () => {
  test("root and parent as they are", async () => {
    expect((await record("a", { replyTo: { root, parent: ref } }))?.reply).toEqual({ root, parent: ref });
  });

  test("a view of the first post of a thread, and of an answer in it", async () => {
    const { client, fetch } = writer();
    const first = { ...ref, record: { $type: "app.bsky.feed.post", text: "a", createdAt: CREATED } };
    const answer = { ...ref, record: { ...first.record, reply: { root, parent: root } } };
    const replies = [first, answer].map(
      async (replyTo) => (await client.createPost("b", { replyTo, dryRun: true })).posts[0]?.record.reply,
    );
    expect(await Promise.all(replies)).toEqual([
      { root: ref, parent: ref },
      { root, parent: ref },
    ]);
    expect(fetch.requests).toEqual([]);
  });
});

describe("threads", () => {
  test("each part answers the one before it by a CID that is computed here", async () => {
    const { client, fetch } = writer();
    const { posts, writes, uri, cid, url } = await client.createThread(["one", { text: "two" }, new Post("three")], {
      dryRun: true,
    });
    expect(posts.map(({ record }) => record.text)).toEqual(["one", "two", "three"]);
    const refs = posts.map(({ uri, cid }) => ({ uri, cid }));
    expect(posts.map(({ record }) => record.reply)).toEqual([
      undefined,
      { root: refs[0], parent: refs[0] },
      { root: refs[0], parent: refs[1] },
    ]);
    for (const post of posts) expect(post.cid).toBe(await cidOfRecord(post.record));
    expect(posts.map(({ record }) => Date.parse(record.createdAt) - Date.parse(CREATED))).toEqual([0, 1, 2]);
    expect(writes.map(({ collection }) => collection)).toEqual(Array(3).fill("app.bsky.feed.post"));
    expect(new Set(writes.map(({ rkey }) => rkey)).size).toBe(3);
    expect(writes.map(({ rkey }) => rkey).toSorted()).toEqual(writes.map(({ rkey }) => rkey));
    expect({ uri, cid }).toEqual(refs[0]);
    expect(url).toBe(`https://bsky.app/profile/${ALICE}/post/${writes[0]?.rkey}`);
    expect(fetch.requests).toEqual([]);
  });

  test("what its options say holds for each part, and for the first alone what stands for the thread", async () => {
    const { client } = writer();
    const { posts, writes } = await client.createThread(["one", { text: "zwei", langs: ["de"] }], {
      langs: ["en"],
      threadgate: "nobody",
      postgate: "nobody",
      dryRun: true,
    });
    expect(posts.map(({ record }) => record.langs)).toEqual([["en"], ["de"]]);
    expect(writes.map(({ collection }) => collection.slice("app.bsky.feed.".length))).toEqual(
      expect.arrayContaining(["post", "post", "threadgate", "postgate", "postgate"]),
    );
    expect(writes).toHaveLength(5);
  });

  test("a long text becomes one, numbered on request; what is not text goes with its first part", async () => {
    const { client } = writer();
    const content = {
      text: "One sentence. ".repeat(40),
      external: { uri: "https://x.y" },
      langs: ["en"],
      postgate: "nobody",
      threadgate: ["mentioned", { list: `at://${BOB}/app.bsky.graph.list/3k` }],
    } as const;
    const { posts, writes } = await client.createPost(content, { thread: { numbered: true }, dryRun: true });
    expect(posts.map(({ record }) => record.text.slice(-6))).toEqual([" (1/2)", " (2/2)"]);
    expect(posts.map(({ record }) => record.embed?.$type)).toEqual(["app.bsky.embed.external", undefined]);
    expect(posts.map(({ record }) => record.langs)).toEqual([["en"], ["en"]]);
    const [first, second] = posts;
    const gates = writes
      .filter(({ collection }) => collection !== "app.bsky.feed.post")
      .map(({ collection, rkey, value }) => [collection, rkey, value]);
    const [rkey1, rkey2] = posts.map(({ uri }) => uri.split("/").at(-1));
    expect(gates).toEqual([
      [
        "app.bsky.feed.threadgate",
        rkey1,
        {
          $type: "app.bsky.feed.threadgate",
          post: first?.uri,
          createdAt: CREATED,
          allow: [
            { $type: "app.bsky.feed.threadgate#mentionRule" },
            { $type: "app.bsky.feed.threadgate#listRule", list: `at://${BOB}/app.bsky.graph.list/3k` },
          ],
        },
      ],
      ["app.bsky.feed.postgate", rkey1, expect.objectContaining({ post: first?.uri })],
      [
        "app.bsky.feed.postgate",
        rkey2,
        expect.objectContaining({
          post: second?.uri,
          embeddingRules: [{ $type: "app.bsky.feed.postgate#disableRule" }],
        }),
      ],
    ]);
  });
});
