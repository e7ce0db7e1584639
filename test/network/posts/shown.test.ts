import { beforeAll, describe, expect, inject, test } from "vitest";
import { Post, RichText, ValidationError, type PostReference } from "../../../src/index.ts";
import { makePng } from "../endpoints/png.ts";
import { processAll } from "../../support/servers/control.ts";
import { chain, join, recordOf, shown, type Person } from "./world.ts";

let alice: Person;
let bob: Person;
let carol: Person;

beforeAll(async () => {
  [alice, bob, carol] = await Promise.all([join(), join(), join()]);
});

/** Where facets lie and what they are, as the AppView gives them. */
const facets = (record: { readonly facets?: unknown }): unknown =>
  (record.facets as { index: { byteStart: number; byteEnd: number }; features: Record<string, string>[] }[]).map(
    ({ index, features: [feature = {}] }) => [
      index.byteStart,
      index.byteEnd,
      ...Object.entries(feature).flatMap(([name, value]) => (name === "$type" ? [] : value)),
    ],
  );

describe("what was posted is what is shown", () => {
  test("A13.1 text, links, mentions and tags, by bytes", async () => {
    const text = `👍 Hello @${bob.handle}, see example.com #café and @nobody.test`;
    const { uri, cid, url, posts, unresolvedMentions, existing } = await alice.client.createPost(text, {
      langs: ["en"],
    });
    const thread = await shown(uri, bob.client);
    expect([thread.post.cid, thread.post.author.did]).toEqual([cid, alice.did]);
    const record = recordOf(thread);
    expect(record).toMatchObject({ text, langs: ["en"] });
    const start = 12 + bob.handle.length;
    expect(facets(record)).toEqual([
      [11, start, bob.did],
      [start + 6, start + 17, "https://example.com"],
      [start + 18, start + 24, "café"],
    ]);
    expect(unresolvedMentions).toEqual(["nobody.test"]);
    expect([posts, existing]).toEqual([[{ uri, cid, url }], false]);
    expect(url).toBe(`https://bsky.app/profile/${alice.did}/post/${uri.split("/").at(-1)}`);
  });

  test("withResponse gives the answer of the server", async () => {
    const { data, http } = await alice.client.createPost("with its answer").withResponse();
    expect([http.status, new URL(http.url).pathname]).toEqual([200, "/xrpc/com.atproto.repo.createRecord"]);
    expect(data.uri).toContain(alice.did);
  });

  test("A13.2 markdown, and what a RichText says", async () => {
    const markdown = "# Head\n\n- **[one](https://x.y)**\n- two #tag";
    const { uri } = await alice.client.createPost(new Post(markdown, { markdown: true }));
    const record = recordOf(await shown(uri, bob.client));
    expect(record.text).toBe("Head\n\n• one\n• two #tag");
    expect(facets(record)).toEqual([
      [10, 13, "https://x.y"],
      [22, 26, "tag"],
    ]);
    const rich = new RichText("by ").mention(bob.handle).text(" ").link("here", "https://x.y");
    const other = await alice.client.createPost(rich);
    expect(facets(recordOf(await shown(other.uri, bob.client)))).toHaveLength(2);
  });

  test("labels, tags, a time of its own and an embed as its lexicon has it", async () => {
    const createdAt = new Date("2025-02-03T04:05:06.789Z");
    const { uri, cid } = await alice.client.createPost("labelled", { labels: ["nudity"], tags: ["more"], createdAt });
    const { post } = await shown(uri, alice.client);
    expect(post.record).toMatchObject({ createdAt: createdAt.toISOString(), tags: ["more"] });
    expect(post.labels?.map(({ val, src }) => [val, src])).toEqual([["nudity", alice.did]]);
    const embed = { $type: "app.bsky.embed.record", record: { uri, cid } } as const;
    const raw = await bob.client.createPost("as it is", { embed });
    expect((await shown(raw.uri, alice.client)).post.embed).toMatchObject({
      record: { uri, author: { did: alice.did } },
    });
  });

  test("dryRun gives exactly the record that is then written, with the CID the server gives it", async () => {
    const content = {
      text: `@${bob.handle} https://x.y`,
      createdAt: new Date(),
      langs: ["en"],
      quote: `at://${bob.handle}/app.bsky.feed.post/3k`,
    };
    const { uri: quote } = await bob.client.createPost("quoted");
    const draft = await alice.client.createPost({ ...content, quote }, { dryRun: true });
    const before = await alice.client.log.query({ endpoint: "com.atproto.repo.createRecord" });
    const { cid, uri } = await alice.client.createPost({ ...content, quote });
    expect(draft.posts[0]?.cid).toBe(cid);
    expect(recordOf(await shown(uri, bob.client))).toEqual(draft.posts[0]?.record);
    const after = await alice.client.log.query({ endpoint: "com.atproto.repo.createRecord" });
    expect(after.length - before.length).toBe(1);
  });
});

describe("A13.6 answers", () => {
  test("by every form of reference, each with its root", async () => {
    const first = await alice.client.createPost("the first", { key: "first" });
    await processAll(inject("network"));
    const rkey = first.uri.split("/").at(-1) ?? "";
    const view = await bob.client.getPost(first.uri);
    if (view === undefined) throw new Error("not indexed");
    const forms: PostReference[] = [
      first.uri,
      `at://${alice.handle}/app.bsky.feed.post/${rkey}`,
      `https://bsky.app/profile/${alice.did}/post/${rkey}`,
      `https://bsky.app/profile/${alice.handle}/post/${rkey}/?ref=x#top`,
      new URL(first.url),
      { uri: first.uri, cid: first.cid },
      view,
      { root: { uri: first.uri, cid: first.cid }, parent: { uri: first.uri, cid: first.cid } },
    ];
    const ref = { uri: first.uri, cid: first.cid };
    for (const [index, replyTo] of forms.entries()) {
      const answer = await bob.client.createPost(`answer ${index}`, { replyTo });
      expect(recordOf(await shown(answer.uri, alice.client)).reply, `form ${index}`).toEqual({
        root: ref,
        parent: ref,
      });
    }
    const [last] = ((await shown(first.uri, alice.client)).replies ?? []).slice(-1) as {
      post: { uri: string; cid: string };
    }[];
    // Alice answers an answer, by its URL and by the view of it; and herself by key.
    const parent = { uri: last?.post.uri ?? "", cid: last?.post.cid ?? "" };
    const deep = await alice.client.createPost("deeper", { replyTo: parent.uri, key: "deeper" });
    expect(recordOf(await shown(deep.uri, bob.client)).reply).toEqual({ root: ref, parent });
    const viewed = await carol.client.createPost("deeper still", {
      replyTo: (await shown(deep.uri, carol.client)).post,
    });
    expect(recordOf(await shown(viewed.uri, bob.client)).reply).toEqual({
      root: ref,
      parent: { uri: deep.uri, cid: deep.cid },
    });
    const asked = async (): Promise<number> => (await alice.client.log.query({ limit: 1000 })).length;
    const before = await asked();
    const keyed = await alice.client.createPost("by key", { replyTo: { key: "deeper" } });
    // One's own server is asked whether it is still there, and takes the answer.
    expect((await asked()) - before).toBe(2);
    expect(recordOf(await shown(keyed.uri, bob.client)).reply).toEqual({
      root: ref,
      parent: { uri: deep.uri, cid: deep.cid },
    });
  });

  test("to a post the AppView has not met yet", async () => {
    const fresh = await bob.client.createPost("fresh");
    const answer = await alice.client.createPost("quick", { replyTo: fresh.uri });
    expect(recordOf(await shown(answer.uri, bob.client)).reply?.parent.cid).toBe(fresh.cid);
  });
});

/** Why a post of this was refused; nothing was uploaded for it. */
const refused = async (writer: Person, content: object): Promise<string> => {
  const before = await writer.client.log.query({ endpoint: "com.atproto.repo.uploadBlob" });
  const error = await writer.client
    .createPost({ text: "no", images: [{ source: makePng(20, 1), alt: "grey" }], ...content })
    .catch((error: unknown) => error);
  expect(error).toBeInstanceOf(ValidationError);
  expect(await writer.client.log.query({ endpoint: "com.atproto.repo.uploadBlob" })).toEqual(before);
  return (error as Error).message;
};

describe("A13.7 what cannot be answered is named, and nothing is written", () => {
  test("a deleted post, one's own and another's", async () => {
    const own = await alice.client.createPost("to be deleted");
    await alice.client.deletePost(own.url);
    const others = await bob.client.createPost("to be deleted too");
    await bob.client.deletePost(others.uri);
    await processAll(inject("network"));
    expect(await refused(alice, { replyTo: own.uri })).toMatch(/which was deleted/);
    expect(await refused(alice, { replyTo: others.uri })).toMatch(/is not there: it was deleted, or never was/);
    expect(await refused(alice, { quote: others.url })).toMatch(/^The post cannot be sent: quote is at:.*is not there/);
  });

  test("a post of somebody who blocks, and of somebody who is blocked", async () => {
    const [dave, erin] = await Promise.all([join(), join()]);
    const post = await dave.client.createPost("for friends");
    const back = await erin.client.createPost("for others");
    await dave.client.block(erin.handle);
    await processAll(inject("network"));
    expect(await refused(erin, { replyTo: post.uri })).toMatch(/whose author blocks this account/);
    expect(await refused(dave, { replyTo: back.uri })).toMatch(/whose author this account blocks/);
  });

  test("a handle that nobody has", async () => {
    expect(await refused(alice, { replyTo: "https://bsky.app/profile/nobody.test/post/3kvyvhmkfxs2c" })).toMatch(
      /replyTo names nobody.test, a handle that belongs to no account/,
    );
  });
});

describe("gates", () => {
  test("a threadgate and a postgate have the key of their post, and do what they say", async () => {
    const { uri } = await alice.client.createPost(`friends only, @${bob.handle}`, {
      threadgate: ["mentioned"],
      postgate: "nobody",
    });
    const { post } = await shown(uri, carol.client);
    expect(post.threadgate?.uri).toBe(uri.replace("feed.post", "feed.threadgate"));
    expect(post.viewer).toMatchObject({ replyDisabled: true, embeddingDisabled: true });
    expect((await shown(uri, bob.client)).post.viewer).not.toHaveProperty("replyDisabled", true);
    await expect(carol.client.createPost("may I?", { replyTo: uri })).rejects.toThrow(
      /does not let this account answer/,
    );
    await expect(carol.client.createPost("look", { quote: uri })).rejects.toThrow(/does not let it be quoted/);
    const answer = await bob.client.createPost("yes", { replyTo: uri });
    expect(
      ((await shown(uri, carol.client)).replies ?? []).map((reply) => (reply as { post: { uri: string } }).post.uri),
    ).toEqual([answer.uri]);
  });

  test("of a whole thread", async () => {
    const thread = await alice.client.createThread(["one", { text: "two", postgate: "nobody" }, "three"]);
    const parts = chain(await shown(thread.uri, bob.client));
    expect(parts.map(({ post }) => post.uri)).toEqual(thread.posts.map(({ uri }) => uri));
    expect(parts.map(({ post }) => post.viewer?.embeddingDisabled ?? false)).toEqual([false, true, false]);
  });
});

describe("reading and deleting", () => {
  test("by URI, URL, record key, view and key of one's own", async () => {
    const { uri, url } = await alice.client.createPost("read me", { key: "read" });
    await processAll(inject("network"));
    const view = await bob.client.getPost(url);
    expect(view).toMatchObject({ uri, record: { text: "read me" } });
    const names = [uri, uri.split("/").at(-1) as string, { key: "read" }, view as never];
    const views = await alice.client.getPosts([...names, `at://${alice.did}/app.bsky.feed.post/3kvyvhmkfxs2c`]);
    expect(views.map((one) => one?.uri)).toEqual([uri, uri, uri, uri, undefined]);
    await expect(alice.client.getPost({ key: "unknown" })).rejects.toThrow(/under which/);

    await expect(bob.client.deletePost(uri)).rejects.toThrow(/is a post of/);
    await alice.client.deletePost({ key: "read" });
    await alice.client.deletePost(uri);
    await processAll(inject("network"));
    expect(await bob.client.getPost(uri)).toBeUndefined();
  });

  test("sixty posts are asked for 25 at a time, each once", async () => {
    const rkeys = Array.from({ length: 60 }, (_, index) =>
      `3kvyvhmkf${String(index).padStart(2, "2")}2c`.replaceAll(/[0189]/g, "z"),
    );
    const before = await alice.client.log.query({ endpoint: "app.bsky.feed.getPosts" });
    expect(await alice.client.getPosts([...rkeys, ...rkeys])).toHaveLength(120);
    const after = await alice.client.log.query({ endpoint: "app.bsky.feed.getPosts" });
    expect(after.length - before.length).toBe(Math.ceil(new Set(rkeys).size / 25));
  });
});
