import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { inject, onTestFinished, test, expect } from "vitest";
import { RecordConflictError } from "../../../src/index.ts";
import { MemoryStorage } from "../../../src/storage/memory/index.ts";
import { startFaultProxy } from "../../support/servers/fault-proxy.ts";
import { fixture } from "../../unit/media/pictures.ts";
import { clientOf, count, join } from "./world.ts";

const picture = { source: fixture("clean.png"), alt: "A picture" };

test("P1 two clients with empty databases and one key make one post", async () => {
  const alice = await join({ storage: new MemoryStorage() });
  const first = await alice.client.createPost("Good morning", { key: "morning" });
  const other = clientOf(alice, { storage: new MemoryStorage() });
  const again = await other.createPost("Good morning", { key: "morning" });
  expect([again.uri, again.cid, again.existing]).toEqual([first.uri, first.cid, true]);
  // The database knows it from then on.
  const offline = clientOf(alice, { storage: new MemoryStorage(), service: "http://localhost:1", retry: false });
  await expect(offline.createPost("Good morning", { key: "morning" })).rejects.toThrow("localhost");
  expect(await count(alice)).toBe(1);
});

test("P1 two clients with empty databases at the same time make one post, and a thread is one as well", async () => {
  const alice = await join({ storage: new MemoryStorage() });
  const clients = [alice.client, clientOf(alice, { storage: new MemoryStorage() })];
  const posts = await Promise.all(clients.map((client) => client.createPost("at once", { key: "race" })));
  expect(new Set(posts.map(({ uri }) => uri)).size).toBe(1);
  const threads = await Promise.all(clients.map((client) => client.createThread(["one", "two"], { key: "thread" })));
  expect(new Set(threads.flatMap((thread) => thread.posts.map(({ uri }) => uri))).size).toBe(2);
  expect(await count(alice)).toBe(3);
});

test("P1 an empty database finds the newest post of a key that was given to another", async () => {
  const alice = await join({ storage: new MemoryStorage() });
  await alice.client.createPost("one", { key: "k" });
  const second = await alice.client.createPost("two", { key: "k", ifKeyExists: "post" });
  const other = clientOf(alice, { storage: new MemoryStorage() });
  expect((await other.createPost("two", { key: "k" })).uri).toBe(second.uri);
  const third = await other.createPost("three", { key: "k", ifKeyExists: "post" });
  expect([third.existing, third.uri === second.uri]).toEqual([false, false]);
  expect(await count(alice)).toBe(3);
});

test("P2 a key that has its post is looked up before the page, the picture and the video of the new one", async () => {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked++;
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const page = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const alice = await join({ storage: new MemoryStorage(), media: { allowPrivateAddresses: true } });
  const first = await alice.client.createPost("with a card", { key: "card" });
  const options = { key: "card", ifKeyExists: "return", external: page, images: [] } as const;
  expect((await alice.client.createPost("with a card", options)).uri).toBe(first.uri);
  expect(asked).toBe(0);
});

test("E1 a client that fails before sending does not give back a key that another one holds", async () => {
  const storage = new MemoryStorage();
  const alice = await join({ storage });
  const proxy = await startFaultProxy(inject("network").pds);
  onTestFinished(() => proxy.close());
  const slow = clientOf(alice, { storage, service: proxy.url });
  const failing = clientOf(alice, { storage });
  proxy.next({ nsid: "uploadBlob" }, { kind: "delay", delayMs: 1500 });
  const posting = slow.createPost("with a picture", { key: "held", images: [picture] });
  while (!proxy.log.some(({ nsid }) => nsid.endsWith("uploadBlob")))
    await new Promise((resolve) => setTimeout(resolve, 10));
  const controller = new AbortController();
  const aborted = failing.createPost("with a picture", { key: "held", images: [picture], signal: controller.signal });
  controller.abort(new Error("changed my mind"));
  await expect(aborted).rejects.toThrow("changed my mind");
  const again = failing.createPost("with a picture", { key: "held", images: [picture] });
  const posts = await Promise.all([posting, again]);
  expect(new Set(posts.map(({ uri }) => uri)).size).toBe(1);
  expect(await count(alice)).toBe(1);
});

test("E2 of two contents under one key at once one is posted, and the other is told that it was not", async () => {
  const storage = new MemoryStorage();
  const alice = await join({ storage });
  const proxy = await startFaultProxy(inject("network").pds);
  onTestFinished(() => proxy.close());
  const slow = clientOf(alice, { storage, service: proxy.url });
  proxy.next({ nsid: "createRecord" }, { kind: "delay", delayMs: 1000 });
  const late = slow.createPost("Y", { key: "two" }).catch((error: unknown) => error);
  while (!proxy.log.some(({ nsid }) => nsid.endsWith("createRecord")))
    await new Promise((resolve) => setTimeout(resolve, 10));
  const first = await alice.client.createPost("X", { key: "two" });
  expect(first.existing).toBe(false);
  expect(await late).toBeInstanceOf(RecordConflictError);
  // What was written is what the key stands for.
  expect((await alice.client.createPost("X", { key: "two" })).existing).toBe(true);
  await expect(alice.client.createPost("Y", { key: "two" })).rejects.toBeInstanceOf(RecordConflictError);
  expect(await count(alice)).toBe(1);
});

test("E3 a key moves to another post only when that is there", async () => {
  const alice = await join({ storage: new MemoryStorage() });
  const first = await alice.client.createPost("one", { key: "k" });
  const missing = { source: "/nowhere/at/all.png", alt: "x" };
  await expect(alice.client.createPost("two", { key: "k", ifKeyExists: "post", images: [missing] })).rejects.toThrow(
    "nowhere",
  );
  expect((await alice.client.createPost("one", { key: "k" })).uri).toBe(first.uri);
  expect(await count(alice)).toBe(1);
});

test("E4 a picture whose last post was deleted is uploaded again within the call", async () => {
  const alice = await join({ storage: new MemoryStorage() });
  const first = await alice.client.createPost("one", { images: [picture] });
  await alice.client.deletePost(first.uri);
  expect((await alice.client.createPost("two", { images: [picture] })).existing).toBe(false);
  expect(await count(alice)).toBe(1);
});

test("E5 two posts with the same picture at once: one that is aborted does not end the other", async () => {
  const alice = await join({ storage: new MemoryStorage() });
  const controller = new AbortController();
  const first = alice.client.createPost("one", { images: [picture], signal: controller.signal });
  const second = alice.client.createPost("two", { images: [picture] });
  controller.abort(new Error("left"));
  await expect(first).rejects.toThrow("left");
  expect((await second).uri).toMatch(/^at:/);
  expect(await count(alice)).toBe(1);
});

test("B4 a post that is deleted by its handle URI gives its key back", async () => {
  const alice = await join({ storage: new MemoryStorage() });
  const first = await alice.client.createPost("one", { key: "k" });
  const rkey = first.uri.split("/").at(-1) ?? "";
  await alice.client.com.atproto.repo.deleteRecord({ repo: alice.handle, collection: "app.bsky.feed.post", rkey });
  const second = await alice.client.createPost("one", { key: "k" });
  expect(second.existing).toBe(false);
  expect(await count(alice)).toBe(1);
});
