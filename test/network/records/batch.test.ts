import { afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import type { BatchWrites, Client } from "../../../src/index.ts";
import { BatchError, NotAuthenticatedError, RecordConflictError, ValidationError } from "../../../src/index.ts";
import { again, join, rkeyOf, stranger, type Person } from "../endpoints/accounts.ts";
import { startFaultProxy, type FaultProxy } from "../../support/servers/fault-proxy.ts";
import { reasonOf, thing } from "./world.ts";

const { pds } = inject("network");

let alice: Person;
let proxy: FaultProxy;
let client: Client;
beforeAll(async () => {
  alice = await join(pds);
});
beforeEach(async () => {
  proxy = await startFaultProxy(pds);
  client = again(alice, { service: proxy.url, retry: { baseDelay: 1 } });
});
afterEach(async () => {
  await client.close();
  await proxy.close();
});

/** Numbers of writes of the requests that were sent. */
const sizes = (): number[] =>
  proxy.log.flatMap(({ nsid, body }) =>
    nsid.endsWith("applyWrites") ? (JSON.parse(body.toString()) as { writes: unknown[] }).writes.length : [],
  );

async function texts(person: Person): Promise<string[]> {
  const all: string[] = [];
  for await (const { value } of person.client.records.list<{ text: string }>(thing)) all.push(value.text);
  return all.toReversed();
}

const many =
  (count: number, text = "x") =>
  (b: BatchWrites) =>
    Array.from({ length: count }, (_, index) => b.create(thing, { text: `${text}${index}` }));

describe("client.batch", () => {
  test("writes records of several kinds in one request, and gives what each has become, in order", async () => {
    const { post, like, threadgate } = client.app.bsky.feed;
    const old = await alice.client.app.bsky.feed.post.create({ text: "to be liked" });
    const gone = await alice.client.records.create(thing, { text: "gone" });
    const results = await client.batch((b) => {
      const written = b.create(post, { text: "with a gate", createdAt: new Date(1000) });
      return [
        b.delete(thing, gone.uri),
        written,
        // Writes may name each other: the gate has the key of its post.
        b.create(threadgate, { post: written.uri, allow: [] }, { rkey: written.rkey }),
        b.create(like, { subject: { uri: old.uri, cid: old.cid } }),
        b.update(post, old.uri, { text: "liked" }),
        b.create(client.app.bsky.actor.status, { status: "app.bsky.actor.status#live" }),
      ];
    });
    const [deleted, written, gate, liked, changed, status] = results;
    expect(deleted).toEqual({ uri: gone.uri });
    expect(rkeyOf(gate)).toBe(rkeyOf(written));
    expect(changed.uri).toBe(old.uri);
    expect(rkeyOf(status)).toBe("self");
    const direct = alice.client.app.bsky.feed;
    expect(await direct.post.get(written.uri)).toEqual({
      ...written,
      value: { $type: "app.bsky.feed.post", text: "with a gate", createdAt: "1970-01-01T00:00:01.000Z" },
    });
    expect((await direct.threadgate.get(gate.uri)).value.post).toBe(written.uri);
    expect((await direct.like.get(liked.uri)).cid).toBe(liked.cid);
    expect((await direct.post.get(old.uri)).cid).toBe(changed.cid);
    expect(await reasonOf(alice.client.records.get(thing, gone.uri))).toMatchObject({ error: "RecordNotFound" });
    expect(sizes()).toEqual([6]);
  });

  test("is all or none", async () => {
    const person = await join(pds);
    const bad = person.client.batch((b) => [b.create(thing, { text: "a" }), b.update(thing, "missing", { text: "b" })]);
    const error = await reasonOf(bad);
    expect(error).toBeInstanceOf(RecordConflictError);
    expect(error).toMatchObject({ uri: `at://${person.did}/${thing}/missing` });
    expect(await texts(person)).toEqual([]);
  });

  test("of nothing sends nothing", async () => {
    expect(await client.batch(() => [])).toEqual([]);
    expect(sizes()).toEqual([]);
  });

  test("is split at 200 writes, in order", async () => {
    const person = await join(pds);
    const own = again(person, { service: proxy.url });
    const results = await own.batch(many(450));
    expect(sizes()).toEqual([200, 200, 50]);
    expect(results).toHaveLength(450);
    expect(await texts(person)).toEqual(Array.from({ length: 450 }, (_, index) => `x${index}`));
    const { records } = await person.client.records.list(thing, { limit: 1 });
    expect(records).toMatchObject([results.at(-1)]);
  });

  test("is split at 1,000,000 bytes, to the byte", async () => {
    const [first] = await client.batch(many(1));
    const write = { $type: "com.atproto.repo.applyWrites#create", collection: thing, rkey: rkeyOf(first as never) };
    const sized = { ...write, value: { $type: thing, text: "" } };
    const frame = JSON.stringify({ repo: alice.did, writes: [sized, sized] }).length;
    const text = "ä".repeat((1_000_000 - frame) / 4);
    const rest = "x".repeat(1_000_000 - frame - 4 * text.length);
    await client.batch((b) => [b.create(thing, { text }), b.create(thing, { text: text + rest })]);
    expect(sizes().slice(1)).toEqual([2]);
    expect(proxy.log.at(-1)).toMatchObject({ serverStatus: 200 });
    expect(proxy.log.at(-1)?.body).toHaveLength(1_000_000);
    await client.batch((b) => [b.create(thing, { text }), b.create(thing, { text: `${text}${rest}x` })]);
    expect(sizes().slice(2)).toEqual([1, 1]);
  });

  test("that fails in a later request tells what is stored and what is not", async () => {
    const person = await join(pds);
    const own = again(person, { service: proxy.url });
    proxy.next({ nsid: "applyWrites" }, { kind: "delay", delayMs: 0 }, { kind: "status", status: 403, error: "No" });
    const error = await reasonOf(own.batch(many(450)));
    expect(error).toBeInstanceOf(BatchError);
    const { stored, failed, unsent, ambiguous, cause } = error as BatchError;
    expect([stored.length, failed.length, unsent.length, ambiguous]).toEqual([200, 200, 50, false]);
    expect(cause).toMatchObject({ status: 403 });
    expect(await texts(person)).toHaveLength(200);
    for await (const { uri, cid } of person.client.records.list(thing)) expect(stored).toContainEqual({ uri, cid });
    expect(new Set([...stored.map(({ uri }) => uri), ...failed, ...unsent]).size).toBe(450);
  });

  test("whose later request gets lost says so", async () => {
    proxy.next({ nsid: "applyWrites" }, { kind: "delay", delayMs: 0 }, { kind: "resetAfter" });
    proxy.next({ nsid: "getRecord" }, { kind: "status", status: 501 });
    const error = await reasonOf(client.batch(many(201), { retry: { attempts: 1 } }));
    expect(error).toBeInstanceOf(BatchError);
    expect(error).toMatchObject({ ambiguous: true, failed: [expect.stringContaining(thing)], unsent: [] });
  });

  test("is settled when an answer gets lost", async () => {
    const person = await join(pds);
    const own = again(person, { service: proxy.url, retry: { baseDelay: 1 } });
    proxy.next({ nsid: "applyWrites" }, { kind: "reset" }, { kind: "statusAfter" }, { kind: "badJson" });
    const results = await own.batch(many(250));
    const found = new Map<string, string>();
    for await (const { uri, cid } of person.client.records.list(thing)) found.set(uri, cid);
    expect(results.map(({ uri, cid }) => [uri, cid])).toEqual([...found].toReversed());
    expect(sizes()).toEqual([200, 200, 50]);
  });
});

describe("refused before anything is sent", () => {
  test.each<readonly [name: string, batch: (by: Client) => Promise<unknown>]>([
    ["more than 200 writes where one request is wanted", (by) => by.batch(many(201), { atomic: true })],
    ["more than 200 writes onto one commit", (by) => by.batch(many(201), { swapCommit: "bafy" })],
    ["two writes of one record", (by) => by.batch((b) => [b.delete(thing, "a"), b.update(thing, "a", {})])],
    ["a record that is too large", (by) => by.batch((b) => [b.create(thing, { text: "x".repeat(1_000_000) })])],
    ["what JSON cannot hold", (by) => by.batch((b) => [b.create(thing, { f: () => 1 })])],
    ["a record of another repository", (by) => by.batch((b) => [b.delete(thing, `at://did:plc:other/${thing}/a`)])],
    ["a key that is needed", (by) => by.batch((b) => [b.create(by.com.atproto.lexicon.schema, { lexicon: 1 })])],
  ])("%s", async (_, batch) => {
    const error = await reasonOf(batch(client));
    expect(error).toBeInstanceOf(ValidationError);
    expect((error as Error).message).toContain("Nothing was sent.");
    expect(sizes()).toEqual([]);
  });

  test("A16.5 a batch without an account", async () => {
    expect(await reasonOf(stranger(pds).batch(many(1)))).toBeInstanceOf(NotAuthenticatedError);
  });
});

test("a batch onto the newest commit is written, and onto an older one refused", async () => {
  const { commit } = await alice.client.records.create(thing, { text: "newest" });
  await client.batch(many(2), { swapCommit: commit?.cid });
  expect(await reasonOf(client.batch(many(2), { swapCommit: commit?.cid }))).toMatchObject({ error: "InvalidSwap" });
});
