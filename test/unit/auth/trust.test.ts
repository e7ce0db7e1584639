import { describe, expect, test } from "vitest";
import { InvalidResponseError, SessionError } from "../../../src/index.ts";
import { failure, read, setting } from "./session-client.ts";
import { alice, pds, token } from "./stand-in-server.ts";

const mallory = {
  did: "did:plc:mallory",
  handle: "mallory.example",
  password: "pw-m",
  pds: "https://elsewhere.example",
};

const documentOf = (did: string, endpoint: string): object => ({
  id: did,
  service: [{ id: "#atproto_pds", type: "AtprotoPersonalDataServer", serviceEndpoint: endpoint }],
});

/** What Mallory's server answers to a login: whatever it likes. */
const claim = (now: number, more: Record<string, unknown>): object => ({
  did: mallory.did,
  handle: mallory.handle,
  accessJwt: token(now + 7_200_000, { sub: mallory.did }),
  refreshJwt: token(now + 90 * 86_400_000, { sub: mallory.did }),
  ...more,
});

/** Alice's world, with a second server that is Mallory's. Her name and account resolve to it. */
function besideMallory(answer: Record<string, unknown>) {
  const asked = { directory: true, refuseRefresh: false };
  const world = setting({
    intercept: ({ url, body }, nsid) => {
      if (nsid === "com.atproto.identity.resolveHandle" || url.host === "plc.directory") {
        if (!asked.directory) return Response.json({ error: "Down", message: "down" }, { status: 503 });
        if (url.searchParams.get("handle") === mallory.handle) return Response.json({ did: mallory.did });
        if (nsid === mallory.did) return Response.json(documentOf(mallory.did, mallory.pds));
      }
      if (url.host !== new URL(mallory.pds).host) return undefined;
      if (nsid === "com.atproto.server.createSession") {
        received.push(String(body));
        return Response.json(claim(world.clock.now(), answer));
      }
      if (nsid === "com.atproto.server.refreshSession") {
        return Response.json({ error: "ExpiredToken", message: "gone" }, { status: 400 });
      }
      return undefined;
    },
  });
  const received: string[] = [];
  const login = () => world.client({ identifier: mallory.handle, password: mallory.password });
  return { ...world, login, received, asked };
}

describe("whose session answers a name", () => {
  test("T1 a server that claims another's handle is not asked for that other", async () => {
    const { client, login, server } = besideMallory({ handle: alice.handle });
    await login().login();
    const own = client();
    await read(own);
    expect(await own.did()).toBe(alice.did);
    expect(server.bearers.filter((line) => line.startsWith("elsewhere") && !line.includes("createSession"))).toEqual(
      [],
    );
  });

  test("T1 a server that claims another's DID is refused, and leaves no session", async () => {
    const { login, storage } = besideMallory({ did: alice.did });
    expect(await failure(login().login())).toBeInstanceOf(SessionError);
    expect(await storage.sessions.list()).toEqual([]);
  });

  test("T1 with the directory down, the password of one account never goes to the server of another", async () => {
    const { client, login, received, asked, server, clock } = besideMallory({ handle: alice.handle });
    await login().login();
    asked.directory = false;
    await clock.run(failure(read(client())));
    expect(received.map((body) => JSON.parse(body) as unknown)).toEqual([
      { identifier: mallory.handle, password: mallory.password },
    ]);
    expect(server.bearers.filter((line) => line.includes("com.example.read"))).toEqual([]);
  });

  test("T1 with the directory down, the session of the name that was typed is still used", async () => {
    const { client, asked, server, clock } = besideMallory({});
    await client().login();
    asked.directory = false;
    await clock.run(read(client({ password: undefined })));
    expect(server.calls.at(-1)).toBe(`${new URL(pds).host} com.example.read`);
  });

  test("T2 a handle that moved finds its new owner's session, or a login, and not the old owner's", async () => {
    let owner = alice.did;
    const bob = { did: "did:plc:bob", password: "pw-b" };
    const world = setting({
      intercept: ({ url, body }, nsid) => {
        if (nsid === "com.atproto.identity.resolveHandle") return Response.json({ did: owner });
        if (nsid === bob.did) return Response.json(documentOf(bob.did, "https://elsewhere.bob"));
        if (nsid === "com.atproto.server.createSession" && url.host === "elsewhere.bob") {
          const { password } = JSON.parse(String(body)) as { password: string };
          if (password !== bob.password) return Response.json({ error: "AuthenticationRequired" }, { status: 401 });
          return Response.json(claim(world.clock.now(), { did: bob.did, handle: alice.handle }));
        }
        return undefined;
      },
    });
    const before = world.client();
    await before.login();
    expect(await before.did()).toBe(alice.did);
    owner = bob.did;
    expect(await world.client({ password: bob.password }).did()).toBe(bob.did);
    const second = world.client({ identifier: undefined, password: undefined });
    await second.login(alice.handle, bob.password);
    expect(await second.did()).toBe(bob.did);
    expect(await world.client({ identifier: alice.did, password: undefined }).did()).toBe(alice.did);
  });
});

test("G3 a session that another program logged out and in again is news, whatever its generation", async () => {
  const { client, server } = setting();
  const one = client();
  await read(one);
  server.revoke("access");
  await read(one);
  const other = client();
  await other.logout();
  await other.login();
  const logins = server.count("createSession");
  await read(one);
  expect(server.count("createSession")).toBe(logins);
  expect(await one.did()).toBe(alice.did);
});

describe("what is taken for a session", () => {
  const bad: readonly (readonly [string, unknown])[] = [
    ["null", null],
    ["nothing", {}],
    ["empty tokens", claim(0, { did: alice.did, handle: alice.handle, accessJwt: "", refreshJwt: "" })],
    ["a token that is null", claim(0, { did: alice.did, handle: alice.handle, accessJwt: null })],
    ["an account that is no DID", claim(0, { did: "alice", handle: alice.handle })],
  ];

  test.each(bad)("T8 a login that is answered with %s is a typed error", async (_, answer) => {
    const { client, storage } = setting({
      intercept: (_request, nsid) => (nsid.endsWith("createSession") ? Response.json(answer) : undefined),
    });
    expect(await failure(client().login())).toBeInstanceOf(InvalidResponseError);
    expect(await storage.sessions.list()).toEqual([]);
  });

  test.each(bad)("T8 a refresh that is answered with %s replaces no session", async (_, answer) => {
    let isBroken = false;
    const { client, server } = setting({
      intercept: (_request, nsid) => (isBroken && nsid.endsWith("refreshSession") ? Response.json(answer) : undefined),
    });
    const program = client({ password: undefined, retry: false });
    await client().login();
    await read(program);
    server.revoke("access");
    isBroken = true;
    expect(await failure(read(program))).toBeInstanceOf(InvalidResponseError);
    isBroken = false;
    await read(client({ password: undefined }));
    expect(server.count("createSession")).toBe(1);
  });
});
