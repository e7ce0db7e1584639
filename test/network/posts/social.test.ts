import { beforeAll, describe, expect, inject, test } from "vitest";
import { ValidationError, type Client } from "../../../src/index.ts";
import { processAll } from "../../support/servers/control.ts";
import { count, join, type Person } from "./world.ts";

let alice: Person;
let bob: Person;
let carol: Person;

beforeAll(async () => {
  [alice, bob, carol] = await Promise.all([join(), join(), join()]);
});

const indexed = (): Promise<void> => processAll(inject("network"));

describe.each(["like", "repost"] as const)("A16.3 %s", (verb) => {
  const undo = verb === "like" ? "unlike" : "unrepost";
  const collection = `app.bsky.feed.${verb}`;

  test("once, however often and by whatever name, before and after the AppView knows of it", async () => {
    const post = await alice.client.createPost(`to ${verb}`);
    await indexed();
    const view = await bob.client.getPost(post.uri);
    if (view === undefined) throw new Error("not indexed");
    const first = await bob.client[verb](post.uri);
    expect(first.uri).toContain(`${bob.did}/${collection}/`);
    const rkey = post.uri.split("/").at(-1);
    for (const named of [
      post.uri,
      post.url,
      new URL(post.url),
      `https://bsky.app/profile/${alice.handle}/post/${rkey}`,
      post,
      view,
    ]) {
      expect(await bob.client[verb](named)).toEqual(first);
    }
    await indexed();
    expect(await bob.client[verb](post.uri)).toEqual(first);
    expect(await count(bob, collection)).toBe(1);
    expect((await carol.client.getPost(post.uri))?.[`${verb}Count`]).toBe(1);
  });

  test("many at once make one", async () => {
    const post = await alice.client.createPost(`to ${verb} at once`);
    const refs = await Promise.all(Array.from({ length: 5 }, () => carol.client[verb](post.uri)));
    expect(new Set(refs.map(({ uri }) => uri)).size).toBe(1);
    expect(await count(carol, collection)).toBe(1);
    expect(await carol.client[undo](post.uri)).toBe(true);
  });

  test("its undo, by what it is about and by its own URI, leaves nothing; a second one has nothing to do", async () => {
    const before = await count(bob, collection);
    const post = await alice.client.createPost(`to ${undo}`);
    await bob.client[verb](post.uri);
    expect(await bob.client[undo](post.url)).toBe(true);
    expect(await bob.client[undo](post.url)).toBe(false);
    const { uri } = await bob.client[verb](post.uri);
    await indexed();
    expect(await bob.client[undo](uri)).toBe(true);
    await indexed();
    expect(await bob.client[undo](post.uri)).toBe(false);
    expect(await count(bob, collection)).toBe(before);
  });

  test("is undone although its post is gone, and refused for one that never was", async () => {
    const post = await alice.client.createPost("gone soon");
    const { uri } = await bob.client[verb](post.uri);
    await alice.client.deletePost(post.uri);
    await indexed();
    await expect(bob.client[verb](post.uri)).rejects.toThrow(ValidationError);
    expect(await bob.client[undo](uri)).toBe(true);
    await expect(bob.client[verb](`at://${alice.did}/app.bsky.graph.list/3kvyvhmkfxs2c`)).rejects.toThrow(
      /neither a post nor a feed/,
    );
  });
});

test("a feed can be liked too", async () => {
  const { uri } = await alice.client.com.atproto.repo.createRecord({
    repo: alice.did,
    collection: "app.bsky.feed.generator",
    rkey: "whats-new",
    record: {
      $type: "app.bsky.feed.generator",
      did: "did:web:feeds.example",
      displayName: "New",
      createdAt: new Date(),
    },
  });
  await indexed();
  const first = await bob.client.like(`https://bsky.app/profile/${alice.handle}/feed/whats-new`);
  expect(await bob.client.like(uri)).toEqual(first);
  expect(await bob.client.unlike(uri)).toBe(true);
});

describe.each(["follow", "block"] as const)("A16.3 %s", (bond) => {
  const undo = bond === "follow" ? "unfollow" : "unblock";
  const collection = `app.bsky.graph.${bond}`;

  test("once, by handle, DID, URL, repository and view; undone by any of them", async () => {
    const dave = await join();
    await indexed();
    const before = await count(alice, collection);
    const first = await alice.client[bond](dave.handle);
    const profile = await alice.client.app.bsky.actor.getProfile({ actor: dave.did });
    for (const named of [
      `@${dave.handle}`,
      dave.did,
      `https://bsky.app/profile/${dave.handle}/`,
      `at://${dave.did}`,
      profile,
    ]) {
      expect(await alice.client[bond](named)).toEqual(first);
    }
    await indexed();
    expect(await alice.client[bond](dave.did)).toEqual(first);
    expect(await count(alice, collection)).toBe(before + 1);
    expect(await alice.client[undo](`https://bsky.app/profile/${dave.did}`)).toBe(true);
    expect(await alice.client[undo](dave.handle)).toBe(false);
    const again = await alice.client[bond](dave.did);
    expect(await alice.client[undo](again.uri)).toBe(true);
    expect(await count(alice, collection)).toBe(before);
  });

  test("nobody, oneself and what is no account are refused", async () => {
    await expect(alice.client[bond]("nobody.test")).rejects.toThrow(
      /nobody.test is a handle that belongs to no account/,
    );
    await expect(alice.client[bond]("not a name")).rejects.toThrow(/neither a handle nor a DID/);
    await expect(alice.client[bond](alice.did)).rejects.toThrow(/cannot .* itself/);
  });
});

const muted = async (): Promise<boolean | undefined> =>
  (await alice.client.app.bsky.actor.getProfile({ actor: bob.did })).viewer?.muted;

test("A16.3 muting and its undo, as often as one likes", async () => {
  for (const named of [bob.handle, bob.did]) await alice.client.mute(named);
  expect(await muted()).toBe(true);
  for (const named of [bob.did, `https://bsky.app/profile/${bob.handle}`]) await alice.client.unmute(named);
  expect(await muted()).toBe(false);
});

test("A16.3 lists: adding once, members, removing", async () => {
  const { uri } = await alice.client.com.atproto.repo.createRecord({
    repo: alice.did,
    collection: "app.bsky.graph.list",
    record: {
      $type: "app.bsky.graph.list",
      name: "people",
      purpose: "app.bsky.graph.defs#curatelist",
      createdAt: new Date(),
    },
  });
  const url = `https://bsky.app/profile/${alice.handle}/lists/${uri.split("/").at(-1)}`;
  const { lists } = alice.client;
  const first = await lists.add(uri, bob.handle);
  expect(await lists.add(url, bob.did)).toEqual(first);
  await lists.add(url, carol.did);
  await indexed();
  expect(await lists.add(uri, bob.did)).toEqual(first);
  const members = async (client: Client): Promise<string[]> => {
    const found: string[] = [];
    for await (const { did } of client.lists.members(url)) found.push(did);
    return found.toSorted();
  };
  expect(await members(bob.client)).toEqual([bob.did, carol.did].toSorted());
  expect(await lists.remove(url, bob.handle)).toBe(true);
  expect(await lists.remove(url, bob.handle)).toBe(false);
  await indexed();
  expect(await members(alice.client)).toEqual([carol.did]);
  expect(await lists.remove(uri, carol.did)).toBe(true);
  await indexed();
  expect(await count(alice, "app.bsky.graph.listitem")).toBe(0);
  await expect(lists.add(bob.did, carol.did)).rejects.toThrow(ValidationError);
});

describe("A16.2 handles", () => {
  test("are resolved once", async () => {
    const { client } = await join();
    expect(await client.resolveHandle(bob.handle)).toBe(bob.did);
    expect(await client.resolveHandle(`@${bob.handle.toUpperCase()}`)).toBe(bob.did);
    expect(await client.resolveHandle(bob.did)).toBe(bob.did);
    expect(await client.log.query({ endpoint: "com.atproto.identity.resolveHandle" })).toHaveLength(1);
    await expect(client.resolveHandle("nobody.test")).rejects.toThrow(ValidationError);
  });

  test("can be changed", async () => {
    const { client, did, handle } = await join();
    const next = handle.replace(/^u/, "n");
    await client.updateHandle(`@${next}`);
    expect(await bob.client.resolveHandle(next)).toBe(did);
    await expect(client.updateHandle("no handle")).rejects.toThrow(/is no handle/);
  });
});
