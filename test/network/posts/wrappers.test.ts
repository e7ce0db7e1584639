import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { RateLimitExceededError, Client } from "../../../src/index.ts";
import { signUp, type Account } from "../../support/servers/accounts.ts";
import { processAll } from "../../support/servers/control.ts";
import { startChatService, type ChatService } from "../../support/stand-ins/chat-service.ts";
import { startVideoService, type VideoService } from "../../support/stand-ins/video-service.ts";
import { join } from "./world.ts";

// Each method of pysky's client has its counterpart, tried here as its users would.

const network = inject("network");
const post = "app.bsky.feed.post";

let account: Account;
let chat: ChatService;
let video: VideoService;
let client: Client;

beforeAll(async () => {
  const { pds, plc } = network;
  [chat, video] = await Promise.all([startChatService({ plc }), startVideoService({ plc })]);
  account = await signUp(pds);
  client = new Client({
    service: pds,
    identifier: account.handle,
    password: account.password,
    storage: ":memory:",
    logLevel: "silent",
    services: { chat: `${chat.did}#bsky_chat`, video: { url: video.url, did: video.did } },
  });
});
afterAll(() => Promise.all([client.close(), chat.close(), video.close()]));

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe("A16.2", () => {
  test("login gives whose session it is; did and pds name account and server", async () => {
    const { did, handle } = await client.login();
    expect([did, handle]).toEqual([account.did, account.handle]);
    expect([await client.did(), await client.pds()]).toEqual([account.did, network.pds]);
  });

  test("records: create, get, list, put, delete, by collection and by name", async () => {
    const { records } = client;
    const { uri } = await records.create(post, { text: "one", createdAt: new Date() });
    const rkey = uri.slice(`at://${account.did}/${post}/`.length);
    expect((await records.get(post, rkey)).value).toMatchObject({ text: "one" });
    await records.put(post, rkey, { text: "two", createdAt: new Date() });
    expect((await all(records.list(post))).map(({ value }) => value.text)).toEqual(["two"]);
    await records.delete(post, rkey);
    expect(await all(client.app.bsky.feed.post.list())).toEqual([]);
  });

  test("posts: create, get and delete, by record key, URI and URL", async () => {
    for (const name of [
      (uri: string) => uri.slice(uri.lastIndexOf("/") + 1),
      (uri: string) => uri,
      (uri: string) => uri.replace(/^at:\/\/(.+)\/app\.bsky\.feed\.post\//, "https://bsky.app/profile/$1/post/"),
    ]) {
      const { uri, cid } = await client.createPost(`for ${name.toString()}`);
      await processAll(network);
      expect(await client.getPost(name(uri))).toMatchObject({ uri, cid });
      await client.deletePost(name(uri));
      await processAll(network);
      expect(await client.getPost(name(uri))).toBeUndefined();
    }
    expect(await all(client.app.bsky.feed.post.list())).toEqual([]);
  });

  test("follows and blocks, each with a cursor of its own", async () => {
    const [one, two] = await Promise.all([join(), join()]);
    await client.follow(one.handle);
    await client.block(two.did);
    const follows = () => client.app.bsky.graph.follow.list().resume();
    const blocks = () => client.app.bsky.graph.block.list().resume();
    expect((await all(follows())).map(({ value }) => value.subject)).toEqual([one.did]);
    expect((await all(blocks())).map(({ value }) => value.subject)).toEqual([two.did]);
    expect([await all(follows()), await all(blocks())]).toEqual([[], []]);
  });

  test("the log of direct messages from its beginning, and a feed, each read on where it was left", async () => {
    const friend = await join();
    const { convo } = await client.chat.bsky.convo.getConvoForMembers({ members: [friend.did] });
    await client.chat.bsky.convo.sendMessage({ convoId: convo.id, message: { text: "hi" } });
    const log = () => client.chat.bsky.convo.getLog().resume();
    expect((await all(log())).length).toBeGreaterThan(0);
    expect(await all(log())).toEqual([]);

    await client.createPost("read on");
    await processAll(network);
    const feed = () => client.app.bsky.feed.getAuthorFeed({ actor: account.did }).resume();
    expect(await all(feed())).toHaveLength(1);
    expect(await all(feed())).toEqual([]);
  });

  test("profiles are fetched once; one that is not there is undefined to tryGet, also without an account", async () => {
    expect((await client.profiles.get(account.handle)).did).toBe(account.did);
    expect(await client.profiles.tryGet("nobody-at-all.test")).toBeUndefined();
    const anonymous = new Client({ services: { appview: network.appview }, storage: ":memory:", logLevel: "silent" });
    expect((await anonymous.profiles.get(account.did)).handle).toBe(account.handle);
    await anonymous.close();
  });

  test("blobs, service tokens and limits of videos", async () => {
    const { blob } = await client.uploadBlob(new TextEncoder().encode("plain"), { mimeType: "text/plain" });
    expect([blob.mimeType, blob.size]).toEqual(["text/plain", 5]);
    const token = await client.serviceAuth({ aud: network.pdsDid, lxm: "com.atproto.repo.uploadBlob" });
    const [, claims = ""] = token.split(".");
    expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toMatchObject({
      iss: account.did,
      aud: network.pdsDid,
      lxm: "com.atproto.repo.uploadBlob",
    });
    expect((await client.app.bsky.video.getUploadLimits()).canUpload).toBe(true);
  });

  test("of its test client: a stored session not used, and budgets of one's own", async () => {
    const own = new Client({
      service: network.pds,
      identifier: account.handle,
      password: account.password,
      storage: ":memory:",
      logLevel: "silent",
      budget: { hour: 4 },
    });
    await own.login();
    const stored = await own.session.export();
    await own.login(undefined, undefined, { fresh: true });
    expect(await own.session.export()).not.toBe(stored);
    await own.createPost("within");
    await expect(own.createPost("beyond")).rejects.toThrow(RateLimitExceededError);
    await own.close();
  });
});
