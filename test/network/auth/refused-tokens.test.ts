import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { InsufficientScopeError, SessionError } from "../../../src/index.ts";
import { signUp, type Account } from "../../support/servers/accounts.ts";
import { forgeAccessToken, forgeExpiredRefreshToken } from "../../support/servers/tokens.ts";
import { kinds, openWorld, type World } from "./world.ts";

const { pds, pdsDid } = inject("network");
const HOUR = 3600;

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

  const nsids = (): (string | undefined)[] =>
    world.proxy.log.map(({ nsid }) => nsid.split(".").at(-1)).filter((nsid) => nsid !== "resolveHandle");
  /** Tokens as the server gave them before its secret was another one. */
  const rotated = () => {
    const of = { did: alice.did, pdsDid, secret: "the secret before" };
    return { accessJwt: forgeAccessToken(of, HOUR), refreshJwt: forgeExpiredRefreshToken(of, HOUR) };
  };

  test("T4 after the server's secret was rotated, the password at hand makes another session", async () => {
    await world.store(alice, rotated());
    expect((await world.client(alice).com.atproto.server.getSession()).did).toBe(alice.did);
    expect(nsids()).toEqual(["getSession", "refreshSession", "createSession", "getSession"]);
    await world.client(alice, { password: undefined }).com.atproto.server.getSession();
    expect(nsids().slice(4)).toEqual(["getSession"]);
  });

  test("T4 where only access tokens are of before, the refresh token is enough", async () => {
    await world.store(alice, { accessJwt: rotated().accessJwt });
    await world.client(alice, { password: undefined }).com.atproto.server.getSession();
    expect(nsids()).toEqual(["getSession", "refreshSession", "getSession"]);
  });

  test("T4 without a password the session is over, and a login makes another", async () => {
    await world.store(alice, rotated());
    const client = world.client(alice, { password: undefined, retry: false });
    await expect(client.com.atproto.server.getSession().then(String)).rejects.toBeInstanceOf(SessionError);
    expect((await client.sessions.list()).map(({ did }) => did)).not.toContain(alice.did);
    await client.login(alice.handle, alice.password);
    expect((await client.com.atproto.server.getSession()).did).toBe(alice.did);
  });
});

test("L15 what an app password may not do is an InsufficientScopeError, and costs no session", async () => {
  const world = await openWorld("sqlite");
  try {
    const alice = await signUp(pds);
    const own = world.client(alice, { password: undefined });
    await world.store(alice, { accessJwt: alice.accessJwt });
    const { password } = await own.com.atproto.server.createAppPassword({ name: "bot" });
    const client = world.client(undefined);
    await client.login(alice.handle, password, { fresh: true });
    const { server, identity } = client.com.atproto;
    const calls = {
      createAppPassword: () => server.createAppPassword({ name: "another" }),
      requestEmailUpdate: () => server.requestEmailUpdate(),
      deactivateAccount: () => server.deactivateAccount({}),
      requestAccountDelete: () => server.requestAccountDelete(),
      requestPlcOperationSignature: () => identity.requestPlcOperationSignature(),
      signPlcOperation: () => identity.signPlcOperation({ token: "ABCDE-FGHIJ" }),
      getAccountInviteCodes: () => server.getAccountInviteCodes(),
    };
    for (const [name, call] of Object.entries(calls)) {
      const error = await call().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect([name, error]).toEqual([name, expect.any(InsufficientScopeError)]);
      expect(error).toMatchObject({ error: "InvalidToken", attempts: 1 });
      expect(String(error)).toContain("only the account's own password may do this");
    }
    expect(world.count("refreshSession")).toBe(0);
    expect((await server.getSession()).did).toBe(alice.did);
  } finally {
    await world.close();
  }
});
