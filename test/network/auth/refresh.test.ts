import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { NetworkError, SessionError } from "../../../src/index.ts";
import type { Account } from "../../support/servers/accounts.ts";
import { forgeExpiredRefreshToken } from "../../support/servers/tokens.ts";
import { xrpc } from "../../support/servers/xrpc.ts";
import { kinds, lateClock, openWorld, type World } from "./world.ts";

const { pds, pdsDid } = inject("network");

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

  // Whose handle it is, is asked once by each client that finds a stored session (T2); what follows is what counts here.
  const nsids = (): string[] =>
    world.proxy.log
      .map(({ nsid }) => nsid.replace("com.atproto.server.", ""))
      .filter((nsid) => nsid !== "com.atproto.identity.resolveHandle");
  const noPassword = { password: undefined, retry: false } as const;

  test("A4.2 an expired access token is refreshed, the call repeated, and the session stored", async () => {
    await world.store(alice);
    const client = world.client(alice, { ...noPassword, clock: lateClock });
    expect((await client.com.atproto.server.getSession()).did).toBe(alice.did);
    expect(nsids()).toEqual(["getSession", "refreshSession", "getSession"]);
    expect(world.proxy.log[1]?.body.length).toBe(0);
    const stored = await world.storage.sessions.find(world.proxy.url, alice.did);
    expect(stored).toMatchObject({ generation: 2, createMethod: "refresh", pdsServiceEndpoint: world.proxy.url });
    expect(stored?.refreshJwt).not.toBe(alice.refreshJwt);
    await world.client(alice, noPassword).com.atproto.server.getSession();
    expect(world.count("refreshSession")).toBe(1);
  });

  test("a token that is known to have expired is not sent", async () => {
    await world.store(alice);
    await world.client(alice, noPassword).com.atproto.server.getSession();
    expect(nsids()).toEqual(["refreshSession", "getSession"]);
  });

  test.each([
    ["late to notice", { clock: lateClock }],
    ["in time", {}],
  ])("A4.7 of 20 expired calls at once, %s, one refreshes", async (_, options) => {
    await world.store(alice);
    const client = world.client(alice, { ...noPassword, ...options });
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.com.atproto.server.getSession()));
    expect(new Set(answers.map(({ did }) => did))).toEqual(new Set([alice.did]));
    expect(world.count("refreshSession")).toBe(1);
  });

  test("A4.3 after a revoked refresh token the password logs in", async () => {
    await xrpc(pds, "com.atproto.server.deleteSession", { token: alice.refreshJwt, method: "POST" });
    await world.store(alice);
    await world.client(alice).com.atproto.server.getSession();
    expect(nsids()).toEqual(["refreshSession", "createSession", "getSession"]);
    expect(await world.storage.sessions.find(world.proxy.url, alice.did)).toMatchObject({ createMethod: "create" });
  });

  test("A4.4 after an expired refresh token the password logs in", async () => {
    await world.store(alice, { refreshJwt: forgeExpiredRefreshToken({ did: alice.did, pdsDid }) });
    await world.client(alice).com.atproto.server.getSession();
    expect(nsids()).toEqual(["refreshSession", "createSession", "getSession"]);
  });

  test("without a password a refused refresh token ends the session", async () => {
    await world.store(alice, { refreshJwt: forgeExpiredRefreshToken({ did: alice.did, pdsDid }) });
    const client = world.client(alice, noPassword);
    const error = await client.com.atproto.server.getSession().then(undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(SessionError);
    expect(error).toMatchObject({ did: alice.did, reason: "refused" });
    expect(await world.storage.sessions.find(world.proxy.url, alice.did)).toBeUndefined();
  });

  test.each([
    ["is cut before the server sees it", "reset"],
    ["is cut after the server has acted", "resetAfter"],
    ["gets half an answer", "truncate"],
  ] as const)("A4.14 a refresh that %s keeps the session, and the next call succeeds", async (_, kindOfFault) => {
    await world.store(alice);
    world.proxy.next({ nsid: "refreshSession" }, { kind: kindOfFault });
    const client = world.client(alice, noPassword);
    const call = (): Promise<unknown> => client.com.atproto.server.getSession().then((data) => data);
    await expect(call()).rejects.toBeInstanceOf(NetworkError);
    expect((await world.storage.sessions.find(world.proxy.url, alice.did))?.refreshJwt).toBe(alice.refreshJwt);
    await call();
    expect(nsids()).toEqual(["refreshSession", "refreshSession", "getSession"]);
  });

  test("a logout during a refresh waits for it, and ends the session it made", async () => {
    await world.store(alice);
    world.proxy.next({ nsid: "refreshSession" }, { kind: "delayAfter", ms: 100 });
    const client = world.client(alice, noPassword);
    const reading = client.com.atproto.server.getSession().then(
      () => "read",
      () => "refused",
    );
    await expect.poll(() => world.count("refreshSession")).toBe(1);
    await client.logout();
    await reading;
    const sent = world.proxy.log.filter(({ nsid }) => /(?:refresh|delete)Session$/.test(nsid));
    expect(sent.map(({ nsid }) => nsid.split(".").at(-1))).toEqual(["refreshSession", "deleteSession"]);
    const [old, ended] = sent.map(({ headers }) => headers.authorization?.replace("Bearer ", ""));
    expect(old).toBe(alice.refreshJwt);
    expect(ended).not.toBe(old);
    const again = await xrpc(pds, "com.atproto.server.refreshSession", { token: ended ?? "", method: "POST" });
    expect(again.json).toMatchObject({ error: "ExpiredToken" });
    expect(await world.storage.sessions.list({ includeDead: true })).not.toContainEqual(
      expect.objectContaining({ did: alice.did }),
    );
    const asked = world.proxy.log.length;
    await expect(client.did()).rejects.toThrow("no account");
    expect(world.proxy.log.length).toBe(asked);
  });

  test("A4.13 a stream that met an expired token fails clearly, and works the next time", async () => {
    await world.store(alice);
    const client = world.client(alice, { ...noPassword, clock: lateClock });
    const upload = (): Promise<unknown> =>
      client.com.atproto.repo
        .uploadBlob(new Blob(["some bytes"]).stream(), { encoding: "text/plain" })
        .then((data) => data);
    await expect(upload()).rejects.toThrow("cannot be sent again");
    await upload();
    expect(nsids()).toEqual(["com.atproto.repo.uploadBlob", "refreshSession", "com.atproto.repo.uploadBlob"]);
  });
});
