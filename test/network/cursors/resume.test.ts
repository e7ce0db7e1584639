import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as pathOf } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type Client, type PagePromise, ZERO_CURSOR } from "../../../src/index.ts";
import { createStorage } from "../../../src/storage/create.ts";
import type { Storage } from "../../../src/storage/ports/index.ts";
import { again, join, post, stranger, write, type Person, type Ref } from "../endpoints/accounts.ts";
import { processAll } from "../../support/servers/control.ts";
import { createDatabase } from "../../support/servers/postgres.ts";
import { startChatService, type ChatService } from "../../support/stand-ins/chat-service.ts";

const network = inject("network");
const collection = "app.bsky.feed.post";

let chat: ChatService;
beforeAll(async () => {
  chat = await startChatService({ plc: network.plc });
});
afterAll(() => chat.close());

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function first<Item>(count: number, items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) if (found.push(item) === count) break;
  return found;
}

// Pages of two, so that there is more than one.
const downwards = (client: Client) => client.app.bsky.feed.post.list({ limit: 2 });
const feed = (actor: string) => (client: Client) => client.app.bsky.feed.getAuthorFeed({ actor, limit: 2 });
const notifications = (client: Client) => client.app.bsky.notification.listNotifications({ limit: 2 });
const uris = (items: readonly { readonly uri: string }[]): string[] => items.map(({ uri }) => uri);

describe.each(["SQLite", "PostgreSQL"] as const)("on %s", (kind) => {
  const folder = mkdtempSync(pathOf(tmpdir(), "skylex-resume-"));
  const storages: Storage[] = [];
  let drop: (() => Promise<void>) | undefined;
  let storage: () => Storage;
  let author: Person;
  let fan: Person;
  const posts: Ref[] = [];

  beforeAll(async () => {
    let database = pathOf(folder, "r.db");
    if (kind === "PostgreSQL") ({ url: database, drop } = await createDatabase(network.postgresUrl));
    storage = () => {
      const made = createStorage(database, { env: {} });
      storages.push(made);
      return made;
    };
    [author, fan] = await Promise.all([join(network.pds), join(network.pds)]);
    for (let index = 0; index < 5; index++) posts.push(await post(author, `resumable ${author.handle} ${index}`));
    await processAll(network);
  });
  afterAll(async () => {
    for (const made of storages) await made.close();
    await drop?.();
    rmSync(folder, { recursive: true });
  });

  /** Another run of a program: a client of its own, that knows what the database knows. */
  const program = (person: Person): Client =>
    again(person, { service: network.pds, storage: storage(), services: { chat: chat.did } });
  const run = <Item>(list: (client: Client) => PagePromise<unknown, Item>, person = author) =>
    all(list(program(person)).resume());

  test("A8.2 A8.3 A8.17 listRecords upwards, and records of a kind: what was written since, and the page in hand again", async () => {
    const upwards = (client: Client) =>
      client.com.atproto.repo.listRecords({ repo: author.did, collection, limit: 2, reverse: true });
    expect(uris(await first(3, upwards(program(author)).resume()))).toEqual(uris(posts.slice(0, 3)));
    expect(uris(await run(upwards))).toEqual(uris(posts.slice(2)));
    expect(await run(upwards)).toEqual([]);
    expect(uris(await run(downwards))).toEqual(uris(posts).toReversed());
    posts.push(await post(author, "one more"));
    expect(uris(await run(upwards))).toEqual(uris(posts.slice(5)));
    const [record] = await run(downwards);
    expect([record?.uri, record?.value.text]).toEqual([posts[5]?.uri, "one more"]);
    expect(await run(downwards)).toEqual([]);
  });

  test("A8.6 A8.13 getAuthorFeed: new posts and reposts, deleted ones, actors apart, and without an account", async () => {
    const mine = await run(feed(author.did));
    expect(mine.map((item) => item.post.uri)).toEqual(uris(posts.slice(0, mine.length)).toReversed());
    expect(await run(feed(fan.did))).toEqual([]);
    const own = await post(fan, "mine");
    await write(fan, "app.bsky.feed.repost", { subject: posts[0] });
    const newest = posts.pop() as Ref;
    await author.client.app.bsky.feed.post.delete(newest.uri);
    posts.push(await post(author, `resumable ${author.handle} 5`));
    await processAll(network);
    expect((await run(feed(fan.did))).map((item) => item.post.uri)).toEqual([posts[0]?.uri, own.uri]);
    expect((await run(feed(author.did))).map((item) => item.post.uri)).toEqual([posts.at(-1)?.uri]);
    const anonymous = () =>
      all(
        stranger(network.appview, { storage: storage() }).app.bsky.feed.getAuthorFeed({ actor: author.did }).resume(),
      );
    expect(await anonymous()).toHaveLength(posts.length);
    expect(await anonymous()).toEqual([]);
  });

  test("A8.5 A8.13 getFollows and listNotifications: what is new, of each account", async () => {
    const follows = (client: Client) => client.app.bsky.graph.getFollows({ actor: fan.did, limit: 2 });
    const follow = (person: Person) => write(fan, "app.bsky.graph.follow", { subject: person.did });
    const others = await Promise.all([join(network.pds), join(network.pds), join(network.pds)]);
    for (const other of others) await follow(other);
    for (const one of posts.slice(0, 3)) await write(fan, "app.bsky.feed.like", { subject: one });
    await processAll(network);
    expect((await run(follows, fan)).map(({ did }) => did)).toEqual(others.map(({ did }) => did).toReversed());
    expect((await run(notifications)).map(({ reason }) => reason)).toEqual(["like", "like", "like", "repost"]);
    expect(await run(notifications, fan)).toEqual([]);
    await follow(author);
    const { uri } = await write(fan, "app.bsky.feed.like", { subject: posts[4] });
    await processAll(network);
    expect((await run(follows, fan)).map(({ did }) => did)).toEqual([author.did]);
    const oldestFirst = await all(notifications(program(author)).resume(undefined, { order: "oldest" }));
    expect(oldestFirst.map(({ reason }) => reason)).toEqual(["follow", "like"]);
    expect(oldestFirst[1]?.uri).toBe(uri);
    expect(await run(notifications)).toEqual([]);
  });

  test("A8.12 A8.13 searchPosts: some now, the rest later, and then what is new", async () => {
    const search = (client: Client) => client.app.bsky.feed.searchPosts({ q: `resumable ${author.handle}`, limit: 2 });
    const wanted = posts.toReversed();
    const found = await search(program(author)).resume().collect({ limit: 3 });
    expect(uris(found)).toEqual(uris(wanted.slice(0, 3)));
    expect(uris(await run(search))).toEqual(uris(wanted.slice(3)));
    const newer = await post(author, `resumable ${author.handle} 6`);
    await processAll(network);
    expect(uris(await run(search))).toEqual([newer.uri]);
  });

  test("A8.16 a log of 725 entries through the PDS: one page, all the rest, nothing, and all from the zero cursor", async () => {
    const person = await join(network.pds);
    chat.seedLog(person.did, 725);
    const log = () => program(person).chat.bsky.convo.getLog().resume("bot");
    expect(await log().collect({ maxPages: 1 })).toHaveLength(100);
    expect(await log().collect()).toHaveLength(625);
    expect(await log().collect()).toHaveLength(0);
    expect(await program(person).chat.bsky.convo.getLog({ cursor: ZERO_CURSOR }).collect()).toHaveLength(725);
    const [row] = await program(person).cursors.list({ account: person.did });
    expect(row).toMatchObject({ key: "bot", mode: "forward", service: chat.proxy, items: 725 });
  });
});
