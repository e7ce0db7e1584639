import { zstdCompressSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { Client } from "../../../src/client/client.ts";
import { MemoryStorage } from "../../../src/storage/memory/index.ts";
import type { Connection } from "./socket-server.ts";
import { cursorOf, message, startSocketServer } from "./socket-server.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const quick = { reconnect: { baseDelay: 1, maxDelay: 1 } };

async function world(serve: (connection: Connection, index: number) => void) {
  const server = await startSocketServer(serve);
  const storage = new MemoryStorage();
  const fetch = (): Promise<Response> =>
    Promise.resolve(
      Response.json({
        id: "did:plc:labeler",
        service: [{ id: "#atproto_labeler", type: "AtprotoLabeler", serviceEndpoint: server.url }],
      }),
    );
  const services = { jetstream: server.url, relay: server.url };
  const client = new Client({ storage, services, fetch, logLevel: "silent" });
  closing.push(
    () => client.close(),
    () => server.close(),
  );
  return { server, client, storage };
}

const post = (time_us: number, text: string): string =>
  JSON.stringify({
    did: "did:plc:one",
    time_us,
    kind: "commit",
    commit: {
      rev: "3k",
      operation: "create",
      collection: "app.bsky.feed.post",
      rkey: "3k1",
      cid: "bafy",
      record: { text },
    },
  });

describe("client.jetstream", () => {
  it("asks for what is wanted, and goes on over cuts and repeats without either showing", async () => {
    const { server, client, storage } = await world((connection) => {
      const from = cursorOf(connection) ?? 100;
      // The cursor is inclusive, and servers send what lies a little before it too.
      for (let at = from - 3; at < from + 5; at++) connection.socket.send(post(at, `number ${at}`));
      connection.socket.terminate();
    });
    const stream = client.jetstream.subscribe(
      { collections: ["app.bsky.feed.*"], dids: ["did:plc:one"], maxMessageSize: 1000, cursor: 99 },
      quick,
    );
    const texts: string[] = [];
    for await (const event of stream) {
      if (event.kind !== "commit" || event.commit.operation === "delete") continue;
      if (event.commit.collection === "app.bsky.feed.post") texts.push(event.commit.record.text);
      if (texts.length === 12) break;
    }
    expect(texts).toEqual(Array.from({ length: 12 }, (_, index) => `number ${100 + index}`));
    expect(server.connections.map(({ path }) => path)).toEqual(
      [99, 103, 107].map(
        (cursor) =>
          `/subscribe?wantedCollections=app.bsky.feed.*&wantedDids=did%3Aplc%3Aone&maxMessageSizeBytes=1000&cursor=${cursor}`,
      ),
    );
    expect(await storage.cursors.list()).toEqual([]);
  });

  it("keeps its position in microseconds", async () => {
    const start = 1_700_000_000_000_000;
    const { client, storage } = await world(({ socket }) => {
      for (let at = start; at < start + 10; at++) socket.send(post(at, "x"));
    });
    let count = 0;
    for await (const _ of client.jetstream.subscribe({}, quick).resume("js")) if (++count === 5) break;
    expect(await storage.cursors.list()).toEqual([
      expect.objectContaining({ endpoint: "xrpc/jetstream", key: "js", cursor: String(start + 3), items: 4 }),
    ]);
    expect(await client.cursors.get({ endpoint: "jetstream", key: "js" })).toMatchObject({ items: 4, mode: "stream" });
  });

  it("reads messages compressed with the dictionary it is given", async () => {
    const dictionary = new TextEncoder().encode(post(0, "what most messages have in common"));
    const { server, client } = await world(({ socket }) =>
      socket.send(zstdCompressSync(post(5, "packed"), { dictionary })),
    );
    for await (const event of client.jetstream.subscribe({ zstdDictionary: dictionary }, quick)) {
      expect(event).toMatchObject({ time_us: 5, commit: { record: { text: "packed" } } });
      break;
    }
    expect(server.connections[0]?.path).toBe("/subscribe?compress=true");
  });

  it("S3 a message that is not JSON is reported, and the stream goes on", async () => {
    const { client, server } = await world(({ socket }) => {
      socket.send("{");
      socket.send(post(1, "x"));
    });
    const stream = client.jetstream.subscribe({}, quick);
    const skipped: unknown[] = [];
    stream.on("skip", (notice) => void skipped.push(notice));
    for await (const event of stream) {
      expect(event.time_us).toBe(1);
      break;
    }
    expect(server.connections).toHaveLength(1);
    expect(skipped).toEqual([
      { error: expect.objectContaining({ name: "StreamError" }), position: undefined, count: 1 },
    ]);
  });
});

describe("client.labels", () => {
  it("finds the labeler's server by its DID document and streams its labels", async () => {
    const label = { src: "did:plc:labeler", uri: "did:plc:one", val: "spam", cts: "2026-01-01T00:00:00Z" };
    const { client, server } = await world(({ socket }) => {
      socket.send(message("#info", { name: "OutdatedCursor" }));
      socket.send(message("#labels", { seq: 4, labels: [label] }));
    });
    const seen: unknown[] = [];
    for await (const event of client.labels.subscribe({ labeler: "did:plc:labeler", cursor: 0 }, quick)) {
      seen.push(event.$type);
      if (event.$type !== "com.atproto.label.subscribeLabels#labels") continue;
      expect(event.labels).toEqual([label]);
      break;
    }
    expect(seen).toEqual(["com.atproto.label.subscribeLabels#info", "com.atproto.label.subscribeLabels#labels"]);
    expect(server.connections[0]?.path).toBe("/xrpc/com.atproto.label.subscribeLabels?cursor=0");
  });

  it("a stream nobody knows the server of says so", async () => {
    const { client } = await world(() => {});
    const stream = client.chat.bsky.moderation.subscribeModEvents();
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toThrow(/Name it: \{ service/);
  });
});
