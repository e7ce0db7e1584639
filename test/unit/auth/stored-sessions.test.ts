import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { SessionEvent } from "../../../src/index.ts";
import { NotAuthenticatedError } from "../../../src/index.ts";
import { StorageError } from "../../../src/core/errors/index.ts";
import { createStorage } from "../../../src/storage/create.ts";
import type { SessionStore, Storage } from "../../../src/storage/ports/index.ts";
import { failure, read, setting } from "./session-client.ts";
import { alice, pds } from "./stand-in-server.ts";
import { withSessions } from "./with-sessions.ts";

beforeEach(() => {
  vi.stubEnv("BSKY_AUTH_USERNAME", undefined);
  vi.stubEnv("BSKY_AUTH_PASSWORD", undefined);
});
afterEach(() => vi.unstubAllEnvs());

const folder = mkdtempSync(join(tmpdir(), "skylex-stored-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const noPassword = { password: undefined };
const bare = { identifier: undefined, password: undefined };

const away = async (): Promise<never> => Promise.reject(new StorageError("away", { code: "unreachable" }));
const never = (): Promise<never> => new Promise(() => undefined);

/** A database that one key was used for, and is opened with another or none. */
async function rekeyed(key: string | undefined, name: string) {
  const world = setting();
  const file = join(folder, `${name}.db`);
  const open = (encryptionKey: string | undefined): Storage =>
    createStorage(file, { env: {}, encryptionKey, now: () => world.clock.now() });
  const before = open("the first key");
  await read(world.client({ storage: before }));
  await before.close();
  return { ...world, storage: open(key) };
}

describe("G15 a session that is imported", () => {
  test("G15 leaves a newer one in its place, in memory and in the database", async () => {
    const { client, server, storage, clock } = setting();
    const first = client();
    const old = await first.session.export();
    clock.jump(10_000);
    server.revoke("access");
    await read(first);
    const stored = await storage.sessions.find(pds, alice.did);
    for (const own of [client(bare), first]) {
      const events: SessionEvent[] = [];
      own.on("session", (event) => events.push(event));
      await own.session.import(old);
      await read(own);
      expect(events).toEqual([]);
    }
    expect(await storage.sessions.find(pds, alice.did)).toEqual(stored);
    expect([server.count("createSession"), server.count("refreshSession")]).toEqual([1, 1]);
  });

  test("G15 takes the place of an older one", async () => {
    const { client, storage, clock } = setting();
    await read(client());
    const elsewhere = createStorage(":memory:", { env: {} });
    clock.jump(10_000);
    const text = await client({ storage: elsewhere }).session.export();
    const own = client(bare);
    await own.session.import(text);
    await read(own);
    const [mine, theirs] = [await storage.sessions.find(pds, alice.did), await elsewhere.sessions.find(pds, alice.did)];
    expect(mine?.refreshJwt).toBe(theirs?.refreshJwt);
    expect(mine?.generation).toBe(2);
    await elsewhere.close();
  });

  test("G15 takes the place of one that is over", async () => {
    const { client, server, storage } = setting();
    const text = await client().session.export();
    await storage.sessions.markDead(pds, alice.did, "ended", 1);
    const own = client(bare);
    await own.session.import(text);
    await read(own);
    expect(server.count("createSession")).toBe(1);
  });

  test("G15 of tokens that do not say when they were made, those that were refreshed here are newer", async () => {
    const { client, storage } = setting();
    const row = { service: pds, did: alice.did, handle: alice.handle, accessJwt: "access-1", refreshJwt: "refresh-1" };
    await storage.sessions.save({ ...row, createMethod: "create" });
    const imported = `${alice.handle}:::${alice.did}:::access-2:::refresh-2:::${pds}`;
    await client(bare).session.import(imported);
    expect(await storage.sessions.find(pds, alice.did)).toMatchObject({ refreshJwt: "refresh-2" });
    await storage.sessions.save({ ...row, refreshJwt: "refresh-3", createMethod: "refresh" });
    await client(bare).session.import(imported);
    expect(await storage.sessions.find(pds, alice.did)).toMatchObject({ refreshJwt: "refresh-3" });
  });

  test("G15 that could not be stored at once does not take the place of what came after it", async () => {
    const { client, server, storage, clock } = setting();
    const first = client();
    const old = await first.session.export();
    await storage.sessions.delete(pds, alice.did);
    let isAway = true;
    const broken = withSessions(storage, {
      save: (async (...given: Parameters<SessionStore["save"]>) =>
        isAway ? away() : storage.sessions.save(...given)) as SessionStore["save"],
    });
    const importing = client({ ...bare, storage: broken });
    await importing.session.import(old);
    clock.jump(10_000);
    await client().login(undefined, undefined, { fresh: true });
    const newer = await storage.sessions.find(pds, alice.did);
    isAway = false;
    await importing.close();
    expect(await storage.sessions.find(pds, alice.did)).toEqual(newer);
    expect(server.count("createSession")).toBe(2);
  });
});

describe("G21 a session that was stored with another key", () => {
  test.each([
    ["another key", "the second key", "wrong-key"],
    ["no key", undefined, "missing-key"],
  ] as const)(
    "G21 with %s a call refuses and says what helps; a login with the password replaces it",
    async (name, key, code) => {
      const { client, server, storage } = await rekeyed(key, `login-${code}`);
      const own = client({ ...noPassword, storage });
      const error = await failure(read(own));
      expect(error).toBeInstanceOf(StorageError);
      expect(error).toMatchObject({ code });
      expect(String(error)).toMatch(/client\.login\(identifier, password\).*client\.logout\(\)/);
      expect(await failure(own.login())).toMatchObject({ code });
      expect(server.count("createSession")).toBe(1);
      await own.login(alice.handle, alice.password);
      await read(own);
      await read(client({ ...noPassword, storage }));
      expect(server.count("createSession")).toBe(2);
      expect(await storage.sessions.list({ includeDead: true })).toHaveLength(1);
      await storage.close();
    },
  );

  test("G21 login() with the password of the client replaces it, too", async () => {
    const { client, server, storage } = await rekeyed("the second key", "own-password");
    const own = client({ storage });
    expect(await failure(read(own))).toMatchObject({ code: "wrong-key" });
    await own.login();
    await read(own);
    expect(server.count("createSession")).toBe(2);
    await storage.close();
  });

  test("G21 logout deletes it without reading it, and says what it could not do", async () => {
    const { client, server, storage, lines } = await rekeyed("the second key", "logout");
    const own = client({ ...noPassword, storage });
    const events: SessionEvent[] = [];
    own.on("session", (event) => events.push(event));
    await own.logout();
    expect(await storage.sessions.list({ includeDead: true })).toEqual([]);
    expect(events).toMatchObject([{ type: "lost", reason: "logout", session: { did: alice.did, pds } }]);
    expect(server.count("deleteSession")).toBe(0);
    expect(lines.filter((line) => line.includes("could not be ended at the server"))).toHaveLength(1);
    expect(await failure(own.did())).toBeInstanceOf(NotAuthenticatedError);
    await own.login(alice.handle, alice.password);
    await read(own);
    await storage.close();
  });

  test("G21 an import takes its place", async () => {
    const { client, storage } = await rekeyed("the second key", "import");
    const text = await client({ storage: false }).session.export();
    const own = client({ ...bare, storage });
    await own.session.import(text);
    await read(own);
    expect(await storage.sessions.find(pds, alice.did)).toMatchObject({ generation: 2 });
    await storage.close();
  });
});

describe("D1 storage that does not answer", () => {
  test.each([
    ["nothing is read", ["find"]],
    ["nothing is stored", ["save"]],
    ["nothing is locked", ["withLock"]],
    ["nothing at all is done", ["find", "save", "withLock", "markDead", "list"]],
  ])("D1 while %s, an expired session is refreshed and goes on from memory", async (_, silent) => {
    const { client, server, storage, clock, lines } = setting();
    await read(client());
    let isSilent = false;
    const gate = (name: string): [string, unknown] => {
      const method = Reflect.get(storage.sessions, name) as (...given: unknown[]) => unknown;
      return [name, (...given: unknown[]) => (isSilent ? never() : method.apply(storage.sessions, given))];
    };
    const own = client({ ...noPassword, storage: withSessions(storage, Object.fromEntries(silent.map(gate))) });
    await read(own);
    server.revoke("access");
    isSilent = true;
    for (let count = 0; count < 2; count++) {
      const reading = read(own);
      await clock.pass(100_000);
      await reading;
    }
    expect([server.count("refreshSession"), server.count("createSession")]).toEqual([1, 1]);
    expect(lines.filter((line) => line.includes("they go on in memory"))).toHaveLength(1);
  });

  test("D1 a first session that cannot be looked for is an error, and no reason to log in", async () => {
    const { client, server, storage, clock } = setting();
    const own = client({ storage: withSessions(storage, { list: never }) });
    const failing = failure(read(own));
    await clock.pass(20_000);
    expect(await failing).toMatchObject({ name: "StorageError", code: "busy" });
    expect(server.calls).toEqual([]);
  });
});

describe("D2 a wait for another process", () => {
  test("D2 is told of once, after a second", async () => {
    const { client, server, storage, clock, lines } = setting();
    await read(client());
    const own = client(noPassword);
    await read(own);
    server.revoke("access");
    const held = Promise.withResolvers<undefined>();
    const holder = storage.sessions.withLock(pds, alice.did, () => held.promise);
    const told = (): string[] => lines.filter((line) => line.includes("Waiting for another process"));
    const reading = read(own);
    await clock.pass(900);
    expect(told()).toEqual([]);
    await clock.pass(30_000);
    expect(told()).toEqual([
      `Waiting for another process that logs in or refreshes the session of ${alice.did} at ${pds}. If it was killed, this takes 15 seconds at most.`,
    ]);
    held.resolve(undefined);
    await holder;
    await reading;
    expect(told()).toHaveLength(1);
  });

  test("D2 is not told of where nobody has to wait", async () => {
    const { client, server, lines, clock } = setting();
    const own = client();
    await read(own);
    server.revoke("access");
    await read(own);
    await clock.pass(60_000);
    expect(lines.join("\n")).not.toContain("Waiting for");
  });
});
