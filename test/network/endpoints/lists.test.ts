import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { InvalidResponseError, UpstreamError } from "../../../src/index.ts";
import { processAll } from "../../support/servers/control.ts";
import { startFaultProxy, type FaultProxy } from "../../support/servers/fault-proxy.ts";
import type { Fault, RequestMatch } from "../../support/servers/faults.ts";
import { again, join, post, stranger, write, type Person, type Ref } from "./accounts.ts";
import { startWitness } from "./witness.ts";

const network = inject("network");
const collection = "app.bsky.feed.post";
const witness = startWitness();

let author: Person;
/** They follow the author, and like the first post. In order of their likes */
const fans: Person[] = [];
/** The author's, in order of writing */
const posts: Ref[] = [];
let proxy: FaultProxy;

beforeAll(async () => {
  author = await join(network.pds, { fetch: witness.fetch });
  for (let index = 0; index < 7; index++) posts.push(await post(author, `post ${index}`));
  fans.push(...(await Promise.all(Array.from({ length: 5 }, () => join(network.pds)))));
  for (const fan of fans) {
    await write(fan, "app.bsky.feed.like", { subject: posts[0] });
    await write(author, "app.bsky.graph.follow", { subject: fan.did });
    await write(fan, "app.bsky.graph.follow", { subject: author.did });
  }
  await processAll(network);
  proxy = await startFaultProxy(network.pds);
});
afterAll(() => proxy.close());

const uris = (items: readonly { readonly uri: string }[]): string[] => items.map(({ uri }) => uri);
async function all<Item>(walk: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of walk) items.push(item);
  return items;
}

const fanDids = (): string[] => fans.map(({ did }) => did);
const listPosts = (limit: number, client = author.client) =>
  client.com.atproto.repo.listRecords({ repo: author.did, collection, limit, reverse: true });

/** How many requests `walk` made. */
async function requestsOf<Value>(walk: () => Promise<Value>): Promise<{ value: Value; requests: number }> {
  const before = witness.requests.length;
  const value = await walk();
  return { value, requests: witness.requests.length - before };
}

describe("listRecords, which ends with an empty page without cursor", () => {
  test.each([
    [2, [2, 2, 2, 1, 0]],
    [7, [7, 0]],
    [50, [7, 0]],
  ])("with pages of %i", async (limit, sizes) => {
    const { value: pages, requests } = await requestsOf(() => all(listPosts(limit).pages()));
    expect(pages.map(({ records }) => records.length)).toEqual(sizes);
    expect(pages.map(({ cursor }) => cursor !== undefined)).toEqual(sizes.map((size) => size > 0));
    expect(requests).toBe(sizes.length);
    const items = await all(listPosts(limit));
    expect(uris(items)).toEqual(uris(posts));
  });

  test("the other parameters stay, only the cursor changes", async () => {
    const before = witness.requests.length;
    await all(listPosts(3));
    const searches = witness.requests.slice(before).map(({ url }) => url.searchParams);
    expect(searches.map((search) => search.has("cursor"))).toEqual([false, true, true, true]);
    for (const search of searches) {
      search.delete("cursor");
      expect(Object.fromEntries(search)).toEqual({ repo: author.did, collection, limit: "3", reverse: "true" });
    }
  });

  test("a walk from a cursor given by hand goes on from there", async () => {
    const { cursor } = await listPosts(2);
    const rest = await all(
      author.client.com.atproto.repo.listRecords({ repo: author.did, collection, limit: 2, reverse: true, cursor }),
    );
    expect(uris(rest)).toEqual(uris(posts.slice(2)));
  });

  test("break stops asking", async () => {
    const { value: seen, requests } = await requestsOf(async () => {
      const found: string[] = [];
      for await (const { uri } of listPosts(2)) {
        found.push(uri);
        if (found.length === 3) break;
      }
      return found;
    });
    expect(seen).toEqual(uris(posts.slice(0, 3)));
    expect(requests).toBe(2);
  });

  test("by name, typed and untyped, the same items come", async () => {
    const params = { repo: author.did, collection, limit: 4, reverse: true };
    const typed = await all(author.client.get("com.atproto.repo.listRecords", params));
    const name: string = "xrpc/com.atproto.repo.listRecords";
    const untyped = await all(author.client.get(name, params));
    expect(uris(typed)).toEqual(uris(posts));
    expect(untyped).toEqual(typed);
  });
});

describe("lists of the AppView, whose last page has no cursor", () => {
  test("getAuthorFeed, newest first", async () => {
    const items = await all(author.client.app.bsky.feed.getAuthorFeed({ actor: author.did, limit: 2 }));
    expect(uris(items.map((item) => item.post))).toEqual(uris(posts.toReversed()));
    const { requests } = await requestsOf(() =>
      all(author.client.app.bsky.feed.getAuthorFeed({ actor: author.did, limit: 2 }).pages()),
    );
    expect(requests).toBe(4);
  });

  test("getFollows", async () => {
    const items = await all(author.client.app.bsky.graph.getFollows({ actor: author.did, limit: 2 }));
    expect(items.map(({ did }) => did)).toEqual(fanDids().toReversed());
  });

  test("getLikes, without an account at the AppView itself", async () => {
    const client = stranger(network.appview);
    const uri = posts[0]?.uri ?? "";
    const items = await all(client.app.bsky.feed.getLikes({ uri, limit: 2 }));
    expect(items.map(({ actor }) => actor.did)).toEqual(fanDids().toReversed());
    const pages = await all(client.app.bsky.feed.getLikes({ uri, limit: 2 }).pages());
    expect(pages.map(({ likes, cursor }) => [likes.length, cursor !== undefined])).toEqual([
      [2, true],
      [2, true],
      [1, false],
    ]);
  });

  test("listNotifications: five likes and five follows, each once, newest first", async () => {
    const items = await all(author.client.app.bsky.notification.listNotifications({ limit: 3 }));
    expect(new Set(uris(items)).size).toBe(10);
    expect(items.map(({ reason, author: by }) => `${reason} ${by.did}`).toReversed()).toEqual(
      fanDids().flatMap((did) => [`like ${did}`, `follow ${did}`]),
    );
  });
});

/** Waits for the request for a page, the first being 1. */
function onPage(page: number): RequestMatch {
  let seen = 0;
  return { nsid: "com.atproto.repo.listRecords", where: () => ++seen === page };
}

/** The server's page with something in it replaced. */
const edited = (change: object): Fault => ({ kind: "mutate", edit: (page) => ({ ...(page as object), ...change }) });

describe("lists that fail on the way", () => {
  test("an error on page 3 comes after the items of the first two", async () => {
    proxy.next(onPage(3), { kind: "status", status: 502, html: true });
    const seen: string[] = [];
    const walk = async (): Promise<void> => {
      for await (const { uri } of listPosts(2, again(author, { service: proxy.url, retry: false }))) seen.push(uri);
    };
    await expect(walk()).rejects.toThrow(UpstreamError);
    expect(seen).toEqual(uris(posts.slice(0, 4)));
  });

  test("with retries the same error goes unnoticed, and no item comes twice", async () => {
    proxy.next(onPage(3), { kind: "status", status: 502, html: true });
    const client = again(author, { service: proxy.url, retry: { baseDelay: 1 } });
    expect(uris(await all(listPosts(2, client)))).toEqual(uris(posts));
    expect(proxy.pending()).toEqual([]);
  });

  test("a cursor that comes back ends the walk with an error that names it", async () => {
    // With a record: a page that is empty and repeats its cursor is the end of a log.
    const records = [{ ...posts[1], value: {} }];
    proxy.next({ nsid: "listRecords" }, edited({ cursor: "round" }), edited({ cursor: "round", records }));
    const seen: string[] = [];
    const walk = async (): Promise<void> => {
      for await (const { uri } of listPosts(1, again(author, { service: proxy.url }))) seen.push(uri);
    };
    const error: unknown = await walk().then(undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(InvalidResponseError);
    expect(error).toMatchObject({ message: expect.stringContaining('"round"') });
    expect(seen[0]).toBe(posts[0]?.uri);
  });

  test("an empty page with a new cursor does not end the walk", async () => {
    proxy.next(onPage(2), edited({ records: [] }));
    const items = await all(listPosts(3, again(author, { service: proxy.url })));
    expect(uris(items)).toEqual(uris([...posts.slice(0, 3), ...posts.slice(6)]));
  });
});

test("every page was what its lexicon promises", () => {
  expect(witness.violations).toEqual([]);
});
