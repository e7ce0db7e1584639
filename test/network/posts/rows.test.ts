import { expect, onTestFinished, test } from "vitest";
import { Post } from "../../../src/index.ts";
import { newPost } from "../../support/servers/accounts.ts";
import { createStorage } from "../../../src/storage/create.ts";
import { join } from "./world.ts";

const ref = ({ uri, cid }: { uri: string; cid: string }) => ({ uri, cid });

test("A13.10 every post has its row, however it was written, with the row of its call", async () => {
  const storage = createStorage(":memory:", { env: {} });
  onTestFinished(() => storage.close());
  const { client, did } = await join({ storage });
  const collection = "app.bsky.feed.post";
  const text = await client.createPost("a text");
  const post = await client.createPost(new Post("a post").replyTo(text.uri), { key: "k" });
  const low = await client.com.atproto.repo.createRecord({
    repo: did,
    collection,
    record: newPost("by hand", { reply: { root: text, parent: post } }),
  });
  const typed = await client.app.bsky.feed.post.create({ text: "typed" });
  const put = await client.com.atproto.repo.putRecord({
    repo: did,
    collection,
    rkey: "3kvyvhmkfxs2c",
    record: newPost("put"),
  });
  const thread = await client.createThread(["one", "two"]);
  for (const written of [text, post, low, typed, put, ...thread.posts]) {
    const row = await storage.posts.get(written.uri);
    expect(row).toMatchObject({
      ...ref(written),
      repo: did,
      rkey: written.uri.split("/").at(-1) ?? "",
      state: "stored",
    });
    const call = await client.log.get(row?.apilogId ?? 0);
    expect([call?.state, call?.requestDid]).toEqual(["done", did]);
  }
  expect(await storage.posts.get(text.uri)).toMatchObject({ replyTo: null, rootUri: null, clientUniqueKey: null });
  expect(await storage.posts.get(post.uri)).toMatchObject({
    replyTo: text.uri,
    rootUri: text.uri,
    rootCid: text.cid,
    clientUniqueKey: "k",
  });
  expect(await storage.posts.get(low.uri)).toMatchObject({ replyTo: post.uri, rootUri: text.uri });
  expect((await storage.posts.get(thread.posts[1]?.uri ?? ""))?.replyTo).toBe(thread.uri);

  await client.deletePost(text.uri);
  await client.com.atproto.repo.applyWrites({
    repo: did,
    writes: [{ $type: "com.atproto.repo.applyWrites#delete", collection, rkey: typed.uri.split("/").at(-1) ?? "" }],
  });
  expect([(await storage.posts.get(text.uri))?.state, (await storage.posts.get(typed.uri))?.state]).toEqual([
    "deleted",
    "deleted",
  ]);

  const like = await client.like(put.uri);
  expect(await storage.posts.get(like.uri)).toBeUndefined();
});

test("memory that fails does not fail a post, and is told of", async () => {
  const storage = createStorage(":memory:", { env: {} });
  onTestFinished(() => storage.close());
  const lines: string[] = [];
  const say = (message: string): void => void lines.push(message);
  const failing = { ...storage.posts, save: () => Promise.reject(new Error("the disk is full")) };
  const { client } = await join({
    storage: Object.assign(storage, { posts: failing }),
    logger: { debug: say, info: say, warn: say, error: say },
    logLevel: "warn",
  });
  expect((await client.createPost("fine")).uri).toMatch(/^at:/);
  expect(lines).toEqual([
    expect.stringMatching(/could not be remembered; the post itself is fine\..* the disk is full/),
  ]);
});
