import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Client } from "../../../src/index.ts";
import { rkeyOf, type Person } from "../endpoints/accounts.ts";
import type { FaultProxy } from "../../support/servers/fault-proxy.ts";
import type { Fault } from "../../support/servers/faults.ts";
import { fresh, newPerson, openWorld, reasonOf, thing, type World } from "./world.ts";

let person: Person;
let world: World;
let proxy: FaultProxy;
let direct: Client;
let client: Client;
beforeAll(async () => {
  person = await newPerson();
});
beforeEach(async () => {
  world = await openWorld(person);
  ({ proxy, direct, client } = world);
});
afterEach(() => world.close());

/** Faults that leave open whether the server acted. */
const faults: readonly (readonly [name: string, fault: Fault, written: boolean])[] = [
  ["502 with an HTML page", { kind: "status", status: 502, html: true }, false],
  ["500 of the server", { kind: "status", status: 500, error: "InternalServerError" }, false],
  ["408", { kind: "status", status: 408, error: "RequestTimeout" }, false],
  ["504 after the server has done it", { kind: "statusAfter" }, true],
  ["a reset before the server saw it", { kind: "reset" }, false],
  ["a reset after the server has done it", { kind: "resetAfter" }, true],
  ["an answer cut off in the middle", { kind: "truncate" }, true],
  ["JSON that breaks off", { kind: "badJson" }, true],
  ["no answer, and nothing done", { kind: "hang" }, false],
  ["no answer, but it is done", { kind: "delayAfter", ms: 60_000 }, true],
];

describe("A12.5 A13.16 one call writes one record", () => {
  test.each(faults)("createRecord after %s", async (_, fault, isWritten) => {
    proxy.next({ nsid: "createRecord" }, fault);
    const text = fresh();
    const { uri, cid } = await client.records.create(thing, { text });
    expect(await world.found(text)).toEqual([{ uri, cid }]);
    expect(world.sent("createRecord")).toBe(isWritten ? 1 : 2);
    expect(world.sent("getRecord")).toBe(1);
  });

  test.each(faults)("applyWrites after %s", async (_, fault, isWritten) => {
    const [old, gone] = await Promise.all([
      direct.records.create(thing, { text: fresh() }),
      direct.records.create(thing, { text: fresh() }),
    ]);
    proxy.next({ nsid: "applyWrites" }, fault);
    const [text, changed] = [fresh(), fresh()];
    const { results } = await client.com.atproto.repo.applyWrites({
      repo: person.handle,
      writes: [
        { $type: "com.atproto.repo.applyWrites#delete", collection: thing, rkey: rkeyOf(gone) },
        { $type: "com.atproto.repo.applyWrites#create", collection: thing, value: { text } },
        {
          $type: "com.atproto.repo.applyWrites#update",
          collection: thing,
          rkey: rkeyOf(old),
          value: { text: changed },
        },
      ],
    });
    const [created] = await world.found(text);
    const [updated] = await world.found(changed);
    expect(updated?.uri).toBe(old.uri);
    expect(results).toMatchObject([
      { $type: "com.atproto.repo.applyWrites#deleteResult" },
      { $type: "com.atproto.repo.applyWrites#createResult", ...created },
      { $type: "com.atproto.repo.applyWrites#updateResult", ...updated },
    ]);
    expect(await world.found(text)).toHaveLength(1);
    expect(await reasonOf(direct.records.get(thing, gone.uri))).toMatchObject({ error: "RecordNotFound" });
    expect(world.sent("applyWrites")).toBe(isWritten ? 1 : 2);
  });

  test.each(faults)("putRecord over one version, after %s", async (_, fault, isWritten) => {
    const before = await direct.records.create(thing, { text: fresh() });
    proxy.next({ nsid: "putRecord" }, fault);
    const text = fresh();
    const { uri, cid } = await client.records.put(thing, before.uri, { text }, { swapRecord: before.cid });
    expect(uri).toBe(before.uri);
    expect(await world.found(text)).toEqual([{ uri, cid }]);
    expect(world.sent("putRecord")).toBe(isWritten ? 1 : 2);
  });

  test("all answers are lost, before and after the write", async () => {
    proxy.next({ nsid: "createRecord" }, { kind: "reset" }, { kind: "statusAfter" });
    proxy.next({ nsid: "getRecord" }, { kind: "truncate" }, { kind: "statusAfter" });
    const text = fresh();
    const { uri, cid } = await client.records.create(thing, { text });
    expect(await world.found(text)).toEqual([{ uri, cid }]);
  });

  test("the first request arrives after the second was sent", async () => {
    // The server refuses the second with 500, because the key is taken by then.
    proxy.next({ nsid: "createRecord" }, { kind: "delay", delayMs: 1500 }, { kind: "delay", delayMs: 750 });
    const text = fresh();
    const { uri, cid } = await client.records.create(thing, { text });
    expect(await world.found(text)).toEqual([{ uri, cid }]);
  });

  test("a like stays one like, and replaces an older one of the same subject", async () => {
    const { uri, cid } = await direct.app.bsky.feed.post.create({ text: "liked" });
    await direct.app.bsky.feed.like.create({ subject: { uri, cid } });
    proxy.next({ nsid: "createRecord" }, { kind: "reset" }, { kind: "resetAfter" });
    const like = await client.app.bsky.feed.like.create({ subject: { uri, cid } });
    expect((await direct.app.bsky.feed.like.list()).records.map((record) => record.uri)).toEqual([like.uri]);
  });

  test("what holds bytes, links, blobs and odd texts is recognised", async () => {
    const { blob } = await direct.com.atproto.repo.uploadBlob(new Uint8Array([1, 2, 3]));
    const other = await direct.app.bsky.feed.post.create({ text: "linked" });
    const value = {
      zulu: [1, -1, 0, 2 ** 40, true, null, { ä: "ö", a: "\u{1f600}", aa: "", b: [] }],
      bytes: new Uint8Array([0, 255, 1]),
      link: { $link: other.cid },
      blob,
      at: new Date(0),
      left: undefined,
    };
    proxy.next({ nsid: "createRecord" }, { kind: "statusAfter" });
    const { uri, cid } = await client.records.create(thing, value);
    expect((await direct.records.get(thing, uri)).cid).toBe(cid);
    expect(world.sent("createRecord")).toBe(1);
  });

  test("low-level calls and calls by name are settled alike", async () => {
    proxy.next({ nsid: "createRecord" }, { kind: "statusAfter" }, { kind: "resetAfter" });
    const text = fresh();
    const input = { repo: person.did, collection: thing, record: { text } };
    await client.com.atproto.repo.createRecord(input);
    await client.post("com.atproto.repo.createRecord", input);
    expect(await world.found(text)).toHaveLength(2);
    expect(world.sent("createRecord")).toBe(2);
  });
});
