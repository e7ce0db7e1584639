import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { AuthenticationError, AuthFactorTokenRequiredError, type SessionEvent } from "../../../src/index.ts";
import { createStorage } from "../../../src/storage/create.ts";
import { StorageError } from "../../../src/core/errors/index.ts";
import type { StoredSession } from "../../../src/storage/ports/index.ts";
import type { Account } from "../../support/servers/accounts.ts";
import { processAll } from "../../support/servers/control.ts";
import { forgeAccessToken } from "../../support/servers/tokens.ts";
import { startEntryway } from "./entryway.ts";
import { kinds, openWorld, type World } from "./world.ts";

const network = inject("network");
const { appview, pds, pdsDid, plc } = network;

describe.each(kinds)("on %s", (kind) => {
  let world: World;
  let alice: Account;
  beforeAll(async () => {
    world = await openWorld(kind);
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    alice = await world.join();
    world.proxy.log.length = 0;
  });

  test("A4.11 two accounts in one database do not mix", async () => {
    const bob = await world.join();
    await world.store(alice);
    await world.store(bob);
    const client = world.client(alice, { password: undefined });
    const other = client.with({ account: bob.handle });
    const ask = async (by: typeof client): Promise<string> => (await by.com.atproto.server.getSession()).did;
    expect(await Promise.all([ask(client), ask(other), ask(client), ask(other)])).toEqual([
      alice.did,
      bob.did,
      alice.did,
      bob.did,
    ]);
    expect([await client.did(), await other.did()]).toEqual([alice.did, bob.did]);
    const listed = (await client.sessions.list()).map(({ did }) => did);
    expect(listed).toEqual(expect.arrayContaining([alice.did, bob.did]));
    await other.logout();
    expect(await ask(client)).toBe(alice.did);
    expect((await client.sessions.list()).map(({ did }) => did)).not.toContain(bob.did);
  });

  test.each([
    ["its handle", (account: Account) => account.handle],
    ["its handle with an @", (account: Account) => `@${account.handle}`],
    ["its DID", (account: Account) => account.did],
    ["its e-mail address", (account: Account) => account.email],
  ])("login by %s", async (_, identifierOf) => {
    const client = world.client(undefined);
    const events: SessionEvent[] = [];
    const stop = client.on("session", (event) => events.push(event));
    const info = await client.login(identifierOf(alice), alice.password);
    stop();
    expect(info).toMatchObject({
      did: alice.did,
      handle: alice.handle,
      service: world.proxy.url,
      pds: world.proxy.url,
    });
    expect(events).toEqual([{ type: "created", session: info }]);
    expect((await client.com.atproto.server.getSession()).email).toBe(alice.email);
  });

  test.each([
    ["a handle as bsky.app copies it", (account: Account) => `\u202a@${account.handle}\u202c`],
    ["an e-mail address with a space that is not seen", (account: Account) => `\u200b${account.email}\u00a0`],
  ])("T5 login by %s, with a password that ends with a newline", async (_, identifierOf) => {
    const client = world.client(undefined);
    expect(await client.login(identifierOf(alice), `${alice.password}\n`)).toMatchObject({ did: alice.did });
    const later = world.client(undefined, { identifier: identifierOf(alice) });
    expect((await later.com.atproto.server.getSession()).did).toBe(alice.did);
    expect(world.count("createSession")).toBe(1);
  });

  test("A4.9 a wrong password is an AuthenticationError, sent once", async () => {
    const client = world.client(alice, { password: "wrong" });
    for (let count = 0; count < 3; count++) await expect(client.did()).rejects.toBeInstanceOf(AuthenticationError);
    expect(world.count("createSession")).toBe(1);
  });

  test("a custom PDS beside an entryway that only logs in: everything else goes to the PDS", async () => {
    const entryway = await startEntryway(world.proxy.url);
    try {
      const client = world.client(alice, { service: entryway.url });
      const record = { $type: "app.bsky.graph.follow", subject: alice.did, createdAt: new Date() };
      await client.com.atproto.repo.createRecord({ repo: await client.did(), collection: record.$type, record });
      const row = await world.storage.sessions.find(entryway.url, alice.did);
      const accessJwt = forgeAccessToken({ did: alice.did, pdsDid });
      expect(row?.pdsServiceEndpoint).toBe(world.proxy.url);
      await world.storage.sessions.save({ ...(row as StoredSession), accessJwt });
      const later = world.client(alice, { service: entryway.url });
      await later.app.bsky.actor.getPreferences();
      await later.logout();
      const logins = entryway.calls.filter((nsid) => nsid !== "com.atproto.identity.resolveHandle");
      expect(logins).toEqual(["com.atproto.server.createSession"]);
      expect(world.proxy.log.map(({ nsid }) => nsid.split(".").at(-1))).toEqual([
        "createSession",
        "createRecord",
        "refreshSession",
        "getPreferences",
        "deleteSession",
      ]);
    } finally {
      await entryway.close();
    }
  });

  test("two factors: a typed error, then the code", async () => {
    const entryway = await startEntryway(world.proxy.url, { code: "ABC-DEF" });
    try {
      const client = world.client(alice, { service: entryway.url });
      await expect(client.login()).rejects.toBeInstanceOf(AuthFactorTokenRequiredError);
      await expect(client.com.atproto.server.getSession()).rejects.toBeInstanceOf(AuthFactorTokenRequiredError);
      expect(entryway.calls).toHaveLength(1);
      await client.login(undefined, undefined, { authFactorToken: "ABC-DEF" });
      expect((await client.com.atproto.server.getSession()).did).toBe(alice.did);
    } finally {
      await entryway.close();
    }
  });

  test("without a service, the account is found by its handle and the real directory", async () => {
    await processAll(network);
    const options = { service: undefined, handleResolver: appview, plcDirectory: plc };
    const client = world.client(alice, options);
    expect((await client.com.atproto.server.getSession()).did).toBe(alice.did);
    expect(await client.pds()).toBe(pds);
    expect(await world.client(alice, { ...options, password: undefined }).did()).toBe(alice.did);
  });

  test("A16.4 a session goes to another database as one string", async () => {
    await world.store(alice);
    const text = await world.client(alice, { password: undefined }).session.export();
    const elsewhere = createStorage(":memory:", { env: {} });
    const client = world.client(undefined, { storage: elsewhere });
    const info = await client.session.import(text);
    expect(info).toMatchObject({ did: alice.did, handle: alice.handle });
    expect((await client.com.atproto.server.getSession()).did).toBe(alice.did);
    expect(await elsewhere.sessions.find(world.proxy.url, alice.handle)).toBeDefined();
    await elsewhere.close();
  });

  test("no token and no password in errors and log lines", async () => {
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    const logger = { debug: write, info: write, warn: write, error: write };
    const client = world.client(alice, { logger, logLevel: "debug", retry: false });
    await client.com.atproto.server.getSession();
    world.proxy.next({ nsid: "getSession" }, { kind: "status", status: 400, error: "ExpiredToken" });
    world.proxy.next({ nsid: "refreshSession" }, { kind: "reset" });
    const error = await client.com.atproto.server.getSession().then(undefined, (reason: unknown) => reason);
    const session = await world.storage.sessions.find(world.proxy.url, alice.did);
    const seen = inspect([error, lines, client], { depth: 20 });
    for (const secret of [session?.accessJwt, session?.refreshJwt, alice.password]) {
      expect(secret).toBeTruthy();
      expect(seen).not.toContain(secret);
    }
    expect(lines.length).toBeGreaterThan(2);
  });
});

describe("A4.12 with BSKY_SESSION_KEY", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld("sqlite");
  });
  afterAll(() => world.close());

  const written = (): string => {
    const folder = dirname(world.database);
    return readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), "latin1"))
      .join("");
  };

  test("no token is readable in the files, and the wrong key is an error, not a login", async () => {
    const alice = await world.join();
    const sealed = createStorage(world.database, { env: { BSKY_SESSION_KEY: "correct horse" } });
    const client = world.client(alice, { storage: sealed });
    await client.com.atproto.server.getSession();
    const session = await sealed.sessions.find(world.proxy.url, alice.did);
    const secrets = [session?.accessJwt ?? "", session?.refreshJwt ?? ""];
    for (const secret of secrets) expect(written()).not.toContain(secret.slice(-40));
    const wrong = createStorage(world.database, { env: { BSKY_SESSION_KEY: "battery staple" } });
    await expect(world.client(alice, { storage: wrong }).did()).rejects.toBeInstanceOf(StorageError);
    expect(world.count("createSession")).toBe(1);
    await Promise.all([sealed.close(), wrong.close()]);
    // What would be found without a key, so that the search above is one.
    await world.store(alice, { accessJwt: secrets[0] ?? "" });
    expect(written()).toContain(secrets[0]?.slice(-40));
  });
});
