import { beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import { SkylexError } from "../../../src/index.ts";
import { startFaultProxy } from "../../support/servers/fault-proxy.ts";
import { seededRandom, type Fault } from "../../support/servers/faults.ts";
import { chain, clientOf, count, join, recordOf, shown, type Person } from "./world.ts";

let alice: Person;
let bob: Person;

beforeAll(async () => {
  [alice, bob] = await Promise.all([join(), join()]);
});

describe("threads appear whole", () => {
  test("a long text, cut where a reader would pause, numbered, below another post", async () => {
    const root = await bob.client.createPost("tell me a story");
    const text = Array.from(
      { length: 40 },
      (_, index) => `This is sentence ${index} of it, see example.com/${index}.`,
    ).join(" ");
    const thread = await alice.client.createPost(text, { thread: { numbered: true }, replyTo: root.uri });
    expect(thread.posts.length).toBeGreaterThan(5);
    const parts = chain(await shown(root.uri, bob.client)).slice(1);
    expect(parts.map(({ post }) => [post.uri, post.cid])).toEqual(thread.posts.map(({ uri, cid }) => [uri, cid]));
    const records = parts.map(recordOf);
    expect(records.map(({ text }) => text.replace(/ \(\d+\/\d+\)$/, "")).join(" ")).toBe(text);
    expect(records.every(({ reply }) => reply?.root.uri === root.uri)).toBe(true);
    for (const { text, facets = [] } of records) {
      for (const { index, features } of facets) {
        const shown = Buffer.from(text).toString("utf8", index.byteStart, index.byteEnd);
        expect(features).toMatchObject([{ uri: `https://${shown}` }]);
      }
    }
  });

  test("one call, one row in the log, whatever its length", async () => {
    const calls = async (): Promise<number> => (await alice.client.log.query({ limit: 1000 })).length;
    const before = await calls();
    await alice.client.createThread(Array.from({ length: 25 }, (_, index) => `part ${index}`));
    expect((await calls()) - before).toBe(1);
  });
});

test("200 threads of 2 to 25 parts, through every kind of fault: each is there whole or not at all", async () => {
  const random = seededRandom(8);
  const faults: readonly (Fault | undefined)[] = [
    undefined,
    { kind: "status", status: 502, html: true },
    { kind: "status", status: 503 },
    { kind: "status", status: 429, headers: { "retry-after": "0" } },
    { kind: "reset" },
    { kind: "resetAfter" },
    { kind: "statusAfter" },
    { kind: "truncate" },
    { kind: "badJson" },
  ];
  const plan = ({ nsid }: { nsid: string }): Fault | undefined =>
    nsid.endsWith("applyWrites") ? faults[Math.floor(random() * faults.length)] : undefined;
  const proxy = await startFaultProxy(inject("network").pds, { plan });
  onTestFinished(() => proxy.close());
  const writers = await Promise.all([join(), join(), join(), join()]);
  const written = new Map<string, number>();
  const failed: unknown[] = [];
  await Promise.all(
    writers.map(async (writer, at) => {
      const client = clientOf(writer, { service: proxy.url, retry: { attempts: 4, baseDelay: 1, maxDelay: 2 } });
      for (let index = 0; index < 50; index++) {
        const parts = 2 + ((index * 4 + at) % 24);
        const texts = Array.from({ length: parts }, (_, part) => `${at}-${index} ${part + 1} of ${parts}`);
        try {
          const thread = await client.createThread(texts);
          expect(thread.posts).toHaveLength(parts);
          for (const { uri, cid } of thread.posts) written.set(`${uri} ${cid}`, parts);
        } catch (error) {
          failed.push(error);
        }
      }
    }),
  );
  // What is there, counted by the name its parts share.
  const threads = new Map<string, { readonly seen: Set<string>; of: number; readonly refs: string[] }>();
  for (const { client, did } of writers) {
    for await (const { uri, cid, value } of client.com.atproto.repo.listRecords({
      repo: did,
      collection: "app.bsky.feed.post",
      limit: 100,
    })) {
      const [, name = "", part = "", of = "0"] =
        /^(\S+) (\d+) of (\d+)$/.exec((value as unknown as { text: string }).text) ?? [];
      const thread = threads.get(name) ?? { seen: new Set(), of: Number(of), refs: [] };
      expect(thread.seen.has(part), `${name} ${part} twice`).toBe(false);
      thread.seen.add(part);
      thread.refs.push(`${uri} ${cid}`);
      threads.set(name, thread);
    }
  }
  for (const [name, { seen, of }] of threads) expect([name, seen.size]).toEqual([name, of]);
  // What was reported as written is there, under the references that were given.
  const there = new Set([...threads.values()].flatMap(({ refs }) => refs));
  expect([...written.keys()].filter((ref) => !there.has(ref))).toEqual([]);
  // A call that failed says whether its thread may be there all the same.
  for (const error of failed) expect(error).toBeInstanceOf(SkylexError);
  const sure = failed.filter((error) => !(error as SkylexError).ambiguous).length;
  expect(threads.size).toBeLessThanOrEqual(200 - sure);
  expect(threads.size).toBeGreaterThan(150);
  expect(proxy.log.length).toBeGreaterThan(250);
}, 120_000);

test("a thread that one part makes impossible is not there at all", async () => {
  const before = await count(alice);
  const bad = {
    text: "two",
    embed: { $type: "app.bsky.embed.record", record: { uri: "nonsense", cid: "nonsense" } },
  } as const;
  await expect(alice.client.createThread(["one", bad, "three"])).rejects.toThrow(/nonsense|Invalid/);
  expect(await count(alice)).toBe(before);
});
