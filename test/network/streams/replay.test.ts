import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { AppBskyFeedPost } from "../../../src/index.ts";
import { Client, isDeclaredError, StreamError } from "../../../src/index.ts";
import { comAtprotoSyncSubscribeRepos } from "../../../generated/definitions.ts";
import { newWriter, type Writer } from "./world.ts";

describe("the stream of the official PDS", () => {
  const { pds } = inject("network");
  const client = new Client({ storage: ":memory:", logLevel: "error" });
  let writer: Writer;

  beforeAll(async () => {
    writer = await newWriter();
  });
  afterAll(async () => {
    await writer.close();
    await client.close();
  });

  it("replayed from 0: every kind of change, with records equal to those getRecord gives", async () => {
    const { did, client: author } = writer;
    const put = (rkey: string, text: string) =>
      author.com.atproto.repo.putRecord({
        repo: did,
        collection: "app.bsky.feed.post",
        rkey,
        record: { text, createdAt: new Date() },
      });
    await put("3kaaaaaaaaaa2", "first");
    await put("3kaaaaaaaaaa2", "second");
    await author.com.atproto.repo.createRecord({
      repo: did,
      collection: "app.bsky.actor.profile",
      rkey: "self",
      record: { displayName: "Writer" },
    });
    const kept = await author.com.atproto.repo.getRecord({
      repo: did,
      collection: "app.bsky.feed.post",
      rkey: "3kaaaaaaaaaa2",
    });
    await author.com.atproto.repo.deleteRecord({ repo: did, collection: "app.bsky.feed.post", rkey: "3kaaaaaaaaaa2" });

    const seen: [action: string, collection: string, text?: string][] = [];
    const kinds = new Set<string>();
    let post: AppBskyFeedPost.Main | undefined;
    const stream = client.com.atproto.sync.subscribeRepos({ cursor: 0 }, { service: pds, verify: true });
    reading: for await (const event of stream) {
      kinds.add(event.$type);
      if (event.$type !== "com.atproto.sync.subscribeRepos#commit" || event.repo !== did) continue;
      for (const op of event.ops) {
        if (op.action !== "delete" && op.action !== "unreadable" && op.collection === "app.bsky.feed.post") {
          seen.push([op.action, op.collection, op.record.text]);
          post = op.record;
          continue;
        }
        seen.push([op.action, op.collection]);
        if (op.action === "delete") break reading;
      }
    }
    expect(seen).toEqual([
      ["create", "app.bsky.feed.post", "first"],
      ["update", "app.bsky.feed.post", "second"],
      ["create", "app.bsky.actor.profile"],
      ["delete", "app.bsky.feed.post"],
    ]);
    expect(post).toEqual(kept.value);
    expect([...kinds].toSorted()).toEqual(
      expect.arrayContaining(
        ["#account", "#commit", "#identity"].map((kind) => `com.atproto.sync.subscribeRepos${kind}`),
      ),
    );
  });

  it(
    "live, while 1,000 records are written: each once, in the order of the repository, as getRecord gives it",
    { timeout: 120_000 },
    async () => {
      const stop = new AbortController();
      const reader = { begun: false };
      const events: { uri: string; record: unknown; seq: number }[] = [];
      const stream = client.com.atproto.sync.subscribeRepos(
        {},
        { service: pds, collections: ["app.bsky.feed.post"], signal: stop.signal },
      );
      const connected = new Promise<void>((resolve) => stream.on("connect", () => resolve()));
      const tailing = (async () => {
        for await (const event of stream) {
          if (event.$type !== "com.atproto.sync.subscribeRepos#commit" || event.repo !== writer.did) continue;
          for (const op of event.ops) {
            reader.begun = true;
            // What was written before may come, too.
            if (op.action !== "create" || !(op.record as { text: string }).text.startsWith("live")) continue;
            events.push({ uri: op.uri, record: op.record, seq: event.seq });
          }
          if (events.length >= 1000) return;
        }
      })();
      await connected;
      // The server sends what is written after it has taken note of the reader, which is some time after it let him in.
      while (!reader.begun) await writer.write(1, "early");
      const uris = await writer.write(1000, "live", 4);
      await tailing;
      expect(events.map(({ uri }) => uri).toSorted()).toEqual(uris.toSorted());
      const order = events.map(({ seq }) => seq);
      expect(order).toEqual(order.toSorted((a, b) => a - b));
      const listed = new Map<string, unknown>();
      const list = writer.client.com.atproto.repo.listRecords({
        repo: writer.did,
        collection: "app.bsky.feed.post",
        limit: 100,
      });
      for await (const { uri, value } of list) listed.set(uri, value);
      for (const { uri, record } of events) expect(record).toEqual(listed.get(uri));
    },
  );

  it("a cursor from the future is the declared error", async () => {
    const stream = client.com.atproto.sync.subscribeRepos({ cursor: 1_000_000_000 }, { service: pds });
    const error = await stream[Symbol.asyncIterator]()
      .next()
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StreamError);
    expect(isDeclaredError(comAtprotoSyncSubscribeRepos, error) && error.error).toBe("FutureCursor");
  });
});
