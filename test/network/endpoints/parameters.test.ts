import { beforeAll, describe, expect, inject, test } from "vitest";
import { appBskyFeedGetPosts } from "../../../generated/definitions.ts";
import { ValidationError } from "../../../src/index.ts";
import { processAll } from "../../support/servers/control.ts";
import { join, post, rkeyOf, uniqueTime, type Person, type Ref } from "./accounts.ts";
import { startWitness } from "./witness.ts";

const network = inject("network");
const collection = "app.bsky.feed.post";
const witness = startWitness();
let person: Person;
let first: Ref;
let second: Ref;
let answer: Ref;
beforeAll(async () => {
  person = await join(network.pds, { fetch: witness.fetch });
  first = await post(person, "first");
  second = await post(person, "second");
  answer = await post(person, "answer", { reply: { root: first, parent: first } });
  await processAll(network);
});

const uris = (items: readonly { readonly uri: string }[]): string[] => items.map(({ uri }) => uri);

/** What the server has of a record that is written and taken away again. */
async function written(record: object): Promise<object> {
  const { repo } = person.client.com.atproto;
  const place = { repo: person.did, collection };
  const rkey = rkeyOf(await repo.createRecord(Object.freeze({ ...place, record })));
  const { value } = await repo.getRecord({ ...place, rkey });
  await repo.deleteRecord(Object.freeze({ ...place, rkey }));
  return value;
}

describe("parameters that the servers act on", () => {
  test("A5.1 a params object, merged objects, the typed method and the definition give the same answer", async () => {
    const { client } = person;
    const common = { uris: [first.uri] };
    const name: string = appBskyFeedGetPosts.nsid;
    const answers = [
      await client.app.bsky.feed.getPosts({ ...common }),
      await client.call(appBskyFeedGetPosts, common),
      await client.get("app.bsky.feed.getPosts", common),
      await client.get("xrpc/app.bsky.feed.getPosts", { ...common, ...common }),
      await client.get(name, common),
    ];
    expect(answers[0]).toMatchObject({ posts: [{ uri: first.uri }] });
    for (const other of answers) expect(other).toEqual(answers[0]);
    expect(new Set(witness.requests.slice(-5).map(({ url }) => url.href)).size).toBe(1);
  });

  test("A5.2 an array reaches the server as an array", async () => {
    const { posts } = await person.client.app.bsky.feed.getPosts({ uris: [first.uri, second.uri, answer.uri] });
    expect(uris(posts).toSorted()).toEqual(uris([first, second, answer]).toSorted());
    expect((await person.client.app.bsky.feed.getPosts({ uris: [second.uri] })).posts).toHaveLength(1);
  });

  test("A5.3 the server honours true and false", async () => {
    const list = async (reverse: boolean) =>
      uris((await person.client.com.atproto.repo.listRecords({ repo: person.did, collection, reverse })).records);
    expect(await list(true)).toEqual(uris([first, second, answer]));
    expect(await list(false)).toEqual(uris([answer, second, first]));
    const above = async (wanted: boolean) =>
      uris((await person.client.app.bsky.unspecced.getPostThreadV2({ anchor: answer.uri, above: wanted })).thread);
    expect(await above(true)).toEqual([first.uri, answer.uri]);
    expect(await above(false)).toEqual([answer.uri]);
  });

  test("A5.4 null and undefined are not sent in a query; in a body null says something", async () => {
    const { client, did: repo } = person;
    const params = { repo, collection, limit: undefined, cursor: null, reverse: undefined };
    const name: string = "com.atproto.repo.listRecords";
    expect(await client.get(name, params)).toEqual(await client.com.atproto.repo.listRecords({ repo, collection }));
    expect([...(witness.requests.at(-2)?.url.searchParams.keys() ?? [])]).toEqual(["repo", "collection"]);
    // The server takes `null` for "must not exist yet", and nothing for "no matter".
    const rkey = rkeyOf(await post(person, "there already"));
    const record = { $type: collection, text: "changed", createdAt: uniqueTime(), langs: undefined };
    const put = { repo, collection, rkey, record };
    const refused = await client.com.atproto.repo.putRecord({ ...put, swapRecord: null }).result();
    expect(refused).toMatchObject({ ok: false, error: { error: "InvalidSwap" } });
    expect(await client.com.atproto.repo.putRecord({ ...put, swapRecord: undefined })).toMatchObject({
      uri: `at://${repo}/${collection}/${rkey}`,
    });
    await client.com.atproto.repo.deleteRecord({ repo, collection, rkey });
  });

  test("A5.5 reserved names reach a server that reads only its own", async () => {
    const reserved = ["method", "hostname", "endpoint", "auth_method", "params", "data", "headers", "cursor_key"];
    const extra = Object.fromEntries([...reserved, "use_refresh_token"].map((name) => [name, `value of ${name}`]));
    const name: string = "com.atproto.server.getSession";
    expect(await person.client.get(name, extra)).toMatchObject({ did: person.did });
    expect(Object.fromEntries(witness.requests.at(-1)?.url.searchParams ?? [])).toEqual(extra);
    const record = { $type: collection, text: "t", createdAt: uniqueTime(), ...extra };
    expect(await written(record)).toEqual(record);
  });

  test("A5.6 frozen inputs work, and nothing given is changed", async () => {
    const record = Object.freeze({
      $type: collection,
      text: "frozen",
      createdAt: new Date(Date.now()),
      tags: Object.freeze(["a"]),
    });
    const before = structuredClone(record);
    const value = await written(record);
    expect(record).toEqual(before);
    expect(value).toEqual({ ...record, createdAt: record.createdAt.toISOString() });
  });

  test("A5.7 bytes are the body while parameters go to the URL", async () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, index) => index % 256);
    const name: string = "com.atproto.repo.uploadBlob";
    const params = { did: person.did, name: "clip one.mp4" };
    const data = await person.client.post(name, bytes, { params, encoding: "video/mp4" });
    expect(data).toMatchObject({ blob: { size: 300, mimeType: "video/mp4" } });
    const sent = witness.requests.at(-1);
    expect(Object.fromEntries(sent?.url.searchParams ?? [])).toEqual(params);
    expect(sent?.headers.get("content-type")).toBe("video/mp4");
  });

  test("A5.8 a query with a body, and a write sent as a read, are refused before sending", async () => {
    const before = witness.requests.length;
    const { client } = person;
    const name: string = "app.bsky.feed.getTimeline";
    await expect(client.post(name, { limit: 1 })).rejects.toThrow(ValidationError);
    const write: string = "com.atproto.repo.createRecord";
    await expect(client.get(write, {})).rejects.toThrow("is a procedure");
    expect(witness.requests.length).toBe(before);
  });

  test("no input: no body and no Content-Type, which refreshSession insists on", async () => {
    const headers = { authorization: `Bearer ${person.refreshToken}` };
    await person.client.com.atproto.server.refreshSession(undefined, { headers });
    const sent = witness.requests.at(-1);
    expect(sent?.body).toBeUndefined();
    expect(sent?.headers.has("content-type")).toBe(false);
  });

  test("all characters of a value arrive", async () => {
    const word = `q${Date.now().toString(36)} a+b&c=d#e%20f ümlaut 🦋?/"`;
    const { uri } = await post(person, word);
    await processAll(network);
    expect(uris((await person.client.app.bsky.feed.searchPosts({ q: word })).posts)).toEqual([uri]);
  });
});

test("every answer was what its lexicon promises", () => {
  expect(witness.violations).toEqual([]);
});
