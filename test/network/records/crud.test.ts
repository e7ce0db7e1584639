import { beforeAll, describe, expect, inject, test } from "vitest";
import { appBskyGraphBlock } from "../../../generated/definitions.ts";
import type { RecordEntry } from "../../../src/index.ts";
import { Client, NotAuthenticatedError, ValidationError, XrpcError } from "../../../src/index.ts";
import { again, join, rkeyOf, stranger, type Person } from "../endpoints/accounts.ts";
import { xrpc } from "../../support/servers/xrpc.ts";
import { reasonOf } from "./world.ts";

const { pds } = inject("network");
let alice: Person;
let bob: Person;
beforeAll(async () => {
  [alice, bob] = await Promise.all([join(pds), join(pds)]);
});

const tid = /^[2-7a-z]{13}$/;
async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** A record as the server shows it to anybody. */
const stored = async (uri: string): Promise<{ value: Record<string, unknown> } | undefined> => {
  const [repo = "", collection = "", rkey = ""] = uri.slice("at://".length).split("/");
  const params = { repo, collection, rkey };
  return (await xrpc<{ value: Record<string, unknown> }>(pds, "com.atproto.repo.getRecord", { params })).json;
};

describe("records with minted keys", () => {
  test("are created, read, listed, changed and deleted", async () => {
    const { follow } = alice.client.app.bsky.graph;
    const before = Date.now();
    const { uri, cid, validationStatus } = await follow.create({ subject: bob.did });
    expect(uri).toBe(`at://${alice.did}/app.bsky.graph.follow/${rkeyOf({ uri })}`);
    expect(rkeyOf({ uri })).toMatch(tid);
    expect(validationStatus).toBe("valid");
    const entry: RecordEntry<{ $type: string; subject: string; createdAt: string }> = await follow.get(rkeyOf({ uri }));
    expect(entry).toEqual({
      uri,
      cid,
      value: { $type: "app.bsky.graph.follow", subject: bob.did, createdAt: expect.any(String) as string },
    });
    expect(Date.parse(entry.value.createdAt)).toBeGreaterThanOrEqual(before);
    expect((await follow.list()).records).toEqual([entry]);
    const changed = await follow.put(uri, { subject: bob.did, createdAt: new Date(0) });
    expect((await follow.get(uri)).value.createdAt).toBe("1970-01-01T00:00:00.000Z");
    expect(changed.cid).not.toBe(cid);
    expect((await follow.delete(uri)).commit?.rev).toMatch(tid);
    expect(await follow.delete(uri)).toEqual({});
    expect(await reasonOf(follow.get(uri))).toMatchObject({ error: "RecordNotFound", status: 400 });
  });

  test("take a key, a time and options, and leave alone what they are given", async () => {
    const { post } = alice.client.app.bsky.feed;
    const value = Object.freeze({ text: "hi", createdAt: new Date(1000), langs: Object.freeze(["en"]) });
    const { data, http } = await post.create(value, { rkey: "3jzfcijpj2z2a" }).withResponse();
    expect(http.status).toBe(200);
    expect((await stored(data.uri))?.value).toEqual({
      $type: "app.bsky.feed.post",
      text: "hi",
      createdAt: "1970-01-01T00:00:01.000Z",
      langs: ["en"],
    });
    expect(value).toEqual({ text: "hi", createdAt: new Date(1000), langs: ["en"] });
  });

  test("come in pages", async () => {
    const person = await join(pds);
    const { block } = person.client.app.bsky.graph;
    const { uri } = await block.create({ subject: bob.did });
    const uris = [uri];
    for (let n = 0; n < 4; n++) uris.push((await block.put(`3jzfcijpj2z2${n + 2}`, { subject: alice.did })).uri);
    const oldestFirst = uris.toSorted();
    const urisOf = async (reverse: boolean): Promise<string[]> =>
      (await collect(block.list({ limit: 2, reverse }))).map((entry) => entry.uri);
    expect(await urisOf(true)).toEqual(oldestFirst);
    expect(await urisOf(false)).toEqual(oldestFirst.toReversed());
    const pages = await collect(block.list({ limit: 2 }).pages());
    expect(pages.map(({ records }) => records.length)).toEqual([2, 2, 1, 0]);
    const { cursor } = await block.list({ limit: 3 });
    expect((await block.list({ cursor })).records).toHaveLength(2);
  });

  test("of others are read by anybody, by handle, DID or URI", async () => {
    const { uri } = await alice.client.app.bsky.feed.post.create({ text: "for all" });
    for (const client of [bob.client, stranger(pds)]) {
      const { post } = client.app.bsky.feed;
      expect((await post.get(uri)).value.text).toBe("for all");
      expect((await post.get(rkeyOf({ uri }), { repo: alice.handle })).uri).toBe(uri);
      const [newest] = (await post.list({ repo: alice.did, limit: 1 })).records;
      expect(newest?.uri).toBe(uri);
    }
  });
});

describe("a record of which there is one", () => {
  test("needs no key", async () => {
    const person = await join(pds);
    const { profile } = person.client.app.bsky.actor;
    expect(await reasonOf(profile.get())).toMatchObject({ error: "RecordNotFound" });
    const { uri } = await profile.put({ displayName: "One" });
    expect(uri).toBe(`at://${person.did}/app.bsky.actor.profile/self`);
    expect((await profile.get()).value).toEqual({ $type: "app.bsky.actor.profile", displayName: "One" });
    expect((await bob.client.app.bsky.actor.profile.get({ repo: person.handle })).value.displayName).toBe("One");
    expect(profile.is({ $type: "app.bsky.actor.profile" })).toBe(true);
    await profile.delete();
    expect(await reasonOf(profile.get())).toMatchObject({ error: "RecordNotFound" });
  });

  test("may need to say when it was made", async () => {
    const person = await join(pds);
    const { status } = person.client.app.bsky.actor;
    await status.put({ status: "app.bsky.actor.status#live" });
    expect(Date.parse((await status.get()).value.createdAt)).toBeGreaterThan(Date.now() - 60_000);
  });
});

describe("other kinds of keys and records", () => {
  test("keys that are free, and keys that are names", async () => {
    const { generator } = alice.client.app.bsky.feed;
    const feed = { did: "did:web:feeds.example", displayName: "feed" };
    expect(rkeyOf(await generator.create(feed))).toMatch(tid);
    expect(rkeyOf(await generator.create(feed, { rkey: "my-feed" }))).toBe("my-feed");
    const { schema } = alice.client.com.atproto.lexicon;
    const { uri } = await schema.create({ lexicon: 1 }, { rkey: "com.example.thing" });
    expect(uri).toBe(`at://${alice.did}/com.atproto.lexicon.schema/com.example.thing`);
    // @ts-expect-error the key must be given
    expect(await reasonOf(schema.create({ lexicon: 1 }))).toBeInstanceOf(ValidationError);
  });

  test("records that no lexicon knows, by name; and known ones by name or definition", async () => {
    const { records } = alice.client;
    const { uri } = await records.create("com.example.thing", { bytes: new Uint8Array([1, 2]), at: new Date(0) });
    expect((await records.get("com.example.thing", uri)).value).toEqual({
      $type: "com.example.thing",
      bytes: new Uint8Array([1, 2]),
      at: "1970-01-01T00:00:00.000Z",
    });
    expect(await records.delete("com.example.thing", uri)).toHaveProperty("commit");
    const block = await records.create("app.bsky.graph.block", { subject: bob.did });
    const { value } = await records.get(appBskyGraphBlock, block.uri);
    expect(value.subject).toBe(bob.did);
    expect(Date.parse(value.createdAt)).not.toBeNaN();
    expect(rkeyOf(await records.create("app.bsky.actor.profile", {}))).toBe("self");
  });
});

describe("refused before anything is sent", () => {
  const { client } = { client: new Client({ service: pds, logLevel: "silent" }) };
  const { post } = client.app.bsky.feed;

  test.each([
    ["a key that is none", () => post.get("a b")],
    ["the URI of another kind", () => post.get("at://did:plc:x/app.bsky.feed.like/3jzfcijpj2z2a")],
    ["a URI without a record", () => post.delete("at://did:plc:x/app.bsky.feed.post")],
    ["a URI in another repository", () => post.get("at://did:plc:x/app.bsky.feed.post/a", { repo: "bob.test" })],
    ["a $type of another kind", () => client.records.create("app.bsky.feed.post", { $type: "app.bsky.feed.like" })],
    ["a collection that is an endpoint", () => client.records.get("app.bsky.feed.getTimeline", "a")],
    ["a collection that is none", () => client.records.list("post")],
    ["a record that is none", () => client.records.create("com.example.thing", [])],
  ])("%s", async (_, call) => {
    const error = await reasonOf(call());
    expect(error).toBeInstanceOf(ValidationError);
    expect(error).toMatchObject({ attempts: 0, message: expect.stringContaining("Nothing was sent.") as string });
  });

  test("A16.5 writes without an account, with a row in the log", async () => {
    await using nobody = new Client({ service: pds, storage: ":memory:", logLevel: "silent" });
    const subject = { uri: "at://did:plc:x/app.bsky.feed.post/a", cid: "b" };
    const { like } = nobody.app.bsky.feed;
    for (const call of [
      like.create({ subject }),
      like.put("3jzfcijpj2z2a", { subject }),
      like.delete("a"),
      like.list(),
    ]) {
      const error = await reasonOf(call);
      expect(error).toBeInstanceOf(NotAuthenticatedError);
      expect(error).toMatchObject({ attempts: 0 });
    }
    const rows = await nobody.log.query({ order: "oldest" });
    expect(rows.map(({ endpoint, attempts, exceptionClass }) => [endpoint, attempts, exceptionClass])).toEqual(
      ["create", "put", "delete", "list"].map((verb) => [
        `xrpc/com.atproto.repo.${verb}Record${verb === "list" ? "s" : ""}`,
        0,
        "NotAuthenticatedError",
      ]),
    );
  });

  test("writes to somebody else's repository", async () => {
    const { uri } = await bob.client.app.bsky.feed.post.create({ text: "Bob's" });
    const error = await reasonOf(alice.client.app.bsky.feed.post.delete(uri));
    expect(error).toBeInstanceOf(ValidationError);
    expect((error as Error).message).toContain(alice.did);
    expect(await stored(uri)).toBeDefined();
  });
});

test("A13.17 low-level creates have their keys before they are sent, and the caller's objects stay as they were", async () => {
  const record = Object.freeze({ text: "low", createdAt: new Date().toISOString() });
  const input = Object.freeze({ repo: alice.did, collection: "app.bsky.feed.post", record });
  const bodies: { rkey?: string; writes?: { rkey?: string }[] }[] = [];
  const fetch = (url: string, init: RequestInit): Promise<Response> => {
    bodies.push(JSON.parse(init.body as string) as { rkey?: string });
    return globalThis.fetch(url, init);
  };
  const client = again(alice, { service: pds, fetch });
  const typed = await client.com.atproto.repo.createRecord(input);
  const named = (await client.post("com.atproto.repo.createRecord", input)) as { uri: string };
  const write = Object.freeze({
    $type: "com.atproto.repo.applyWrites#create",
    collection: "app.bsky.feed.post",
    value: record,
  } as const);
  const batch = await client.com.atproto.repo.applyWrites({ repo: alice.did, writes: Object.freeze([write, write]) });
  const uris = (batch.results ?? []).map((result) => ("uri" in result ? result.uri : ""));
  const sent = bodies.flatMap(({ rkey, writes }) => rkey ?? (writes ?? []).map((one) => one.rkey));
  expect(sent).toEqual([typed.uri, named.uri, ...uris].map((uri) => rkeyOf({ uri })));
  expect(sent.every((rkey) => tid.test(rkey ?? ""))).toBe(true);
  expect(sent.toSorted((a = "", b = "") => (a < b ? -1 : 1))).toEqual(sent);
  expect(new Set(sent).size).toBe(4);
  expect(write).not.toHaveProperty("rkey");
});

test("what is given is taken at once, the first call's too", async () => {
  const client = again(alice, { service: pds });
  const record = { text: "as it was", createdAt: new Date(0), langs: ["en"] };
  const first = client.app.bsky.feed.post.create(record);
  const second = client.com.atproto.repo.createRecord({ repo: alice.did, collection: "com.example.thing", record });
  record.text = "changed";
  record.createdAt.setTime(1);
  record.langs.push("de");
  const expected = { text: "as it was", createdAt: "1970-01-01T00:00:00.000Z", langs: ["en"] };
  expect((await stored((await first).uri))?.value).toMatchObject(expected);
  expect((await stored((await second).uri))?.value).toMatchObject(expected);
});

test("refusals of the server come with the call", async () => {
  const error = await reasonOf(
    alice.client.app.bsky.feed.post.create({ text: "x".repeat(301) }, { rkey: "self", validate: false }),
  );
  expect(error).toBeInstanceOf(XrpcError);
  expect(error).toMatchObject({ status: 400, attempts: 1 });
});
