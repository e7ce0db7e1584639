import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { SessionEvent } from "../../../src/index.ts";
import { NotAuthenticatedError, SessionError, ValidationError } from "../../../src/index.ts";
import { MemoryStorage } from "../../../src/storage/memory/index.ts";
import { failure, read, setting } from "./session-client.ts";
import { alice, pds, token } from "./stand-in-server.ts";

beforeEach(() => {
  vi.stubEnv("BSKY_AUTH_USERNAME", undefined);
  vi.stubEnv("BSKY_AUTH_PASSWORD", undefined);
});
afterEach(() => vi.unstubAllEnvs());

const bare = { identifier: undefined, password: undefined };

describe("logout", () => {
  test("ends the session at the server and in storage; then nobody is logged in until login()", async () => {
    const { client, server, storage } = setting();
    const own = client();
    await read(own);
    await own.logout();
    expect(server.count("deleteSession")).toBe(1);
    expect(await storage.sessions.list({ includeDead: true })).toEqual([]);
    expect(own.session.info).toBeUndefined();
    const before = server.calls.length;
    expect(await failure(own.com.atproto.server.deactivateAccount({}))).toBeInstanceOf(NotAuthenticatedError);
    expect(await failure(own.did())).toBeInstanceOf(NotAuthenticatedError);
    expect(server.calls.length).toBe(before);
    await own.app.bsky.actor.getProfile({ actor: "a.test" });
    expect(server.bearers.at(-1)).toBe("public.api.bsky.app app.bsky.actor.getProfile -");
    await own.login();
    await read(own);
    expect(server.count("createSession")).toBe(2);
  });

  test("of a stored session needs no call before it; one the server has ended is ended here, too", async () => {
    const { client, server, storage } = setting();
    await read(client());
    server.revoke("both");
    await client().logout();
    expect(await storage.sessions.list({ includeDead: true })).toEqual([]);
    await client(bare).logout();
  });

  test("that gets no answer keeps the session", async () => {
    const { client, storage, clock, server } = setting({
      intercept: (_, nsid) => (nsid.endsWith("deleteSession") ? new Response("", { status: 502 }) : undefined),
    });
    const own = client();
    await read(own);
    await clock.run(failure(own.logout()));
    // A session ends once, however often that is asked for.
    expect(server.count("deleteSession")).toBe(4);
    expect(await storage.sessions.list()).toHaveLength(1);
    await read(own);
  });

  test("in another program is respected: its session is not brought back by an old refresh token", async () => {
    const { client, server, storage } = setting();
    await read(client());
    const other = client({ password: undefined });
    await read(other);
    await client().logout();
    const error = await failure(read(other));
    expect(error).toBeInstanceOf(SessionError);
    expect(error).toMatchObject({ reason: "ended" });
    expect(server.count("refreshSession")).toBe(0);
    expect(await storage.sessions.list()).toEqual([]);
  });
});

describe("views", () => {
  test("share the session, and differ in what they are told", async () => {
    const { client, server, fetch } = setting();
    const own = client({ headers: { "x-one": "client", "x-two": "client" } });
    const view = own.with({ headers: { "x-two": "view" }, service: "https://elsewhere.example" });
    await own.did();
    await view.app.bsky.actor.getProfile({ actor: "a.test" });
    expect(fetch.requests.at(-1)?.headers).toMatchObject({ "x-one": "client", "x-two": "view" });
    expect(server.bearers.at(-1)).toBe("elsewhere.example app.bsky.actor.getProfile -");
    await view.app.bsky.actor.getProfile({ actor: "a.test" }, { service: pds });
    expect(server.calls.at(-1)).toBe("pds.example app.bsky.actor.getProfile");
    expect(server.count("createSession")).toBe(1);
    await own.with({ timeout: 5 }).logout();
    expect(await failure(own.did())).toBeInstanceOf(NotAuthenticatedError);
  });

  test("headers of the client are not on logins and refreshes", async () => {
    const { client, server, fetch } = setting();
    const own = client({ headers: { "atproto-proxy": "did:web:x.example#y" } });
    await read(own);
    server.revoke("access");
    await read(own);
    const proxied = fetch.requests.filter(({ headers }) => "atproto-proxy" in headers);
    expect(new Set(proxied.map(({ url }) => url.pathname))).toEqual(new Set(["/xrpc/com.example.read"]));
  });

  test("a view's signal ends its calls, also those with a signal of their own", async () => {
    const { client } = setting();
    const own = client();
    const controller = new AbortController();
    const view = own.with({ signal: controller.signal });
    await read(view);
    controller.abort(new Error("enough"));
    const further = { signal: new AbortController().signal };
    expect(await failure(view.get("com.example.read", {}, further))).toEqual(new Error("enough"));
    await read(own);
  });

  test("of another account have its session and password only", async () => {
    const { client, server, fetch } = setting();
    const own = client();
    await read(own);
    const other = own.with({ account: "bob.example" });
    const before = fetch.requests.length;
    expect(await failure(read(other))).toBeInstanceOf(NotAuthenticatedError);
    expect(fetch.requests.length).toBe(before);
    const same = own.with({ account: alice.did });
    await read(same);
    expect(server.count("createSession")).toBe(1);
  });

  test("account may be chosen by logging the view in; the client stays who it is", async () => {
    const { client } = setting();
    const anonymous = client(bare);
    const view = anonymous.with({ account: alice.handle });
    await view.login(undefined, alice.password);
    expect(await view.did()).toBe(alice.did);
    expect(await failure(anonymous.did())).toBeInstanceOf(NotAuthenticatedError);
    expect(await failure(anonymous.login())).toBeInstanceOf(ValidationError);
  });
});

describe("events", () => {
  test("created, refreshed, lost: with facts and without tokens, until unsubscribed", async () => {
    const { client, server, lines } = setting();
    const own = client({ logLevel: "silent" });
    const loud = client();
    const events: SessionEvent[] = [];
    const stop = own.on("session", (event) => events.push(event));
    loud.on("session", () => {
      throw new Error("listener broke");
    });
    await read(own);
    server.revoke("access");
    await read(own);
    await own.logout();
    expect(events.map(({ type, reason }) => [type, reason])).toEqual([
      ["created", undefined],
      ["refreshed", undefined],
      ["lost", "logout"],
    ]);
    expect(Object.keys(events[0]?.session ?? {}).toSorted()).toEqual(
      ["accessExpiresAt", "did", "handle", "pds", "refreshExpiresAt", "service"].toSorted(),
    );
    stop();
    await own.login();
    expect(events).toHaveLength(3);
    await loud.login(undefined, undefined, { fresh: true });
    expect(lines.filter((line) => line.includes("listener broke"))).toHaveLength(1);
  });
});

describe("a session as a string", () => {
  test("goes to another database and works there, refreshes included", async () => {
    const { client, server } = setting();
    const text = await client().session.export();
    expect(text).toMatch(/^skylex1\.[\w-]+$/);
    const other = client({ ...bare, storage: new MemoryStorage() });
    expect(await other.session.import(text)).toMatchObject({ did: alice.did, pds });
    expect(other.session.info).toMatchObject({ did: alice.did });
    server.revoke("access");
    await read(other);
    expect([server.count("createSession"), server.count("refreshSession")]).toEqual([1, 1]);
  });

  test("A16.4 the Python SDK's strings are read", async () => {
    const { client } = setting();
    const jwt = token(Date.UTC(2027, 0, 1));
    const own = client(bare);
    expect(
      await own.session.import(`alice.example:::did:plc:alice:::${jwt}:::${jwt}:::https://pds.example/`),
    ).toMatchObject({
      handle: "alice.example",
      did: "did:plc:alice",
      pds,
      service: pds,
    });
    expect(await own.session.import(`alice.example:::did:plc:alice:::${jwt}:::${jwt}`)).toMatchObject({
      service: "https://bsky.social",
      pds,
    });
  });

  test.each([
    "",
    "skylex1.",
    "skylex1.bm90IGpzb24",
    "skylex1.bnVsbA",
    "secret:::did:plc:x:::jwt\r\nx-evil: 1:::jwt:::https://pds.example",
    "secret:::nobody:::jwt:::jwt",
    "secret:::did:plc:x:::jwt:::jwt:::ftp://pds.example",
  ])("%j is none, and is not shown", async (text) => {
    const error = await failure(setting().client(bare).session.import(text));
    expect(error).toBeInstanceOf(ValidationError);
    expect(String(error)).not.toContain("secret");
  });
});
