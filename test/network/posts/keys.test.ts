import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as path } from "node:path";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { RecordConflictError } from "../../../src/index.ts";
import { createStorage } from "../../../src/storage/create.ts";
import { signUp } from "../../support/servers/accounts.ts";
import { startFaultProxy, type FaultProxy } from "../../support/servers/fault-proxy.ts";
import { createDatabase } from "../../support/servers/postgres.ts";
import { startProgram } from "./programs.ts";
import { clientOf, count, join } from "./world.ts";

async function proxied(): Promise<FaultProxy> {
  const proxy = await startFaultProxy(inject("network").pds);
  onTestFinished(() => proxy.close());
  return proxy;
}

const databases = {
  SQLite: async () => {
    const folder = mkdtempSync(path(tmpdir(), "skylex-posts-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    return path(folder, "posts.db");
  },
  PostgreSQL: async () => {
    const { url, drop } = await createDatabase(inject("network").postgresUrl);
    onTestFinished(drop);
    return url;
  },
};

describe.each(["SQLite", "PostgreSQL"] as const)("A13.13 a key in %s", (kind) => {
  test("posts once: the same content gives the first post, other content is refused", async () => {
    const storage = createStorage(await databases[kind](), { env: {} });
    onTestFinished(() => storage.close());
    const alice = await join({ storage });
    const first = await alice.client.createPost("Good morning #1", { key: "morning", quote: undefined });
    const again = await alice.client.createPost({ text: "Good morning #1", key: "morning", createdAt: new Date(0) });
    expect(again).toMatchObject({ uri: first.uri, cid: first.cid, url: first.url, existing: true });
    expect(again.posts).toEqual(first.posts);
    // Another process on the same database knows it as well, without asking anybody.
    const other = clientOf(alice, { storage, service: "http://localhost:1" });
    expect((await other.createPost("Good morning #1", { key: "morning" })).uri).toBe(first.uri);

    const error = await alice.client.createPost("Good evening", { key: "morning" }).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(RecordConflictError);
    expect(error).toMatchObject({ uri: first.uri, cid: first.cid });
    expect((error as Error).message).toMatch(
      /The key "morning" .* says something else.*ifKeyExists.*Nothing was sent\.$/,
    );
    expect(await count(alice)).toBe(1);
  });

  test("does what ifKeyExists says", async () => {
    const storage = createStorage(await databases[kind](), { env: {} });
    onTestFinished(() => storage.close());
    const { client, did, ...account } = await join({ storage });
    const first = await client.createPost("one", { key: "k" });
    await expect(client.createPost("one", { key: "k", ifKeyExists: "throw" })).rejects.toThrow(RecordConflictError);
    expect((await client.createPost("two", { key: "k", ifKeyExists: "return" })).uri).toBe(first.uri);
    const second = await client.createPost("two", { key: "k", ifKeyExists: "post" });
    expect([second.existing, second.uri === first.uri]).toEqual([false, false]);
    // The newest has the key now.
    const reply = await client.createPost("three", { replyTo: { key: "k" }, dryRun: true });
    expect(reply.posts[0]?.record.reply?.parent.uri).toBe(second.uri);
    // A deleted post frees it, however it is deleted.
    await client.com.atproto.repo.deleteRecord({
      repo: did,
      collection: "app.bsky.feed.post",
      rkey: second.uri.split("/").at(-1) ?? "",
    });
    const third = await client.createPost("three", { key: "k" });
    expect([third.existing, third.uri === second.uri]).toEqual([false, false]);
    expect(await count({ ...account, did, client })).toBe(2);
  });

  test("two processes at once: one post", async () => {
    const storage = await databases[kind]();
    const account = await signUp(inject("network").pds);
    const settings = {
      service: inject("network").pds,
      accessToken: account.accessJwt,
      storage,
      text: "only once",
      key: "race",
    };
    const programs = await Promise.all([startProgram(settings), startProgram(settings), startProgram(settings)]);
    const outcomes = await Promise.all(programs.map((program) => program.go()));
    expect(new Set(outcomes.map(({ uri }) => uri)).size).toBe(1);
    expect(outcomes[0]?.uri).toMatch(/^at:/);
    expect(new Set(outcomes.map(({ cid }) => cid)).size).toBe(1);
    expect(await count({ ...account, client: clientOf(account) })).toBe(1);
  });

  test("a process that is killed between sending and storing: run again, it gives the post that was written", async () => {
    const storage = await databases[kind]();
    const proxy = await proxied();
    const account = await signUp(inject("network").pds);
    const settings = { service: proxy.url, accessToken: account.accessJwt, storage, text: "survives", key: "crash" };
    const crashing = await startProgram(settings);
    // The server writes the post; its answer never comes, since the program is dead by then.
    proxy.next({ nsid: "createRecord" }, { kind: "delayAfter", ms: 60_000 });
    const gone = crashing.go();
    const alive = clientOf(account);
    while ((await count({ ...account, client: alive })) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    crashing.child.kill("SIGKILL");
    expect(await gone).toEqual({});
    const outcome = await (await startProgram(settings)).go();
    expect(outcome).toMatchObject({ existing: true });
    expect(await count({ ...account, client: alive })).toBe(1);
  });

  test("a process that is killed before the server has it: run again, it posts", async () => {
    const storage = await databases[kind]();
    const proxy = await proxied();
    const account = await signUp(inject("network").pds);
    const settings = { service: proxy.url, accessToken: account.accessJwt, storage, text: "second try", key: "early" };
    const crashing = await startProgram(settings);
    proxy.next({ nsid: "createRecord" }, { kind: "hang" });
    const gone = crashing.go();
    while (!proxy.log.some(({ nsid }) => nsid.endsWith("createRecord")))
      await new Promise((resolve) => setTimeout(resolve, 20));
    crashing.child.kill("SIGKILL");
    await gone;
    // It may even say something else now: nothing was posted.
    const outcome = await (await startProgram({ ...settings, text: "second thought" })).go();
    expect(outcome).toMatchObject({ existing: false });
    expect(await count({ ...account, client: clientOf(account) })).toBe(1);
  });
});

test("A13.5 keys belong to an account: another one's is unknown here", async () => {
  const storage = createStorage(":memory:", { env: {} });
  onTestFinished(() => storage.close());
  const [alice, bob] = await Promise.all([join({ storage }), join({ storage })]);
  const first = await alice.client.createPost("mine", { key: "shared" });
  await expect(bob.client.createPost("re", { replyTo: { key: "shared" } })).rejects.toThrow(
    /under which did:plc:\w+ has no post/,
  );
  const second = await bob.client.createPost("mine too", { key: "shared" });
  expect(second.uri).not.toBe(first.uri);
});

test("a post that the server refuses gives its key back", async () => {
  const { client } = await join();
  const bad = client.createPost({
    text: "x",
    key: "k",
    embed: { $type: "app.bsky.embed.record", record: { uri: "nonsense", cid: "nonsense" } },
  });
  await expect(bad).rejects.toThrow(/nonsense|InvalidRequest/);
  expect(await client.createPost("fine", { key: "k" })).toMatchObject({ existing: false });
});

test("a thread has one key, for all of it", async () => {
  const alice = await join();
  const thread = [{ text: "one", key: "saga" }, "two", "three"];
  const first = await alice.client.createThread(thread);
  const again = await alice.client.createThread(thread);
  expect(again).toEqual({ ...first, existing: true });
  await expect(alice.client.createThread([...thread, "four"])).rejects.toThrow(RecordConflictError);
  expect(await count(alice)).toBe(3);
});

describe("A13.16 a lost answer", () => {
  test.each(["resetAfter", "statusAfter", "truncate", "badJson"] as const)(
    "%s: one post, and its reference",
    async (kind) => {
      const proxy = await proxied();
      const alice = await join();
      const client = clientOf(alice, { service: proxy.url, retry: { baseDelay: 1, maxDelay: 2 } });
      for (const key of ["named", undefined]) {
        proxy.next({ nsid: "createRecord" }, { kind });
        const { uri, cid } = await client.createPost(`lost ${key}`, { key });
        const { data } = await alice.client.com.atproto.repo
          .getRecord({ repo: alice.did, collection: "app.bsky.feed.post", rkey: uri.split("/").at(-1) ?? "" })
          .withResponse();
        expect([data.uri, data.cid]).toEqual([uri, cid]);
      }
      expect(await count(alice)).toBe(2);
    },
  );
});
