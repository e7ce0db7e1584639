import { afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import type { Client } from "../../../src/index.ts";
import { RecordConflictError, UnsettledError, XrpcError } from "../../../src/index.ts";
import { again, rkeyOf, type Person } from "../endpoints/accounts.ts";
import { startFaultProxy, type FaultProxy } from "../../support/servers/fault-proxy.ts";
import type { Fault } from "../../support/servers/faults.ts";
import { fresh, newPerson, openWorld, reasonOf, thing, type World } from "./world.ts";

const { pds } = inject("network");
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

const apply = (action: string, rkey: string, value?: object): never =>
  ({ $type: `com.atproto.repo.applyWrites#${action}`, collection: thing, rkey, value }) as never;

describe("writes that cannot be", () => {
  test("a key that is taken: the server's 500 becomes what it means, after one request", async () => {
    const { uri, cid } = await direct.records.create(thing, { text: fresh() });
    const error = await reasonOf(client.records.create(thing, { text: fresh() }, { rkey: rkeyOf({ uri }) }));
    expect(error).toBeInstanceOf(RecordConflictError);
    expect(error).toMatchObject({ uri, cid, ambiguous: false, retryable: false, attempts: 1 });
    expect((error as Error).message).toContain(uri);
    expect(world.sent("createRecord")).toBe(1);
  });

  test("a key that is taken by the very same record is no error", async () => {
    const text = fresh();
    const first = await direct.records.create(thing, { text });
    expect(await client.records.create(thing, { text }, { rkey: rkeyOf(first) })).toEqual({
      uri: first.uri,
      cid: first.cid,
    });
  });

  test.each(["update", "delete"])(
    "a batch with a record to %s that is not there, and nothing of it is written",
    async (verb) => {
      const text = fresh();
      const { uri } = await direct.records.create(thing, { text: fresh() });
      const present = rkeyOf({ uri });
      const lists = [
        [apply("create", fresh().replace(" ", "-"), { text }), apply(verb, "missing", { text })],
        [apply("delete", present), apply(verb, "missing", { text })],
      ];
      for (const writes of lists) {
        const error = await reasonOf(client.com.atproto.repo.applyWrites({ repo: person.did, writes }));
        expect(error).toBeInstanceOf(RecordConflictError);
        expect(error).toMatchObject({ uri: `at://${person.did}/${thing}/missing`, cid: undefined, attempts: 1 });
      }
      expect(await world.found(text)).toEqual([]);
      expect(await direct.records.get(thing, uri)).toHaveProperty("cid");
    },
  );

  test("a commit that is no longer the newest: refused, also when an earlier request got lost", async () => {
    const { commit } = await direct.records.create(thing, { text: fresh() });
    await direct.records.create(thing, { text: fresh() });
    proxy.next({ nsid: "createRecord" }, { kind: "reset" });
    const text = fresh();
    const error = await reasonOf(client.records.create(thing, { text }, { swapCommit: commit?.cid }));
    expect(error).toBeInstanceOf(XrpcError);
    expect(error).toMatchObject({ error: "InvalidSwap", ambiguous: false });
    expect(await world.found(text)).toEqual([]);
  });

  test("a commit that this very write has replaced: written", async () => {
    const { commit } = await direct.records.create(thing, { text: fresh() });
    proxy.next({ nsid: "applyWrites" }, { kind: "resetAfter" });
    proxy.next({ nsid: "getRecord" }, { kind: "status", status: 501 });
    const text = fresh();
    const { results } = await client.com.atproto.repo.applyWrites({
      repo: person.did,
      swapCommit: commit?.cid,
      writes: [{ $type: "com.atproto.repo.applyWrites#create", collection: thing, value: { text } }],
    });
    expect(results).toMatchObject(await world.found(text));
    expect(world.sent("applyWrites")).toBe(2);
  });

  test("a version that somebody else has replaced meanwhile: nobody can tell, and nothing is overwritten", async () => {
    const before = await direct.records.create(thing, { text: fresh() });
    const other = fresh();
    proxy.next({ nsid: "putRecord" }, { kind: "reset" });
    const { cid } = await direct.records.put(thing, before.uri, { text: other });
    const put = client.records.put(thing, before.uri, { text: fresh() }, { swapRecord: before.cid });
    const error = await reasonOf(put);
    expect(error).toBeInstanceOf(UnsettledError);
    expect(error).toMatchObject({ uris: [before.uri], ambiguous: true });
    expect(await world.found(other)).toEqual([{ uri: before.uri, cid }]);
  });
});

describe("A12.10 what stays open", () => {
  test("after all attempts: the error is ambiguous and names the record, and the row says unknown", async () => {
    await using logged = world.another({ storage: ":memory:" });
    const lost: Fault = { kind: "status", status: 502, html: true };
    proxy.next({ nsid: "createRecord" }, lost, lost, lost, lost);
    const error = await reasonOf(logged.records.create(thing, { text: fresh() }));
    expect(error).toBeInstanceOf(UnsettledError);
    expect(error).toMatchObject({ ambiguous: true, retryable: false, attempts: 4, cause: { status: 502 } });
    const [uri = ""] = (error as UnsettledError).uris;
    expect(uri).toMatch(new RegExp(`^at://${person.did}/${thing}/[2-7a-z]{13}$`));
    expect((error as Error).message).toContain(uri);
    const rows = await logged.log.query({ order: "oldest" });
    expect(rows.map(({ endpoint, state }) => `${endpoint.slice("xrpc/com.atproto.repo.".length)} ${state}`)).toEqual([
      "createRecord unknown",
      ...Array.from({ length: 4 }, () => "getRecord done"),
    ]);
    // A12.8
    expect(rows[0]).toMatchObject({ attempts: 4, subjectUri: uri, writeOpPointsConsumed: 12 });
    expect(rows[0]?.attemptLog?.map(({ status }) => status)).toEqual([502, 502, 502, 502]);
    expect((error as UnsettledError).logId).toBe(rows[0]?.id);
  });

  test("when nothing may be repeated: one request, and no look", async () => {
    proxy.next({ nsid: "createRecord" }, { kind: "resetAfter" });
    const text = fresh();
    const error = await reasonOf(client.records.create(thing, { text }, { retry: false }));
    expect(error).toBeInstanceOf(UnsettledError);
    expect((error as UnsettledError).uris).toEqual((await world.found(text)).map(({ uri }) => uri));
    expect(proxy.log).toHaveLength(1);
  });

  test("when one attempt is all: it is looked, and not sent again", async () => {
    proxy.next({ nsid: "createRecord" }, { kind: "resetAfter" }, { kind: "reset" });
    const options = { retry: { attempts: 1 } };
    expect(await client.records.create(thing, { text: fresh() }, options)).toHaveProperty("uri");
    const error = await reasonOf(client.records.create(thing, { text: fresh() }, options));
    expect(error).toBeInstanceOf(UnsettledError);
    expect(world.sent("createRecord")).toBe(2);
  });

  test("when the server cannot be reached any more after a lost answer", async () => {
    const { proxy: gone, client: stranded } = await strandedClient();
    gone.next({ nsid: "createRecord" }, { kind: "reset" });
    const call = reasonOf(stranded.records.create(thing, { text: fresh() }));
    await untilSent(gone);
    await gone.close();
    const error = await call;
    expect(error).toBeInstanceOf(UnsettledError);
    expect((error as UnsettledError).ambiguous).toBe(true);
  });
});

async function strandedClient(): Promise<{ proxy: FaultProxy; client: Client }> {
  const gone = await startFaultProxy(pds);
  return { proxy: gone, client: again(person, { service: gone.url, retry: { baseDelay: 100 } }) };
}

async function untilSent({ log }: FaultProxy): Promise<void> {
  while (log.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}

describe("what may be done twice", () => {
  test("a put over any version, a delete and an upload are repeated without a look", async () => {
    const { uri } = await direct.records.create(thing, { text: fresh() });
    proxy.next({ nsid: "putRecord" }, { kind: "resetAfter" }, { kind: "badJson" });
    const text = fresh();
    await client.records.put(thing, uri, { text });
    expect(await world.found(text)).toHaveLength(1);
    proxy.next({ nsid: "deleteRecord" }, { kind: "statusAfter" });
    expect(await client.records.delete(thing, uri)).toEqual({});
    proxy.next({ nsid: "uploadBlob" }, { kind: "truncate" });
    const { blob } = await client.com.atproto.repo.uploadBlob(new Uint8Array(10));
    expect(blob.size).toBe(10);
    const verbs = ["putRecord", "deleteRecord", "uploadBlob", "getRecord"];
    expect(verbs.map((verb) => world.sent(verb))).toEqual([3, 2, 2, 0]);
  });

  test("a wrong token on an upload, which the server fails at for ever, ends after the attempts there are", async () => {
    const wrong = again({ ...person, accessToken: "garbage" }, { service: proxy.url, retry: { baseDelay: 1 } });
    const error = await reasonOf(wrong.com.atproto.repo.uploadBlob(new Uint8Array(10)));
    expect(error).toMatchObject({ status: 500, ambiguous: true, attempts: 4 });
  });

  test("a cursor that makes the AppView fail for ever ends so, too", async () => {
    const list = client.app.bsky.feed.getTimeline({ cursor: "garbage" });
    expect(await reasonOf(list)).toMatchObject({ status: 502, attempts: 4 });
  });
});

test("an abort ends the settling at once", async () => {
  proxy.next({ nsid: "createRecord" }, { kind: "resetAfter" });
  proxy.next({ nsid: "getRecord" }, { kind: "hang" });
  const controller = new AbortController();
  const call = reasonOf(client.records.create(thing, { text: fresh() }, { signal: controller.signal }));
  while (world.sent("getRecord") === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  const reason = new Error("the user left");
  controller.abort(reason);
  expect(await call).toBe(reason);
});

test("update() under lost answers changes once", async () => {
  const { uri } = await direct.records.create(thing, { count: 0 });
  proxy.next({ nsid: "putRecord" }, { kind: "resetAfter" }, { kind: "reset" }, { kind: "statusAfter" });
  for (let n = 0; n < 3; n++) {
    await client.records.update<{ count: number }>(thing, uri, ({ count }) => ({ count: count + 1 }));
  }
  expect((await direct.records.get(thing, uri)).value).toMatchObject({ count: 3 });
});
