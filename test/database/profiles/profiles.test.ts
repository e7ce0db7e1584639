import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { AuthenticationError, NetworkError, XrpcError } from "../../../src/index.ts";
import { Profiles } from "../../../src/profiles/profiles.ts";
import { createStorage } from "../../../src/storage/create.ts";
import type { Storage } from "../../../src/storage/ports/index.ts";
import { MemoryStorage } from "../../../src/storage/memory/index.ts";
import type { FakeClock } from "../../support/fakes/fake-clock.ts";
import type { ScriptedFetch, Step } from "../../support/fakes/scripted-fetch.ts";
import { networkFailure, refusal } from "../../support/fakes/scripted-fetch.ts";
import { testClient } from "../../support/fakes/test-client.ts";
import { createDatabase, openPostgres, type PostgresServer } from "../../support/servers/postgres.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await openPostgres();
}, 60_000);
afterAll(() => server.stop());

const storages: Readonly<Record<string, (now: () => number) => Promise<Storage>>> = {
  memory: async (now) => new MemoryStorage({ now }),
  SQLite: async (now) => createStorage(":memory:", { now, env: {} }),
  PostgreSQL: async (now) => {
    const { url, drop } = await createDatabase(server.url);
    onTestFinished(drop);
    return createStorage(url, { now, env: {} });
  },
};

interface Given {
  readonly profiles: Profiles;
  readonly fetch: ScriptedFetch;
  readonly clock: FakeClock;
}

async function given(kind: string, steps: readonly Step[], viewer?: string): Promise<Given> {
  const { client, fetch, clock } = testClient(steps, { retry: false, logLevel: "silent" });
  const storage = await (storages[kind] as (now: () => number) => Promise<Storage>)(() => clock.now());
  onTestFinished(() => storage.close());
  const config = { call: client.call, store: async () => storage.profiles, clock, viewer: async () => viewer };
  return { profiles: new Profiles(config), fetch, clock };
}

const profile = (name: string, more: object = {}): object => ({
  did: `did:plc:${name}`,
  handle: `${name}.test`,
  ...more,
});
const answer = (name: string, more?: object): Response => Response.json(profile(name, more));
const failure = (promise: Promise<unknown>): Promise<unknown> => promise.then(undefined, (error: unknown) => error);
const second = 1000;

describe.each(Object.keys(storages))("profiles in %s", (kind) => {
  test("A9.1 by DID, then by handle: one request", async () => {
    const { profiles, fetch } = await given(kind, [answer("alice", { followersCount: 3, displayName: "Alice" })]);
    const first = await profiles.get("did:plc:alice");
    expect(await profiles.get("alice.test")).toEqual(first);
    expect(await profiles.get("ALICE.test")).toEqual(first);
    expect(first).toMatchObject({
      did: "did:plc:alice",
      handle: "alice.test",
      followersCount: 3,
      displayName: "Alice",
    });
    expect(fetch.requests).toHaveLength(1);
  });

  test("A9.2 refresh asks again and updates the row in place", async () => {
    const { profiles, fetch } = await given(kind, [answer("alice"), answer("alice", { postsCount: 9 })]);
    const before = await profiles.get("alice.test");
    const after = await profiles.get("alice.test", { refresh: true });
    expect(fetch.requests).toHaveLength(2);
    expect([before.postsCount, after.postsCount]).toEqual([null, 9]);
    expect(after.id).toBe(before.id);
  });

  test("B5 a refusal that says nothing of the account is not remembered as one that does", async () => {
    const page = new Response("<html>Bad Request</html>", { status: 400, headers: { "content-type": "text/html" } });
    const { profiles, fetch } = await given(kind, [page, refusal(400, "SomethingElse"), answer("alice")]);
    expect(await failure(profiles.get("alice.test"))).toBeInstanceOf(XrpcError);
    expect(await failure(profiles.tryGet("alice.test"))).toBeInstanceOf(XrpcError);
    expect((await profiles.get("alice.test")).did).toBe("did:plc:alice");
    expect(fetch.requests).toHaveLength(3);
  });

  test("B6 who is asked for and not given is not there, whatever is stored of him", async () => {
    const both = { profiles: [profile("alice"), profile("bob")] };
    const { profiles, clock } = await given(kind, [
      Response.json(both),
      Response.json({ profiles: [profile("bob")] }),
      Response.json({ profiles: [profile("bob")] }),
    ]);
    const names = ["alice.test", "did:plc:bob"];
    const dids = async (options?: object): Promise<unknown> =>
      (await profiles.getMany(names, options)).map((row) => row?.did);
    expect(await dids()).toEqual(["did:plc:alice", "did:plc:bob"]);
    expect(await dids({ refresh: true })).toEqual([undefined, "did:plc:bob"]);
    await clock.run(new Promise<void>((resolve) => void clock.after(60 * second, resolve)));
    expect(await dids({ maxAge: second })).toEqual([undefined, "did:plc:bob"]);
  });

  test("B25 what is neither a handle nor a DID is undefined, and the others are asked for", async () => {
    const { profiles, fetch } = await given(kind, [Response.json({ profiles: [profile("alice")] })]);
    const names = ["not a handle", "@alice.test", "", "did:", "a".repeat(300), "alice"];
    expect((await profiles.getMany(names)).map((row) => row?.did)).toEqual([
      undefined,
      "did:plc:alice",
      ...Array(4).fill(undefined),
    ]);
    expect(fetch.requests.map(({ url }) => url.searchParams.getAll("actors"))).toEqual([["alice.test"]]);
    expect(await profiles.getMany(["not a handle"])).toEqual([undefined]);
    expect(fetch.requests).toHaveLength(1);
  });

  test("a profile older than maxAge is asked for again", async () => {
    const { profiles, fetch, clock } = await given(kind, [answer("alice"), answer("alice", { postsCount: 9 })]);
    await profiles.get("alice.test");
    clock.after(60 * second, () => undefined);
    await clock.run(new Promise<void>((resolve) => void clock.after(60 * second, resolve)));
    expect((await profiles.get("alice.test", { maxAge: 61 * second })).postsCount).toBeNull();
    expect((await profiles.get("alice.test", { maxAge: 59 * second })).postsCount).toBe(9);
    expect(fetch.requests).toHaveLength(2);
  });

  test("A9.3 a handle may be written with @", async () => {
    const { profiles, fetch } = await given(kind, [answer("alice")]);
    await profiles.get("@alice.test");
    await profiles.get("alice.test");
    expect(fetch.requests.map(({ url }) => url.searchParams.get("actor"))).toEqual(["alice.test"]);
  });

  test.each([
    ["AccountTakedown", "did:plc:gone"],
    ["AccountDeactivated", "gone.test"],
    ["InvalidRequest", "nobody.test"],
  ])("A9.4 %s is thrown now and from the cache, as the same typed error", async (name, actor) => {
    const { profiles, fetch } = await given(kind, [refusal(400, name)]);
    const errors = [await failure(profiles.get(actor)), await failure(profiles.get(actor))];
    for (const error of errors) {
      expect(error).toBeInstanceOf(XrpcError);
      expect(error).toMatchObject({ name: "XrpcError", error: name, status: 400, nsid: "app.bsky.actor.getProfile" });
    }
    expect(await profiles.tryGet(actor)).toBeUndefined();
    expect(fetch.requests).toHaveLength(1);
  });

  test("A9.5 recovery clears the error: when it is asked for, and after an hour", async () => {
    const { profiles, fetch, clock } = await given(kind, [refusal(400, "AccountTakedown"), answer("alice")]);
    await failure(profiles.get("alice.test"));
    expect((await profiles.get("alice.test", { refresh: true })).error).toBeNull();
    expect((await profiles.get("alice.test")).did).toBe("did:plc:alice");
    expect(fetch.requests).toHaveLength(2);

    const other = await given(kind, [refusal(400, "AccountTakedown"), answer("bob")]);
    await failure(other.profiles.get("bob.test"));
    await other.clock.run(new Promise<void>((resolve) => void other.clock.after(3601 * second, resolve)));
    expect((await other.profiles.get("bob.test")).did).toBe("did:plc:bob");
    expect(clock.pending).toBe(0);
  });

  test("an account that is suspended later raises, and keeps its row", async () => {
    const { profiles } = await given(kind, [answer("alice"), refusal(400, "AccountTakedown"), answer("alice")]);
    const { id } = await profiles.get("alice.test");
    await failure(profiles.get("alice.test", { refresh: true }));
    expect(await failure(profiles.get("did:plc:alice"))).toMatchObject({ error: "AccountTakedown" });
    expect((await profiles.get("alice.test", { refresh: true })).id).toBe(id);
  });

  test("A9.6 a profile of only DID and handle is a profile; so is one whose handle does not resolve", async () => {
    const { profiles } = await given(kind, [
      answer("alice"),
      Response.json({ did: "did:plc:b", handle: "handle.invalid" }),
    ]);
    expect(await profiles.get("alice.test")).toMatchObject({ displayName: null, followersCount: null, labels: [] });
    expect(await profiles.get("did:plc:b")).toMatchObject({ did: "did:plc:b", handle: null });
  });

  test("A9.7 a handle that moves to another account is that account's", async () => {
    const { profiles } = await given(kind, [
      answer("alice"),
      Response.json({ did: "did:plc:heir", handle: "alice.test" }),
      Response.json({ did: "did:plc:alice", handle: "alice2.test" }),
    ]);
    const old = await profiles.get("alice.test");
    const heir = await profiles.get("did:plc:heir");
    expect((await profiles.get("alice.test")).did).toBe("did:plc:heir");
    expect(heir.id).not.toBe(old.id);
    expect(await profiles.get("did:plc:alice", { refresh: true })).toMatchObject({ id: old.id, handle: "alice2.test" });
  });

  test("A9.8 any createdAt can be stored", async () => {
    const { profiles } = await given(kind, [
      answer("old", { createdAt: "0001-01-01T00:00:00.000Z" }),
      answer("older", { createdAt: "-000753-04-21T00:00:00.000Z" }),
      answer("odd", { createdAt: "yesterday" }),
    ]);
    expect((await profiles.get("old.test")).createdAt).toBe(Date.parse("0001-01-01T00:00:00.000Z"));
    expect((await profiles.get("older.test")).createdAt).toBe(Date.parse("0001-01-01T00:00:00.000Z"));
    expect((await profiles.get("odd.test")).createdAt).toBeNull();
  });

  test("A9.9 sixty actors: three requests, order kept, no more when all are known", async () => {
    const names = Array.from({ length: 60 }, (_, index) => `actor${index}`);
    const { profiles, fetch } = await given(kind, [
      ({ url }) => {
        const asked = url.searchParams.getAll("actors").filter((actor) => actor !== "actor7.test");
        return Response.json({ profiles: asked.toReversed().map((actor) => profile(actor.replace(".test", ""))) });
      },
    ]);
    const actors = names.map((name) => `${name}.test`);
    const rows = await profiles.getMany(actors);
    expect(rows.map((row) => row?.handle)).toEqual(
      actors.map((actor) => (actor === "actor7.test" ? undefined : actor)),
    );
    expect(fetch.requests.map(({ url }) => url.searchParams.getAll("actors").length)).toEqual([25, 25, 10]);
    expect(await profiles.getMany([...actors.slice(0, 3), actors[0] as string])).toMatchObject([
      { handle: "actor0.test" },
      { handle: "actor1.test" },
      { handle: "actor2.test" },
      { handle: "actor0.test" },
    ]);
    expect(fetch.requests).toHaveLength(3);
  });

  test("A9.10 a transport error, or one of the own token, writes nothing", async () => {
    const { profiles, fetch } = await given(kind, [
      networkFailure("ECONNRESET"),
      refusal(400, "ExpiredToken"),
      answer("alice"),
    ]);
    expect(await failure(profiles.get("alice.test"))).toBeInstanceOf(NetworkError);
    expect(await failure(profiles.tryGet("alice.test"))).toBeInstanceOf(AuthenticationError);
    expect((await profiles.get("alice.test")).did).toBe("did:plc:alice");
    expect(fetch.requests).toHaveLength(3);
  });

  test("what the viewer has to do with the account is stored with the viewer", async () => {
    const viewer = { muted: true, blockedBy: false, blocking: "at://did:plc:me/app.bsky.graph.block/1" };
    const mine = await given(kind, [answer("alice", { viewer })], "did:plc:me");
    expect(await mine.profiles.get("alice.test")).toMatchObject({
      viewerDid: "did:plc:me",
      viewerMuted: true,
      viewerBlockedBy: false,
      viewerBlocking: viewer.blocking,
    });
    const anyones = await given(kind, [answer("alice", { viewer })]);
    expect(await anyones.profiles.get("alice.test")).toMatchObject({ viewerDid: null, viewerMuted: null });
  });
});
