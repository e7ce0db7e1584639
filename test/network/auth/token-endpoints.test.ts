import { once } from "node:events";
import { createServer, type Server } from "node:http";
import Database from "better-sqlite3";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createStorage } from "../../../src/storage/create.ts";
import type { Storage } from "../../../src/storage/ports/index.ts";
import { StorageError } from "../../../src/core/errors/index.ts";
import { keyOfBefore, sealAsBefore } from "../../database/storage/sealed-before.ts";
import type { Account } from "../../support/servers/accounts.ts";
import { listenLocally } from "../../support/servers/ports.ts";
import { query } from "../../support/servers/postgres.ts";
import { kinds, openWorld, type World } from "./world.ts";

describe.each(kinds)("with BSKY_SESSION_KEY on %s", (kind) => {
  let world: World;
  let alice: Account;
  let thief: { readonly server: Server; readonly url: string; readonly heard: string[] };
  let sealed: Storage;
  beforeAll(async () => {
    world = await openWorld(kind);
    await world.storage.open();
    const heard: string[] = [];
    const server = createServer((request, response) => {
      heard.push(`${request.url} ${request.headers.authorization}`);
      response.writeHead(200, { "content-type": "application/json" }).end('{"did":"did:plc:thief"}');
    });
    thief = { server, heard, url: `http://localhost:${await listenLocally(server)}` };
    sealed = createStorage(world.database, { env: {}, encryptionKey: keyOfBefore });
  });
  afterAll(async () => {
    await sealed.close();
    await world.close();
    thief.server.closeAllConnections();
    thief.server.close();
    await once(thief.server, "close");
  });
  beforeEach(async () => {
    alice = await world.join();
    thief.heard.length = 0;
  });

  /** Changes the row of the account behind the back of its storage. */
  async function tamper(columns: Readonly<Record<string, string>>): Promise<void> {
    const names = Object.keys(columns);
    const values = [...Object.values(columns), alice.did];
    if (kind === "postgresql") {
      const set = names.map((name, index) => `${name} = $${index + 1}`).join(", ");
      await query(world.database, `update bsky_session set ${set} where did = $${values.length}`, values);
      return;
    }
    const file = new Database(world.database);
    const set = names.map((name) => `${name} = ?`).join(", ");
    file.prepare(`update bsky_session set ${set} where did = ?`).run(...values);
    file.close();
  }

  const store = (): Promise<unknown> =>
    sealed.sessions.save({
      service: world.proxy.url,
      pdsServiceEndpoint: world.proxy.url,
      did: alice.did,
      handle: alice.handle,
      accessJwt: alice.accessJwt,
      refreshJwt: alice.refreshJwt,
      createMethod: "create",
    });
  const noPassword = { password: undefined, retry: false } as const;

  test("T3 a server that somebody wrote into the row gets no token, neither by a call nor by a logout", async () => {
    await store();
    const client = world.client(alice, { ...noPassword, storage: sealed });
    expect((await client.com.atproto.server.getSession()).did).toBe(alice.did);
    await tamper({ pds_service_endpoint: thief.url });
    const later = world.client(alice, { ...noPassword, storage: sealed });
    await expect(later.com.atproto.server.getSession().then(String)).rejects.toBeInstanceOf(StorageError);
    await later.logout();
    expect(thief.heard).toEqual([]);
  });

  test.each([
    [
      "of the older form",
      (token: string, name: string) => sealAsBefore(token, `${world.proxy.url}\n${alice.did}\n${name}`),
    ],
    ["of before there was a key", (token: string) => token],
  ])("T3 a row %s stays readable, and its tokens go where the DID document says", async (_, write) => {
    await store();
    await tamper({
      access_jwt: write(alice.accessJwt, "access"),
      refresh_jwt: write(alice.refreshJwt, "refresh"),
      pds_service_endpoint: thief.url,
    });
    const client = world.client(alice, { ...noPassword, storage: sealed });
    expect((await client.com.atproto.server.getSession()).did).toBe(alice.did);
    expect(await client.pds()).toBe(world.proxy.url);
    await client.logout();
    expect(thief.heard).toEqual([]);
  });

  test("T3 what is stored next vouches for no address that what was there did not", async () => {
    await store();
    await tamper({ pds_service_endpoint: thief.url });
    const { accessJwt, refreshJwt } = alice;
    const next = { service: world.proxy.url, did: alice.did, accessJwt, refreshJwt, createMethod: "refresh" } as const;
    expect((await sealed.sessions.save(next)).pdsServiceEndpoint).toBeNull();
    expect((await sealed.sessions.find(world.proxy.url, alice.did))?.pdsServiceEndpoint).toBeNull();
    await store();
    expect((await sealed.sessions.save(next)).pdsServiceEndpoint).toBe(world.proxy.url);
    expect((await sealed.sessions.find(world.proxy.url, alice.did))?.pdsServiceEndpoint).toBe(world.proxy.url);
  });
});
