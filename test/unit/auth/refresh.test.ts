import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { SessionEvent } from "../../../src/index.ts";
import {
  AuthenticationError,
  NetworkError,
  NotAuthenticatedError,
  SessionError,
  UpstreamError,
} from "../../../src/index.ts";
import { StorageError } from "../../../src/core/errors/index.ts";
import type { SaveSessionOptions, SessionInput } from "../../../src/storage/ports/index.ts";
import { networkFailure } from "../../support/fakes/scripted-fetch.ts";
import { failure, read, setting } from "./session-client.ts";
import { alice, pds } from "./stand-in-server.ts";
import { withSessions } from "./with-sessions.ts";

beforeEach(() => {
  vi.stubEnv("BSKY_AUTH_USERNAME", undefined);
  vi.stubEnv("BSKY_AUTH_PASSWORD", undefined);
});
afterEach(() => vi.unstubAllEnvs());

const noPassword = { password: undefined };
const alone = { retry: false } as const;

const stream = (): ReadableStream<Uint8Array> => new Blob(["bytes"]).stream();
const gone = async (): Promise<never> => Promise.reject(new StorageError("away", { code: "unreachable" }));

describe("an expired access token", () => {
  test("A4.2 is refreshed once, the call is sent once more, and the session is stored", async () => {
    const { client, server, storage } = setting();
    const own = client();
    await read(own);
    server.revoke("access");
    await read(own);
    expect(server.calls.slice(-3)).toEqual([
      "pds.example com.example.read",
      "pds.example com.atproto.server.refreshSession",
      "pds.example com.example.read",
    ]);
    const [stored] = await storage.sessions.list();
    expect(stored).toMatchObject({ generation: 2, createMethod: "refresh", pdsServiceEndpoint: pds });
    await read(client());
    expect(server.count("refreshSession")).toBe(1);
  });

  test.each([
    [400, { error: "ExpiredToken" }, {}],
    [403, { error: "ExpiredToken" }, {}],
    [401, { error: "InvalidToken" }, {}],
    [401, { error: "Nope" }, { "www-authenticate": 'DPoP error="invalid_token"' }],
  ])("is what %i %j says", async (status, body, headers) => {
    let asked = 0;
    const { client, server } = setting({
      intercept: (_, nsid) =>
        nsid === "com.example.read" && asked++ === 0 ? Response.json(body, { status, headers }) : undefined,
    });
    await read(client());
    expect(server.count("refreshSession")).toBe(1);
  });

  test.each([
    [401, "AccountDeactivated"],
    [401, "AccountTakedown"],
    [401, "AuthMissing"],
    [401, "AuthenticationRequired"],
    [403, "InvalidRequest"],
  ])("is not what %i %s says", async (status, error) => {
    const { client, server } = setting({
      intercept: (_, nsid) => (nsid === "com.example.read" ? Response.json({ error }, { status }) : undefined),
    });
    expect(await failure(read(client()))).toMatchObject({ error, status });
    expect(server.count("refreshSession")).toBe(0);
  });

  test("A4.8 after a replay that is refused the same way, the call fails; there is no loop", async () => {
    const { client, server } = setting({
      intercept: (_, nsid) =>
        nsid === "com.example.read" ? Response.json({ error: "ExpiredToken" }, { status: 400 }) : undefined,
    });
    const error = await failure(read(client()));
    expect(error).toMatchObject({ name: "AuthenticationError", error: "ExpiredToken", attempts: 2 });
    expect([server.count("com.example.read"), server.count("refreshSession")]).toEqual([2, 1]);
  });

  test("A4.7 of many calls at once leads to one refresh", async () => {
    const { client, server } = setting();
    const [one, two] = [client(), client()];
    await Promise.all([read(one), read(two)]);
    server.revoke("access");
    await Promise.all(Array.from({ length: 20 }, (_, index) => read(index % 2 ? one : two)));
    expect(server.count("refreshSession")).toBe(1);
    expect(server.count("createSession")).toBe(1);
  });

  test("is renewed before it expires, within its last minute", async () => {
    const { client, server, clock } = setting({ life: 180_000 });
    const own = client();
    await read(own);
    const wait = (ms: number): Promise<void> => clock.run(new Promise<void>((resolve) => clock.after(ms, resolve)));
    await wait(119_000);
    await read(own);
    expect(server.count("refreshSession")).toBe(0);
    await wait(2_000);
    await read(own);
    expect(server.calls.slice(-2)).toEqual([
      "pds.example com.atproto.server.refreshSession",
      "pds.example com.example.read",
    ]);
  });

  test("a clock that is wrong does not refresh before every call", async () => {
    const { client, server } = setting({ life: -3_600_000 });
    const own = client();
    for (let count = 0; count < 5; count++) await read(own);
    expect(server.count("refreshSession")).toBe(1);
  });

  test("while a renewal ahead of time gets no answer, the old token does", async () => {
    let down = false;
    const { client, server, clock } = setting({
      life: 90_000,
      intercept: (_, nsid) => (down && nsid.endsWith("refreshSession") ? new Response("", { status: 503 }) : undefined),
    });
    const own = client();
    await read(own);
    down = true;
    await clock.run(new Promise<void>((resolve) => clock.after(40_000, resolve)));
    await read(own);
    expect(server.calls.at(-1)).toBe("pds.example com.example.read");
    await clock.run(new Promise<void>((resolve) => clock.after(60_000, resolve)));
    expect(await failure(own.get("com.example.read", {}, alone))).toBeInstanceOf(UpstreamError);
  });

  test("A4.13 a body that cannot be sent again fails clearly, and the next call has a fresh session", async () => {
    const { client, server } = setting();
    const own = client();
    await read(own);
    server.revoke("access");
    const error = await failure(own.post("com.example.upload", stream()));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(String(error)).toContain("cannot be sent again");
    expect(server.count("com.example.upload")).toBe(1);
    await own.post("com.example.upload", stream());
    expect([server.count("com.example.upload"), server.count("refreshSession")]).toEqual([2, 1]);
  });
});

describe("a refresh that fails", () => {
  test.each([
    ["A4.14 a broken connection", networkFailure("ECONNRESET"), NetworkError],
    ["a failing server", new Response("", { status: 502 }), UpstreamError],
  ])("%s keeps the session, and the next call succeeds", async (_, step, kind) => {
    const { client, server, fetch, storage } = setting();
    let down = true;
    const own = client({
      ...noPassword,
      fetch: async (url, init) => {
        if (!down || !url.endsWith("refreshSession")) return fetch(url, init);
        if (step instanceof Error) throw step;
        return step.clone();
      },
    });
    await read(client());
    server.revoke("access");
    const error = await failure(own.post("com.example.write", {}, alone));
    expect(error).toBeInstanceOf(kind);
    // The call itself was refused, so whatever happened to the refresh, it did nothing.
    expect(error).toMatchObject({ ambiguous: false, retryable: true, nsid: "com.example.write" });
    expect(await storage.sessions.list()).toHaveLength(1);
    down = false;
    await own.post("com.example.write", {}, alone);
    expect([server.count("createSession"), server.count("refreshSession")]).toEqual([1, 1]);
  });

  test("is repeated with the call", async () => {
    let failures = 2;
    const { client, server, clock } = setting({
      intercept: (_, nsid) =>
        nsid.endsWith("refreshSession") && failures-- > 0 ? new Response("", { status: 503 }) : undefined,
    });
    const own = client();
    await read(own);
    server.revoke("access");
    await clock.run(own.post("com.example.write", {}));
    expect(server.count("refreshSession")).toBe(3);
  });

  test("A4.3 A4.4 after a refused refresh token, the password logs in", async () => {
    const { client, server, storage } = setting();
    const own = client();
    await read(own);
    server.revoke("both");
    await read(own);
    expect(server.calls.slice(-4)).toEqual([
      "pds.example com.example.read",
      "pds.example com.atproto.server.refreshSession",
      "pds.example com.atproto.server.createSession",
      "pds.example com.example.read",
    ]);
    expect(await storage.sessions.list({ includeDead: true })).toMatchObject([{ generation: 2, exception: null }]);
  });

  test("without a password it is the end: SessionError, the session is dead in storage, and nothing more is sent", async () => {
    const { client, server, storage } = setting();
    await read(client());
    const own = client(noPassword);
    const events: SessionEvent[] = [];
    own.on("session", (event) => events.push(event));
    await read(own);
    server.revoke("both");
    const error = await failure(read(own));
    expect(error).toBeInstanceOf(SessionError);
    expect(error).toMatchObject({ did: alice.did, reason: "refused", nsid: "com.example.read" });
    expect(await storage.sessions.list()).toEqual([]);
    expect((await storage.sessions.list({ includeDead: true }))[0]?.exception).toContain("ExpiredToken");
    expect(events).toMatchObject([{ type: "lost", session: { did: alice.did } }]);
    const before = server.calls.length;
    expect(await failure(read(own))).toBeInstanceOf(NotAuthenticatedError);
    expect(server.calls.length).toBe(before);
  });

  test("after a refused refresh token, a newer one that another program stored meanwhile is used", async () => {
    const { client, server, storage } = setting();
    await read(client());
    let hidden = true;
    const stale = await storage.sessions.find(pds, alice.did);
    const blind = withSessions(storage, {
      // What it sees before it asks the server is old; a slow replica would do that.
      find: async (service, name) => {
        if (!hidden) return storage.sessions.find(service, name);
        return stale;
      },
    });
    const own = client({ ...noPassword, storage: blind });
    await read(own);
    server.revoke("access");
    await read(client());
    const real = own;
    const spy = server.options as { intercept?: (request: unknown, nsid: string) => undefined };
    spy.intercept = (_, nsid) => {
      if (nsid.endsWith("refreshSession")) hidden = false;
    };
    await read(real);
    expect(server.count("createSession")).toBe(1);
    expect(server.count("refreshSession")).toBe(2);
  });
});

describe("storage that fails", () => {
  test("A4.15 does not stop calls: one warning, and storing is tried again", async () => {
    const { client, server, storage, lines, clock } = setting();
    await read(client());
    let full = true;
    let tried = 0;
    const save = async (session: SessionInput, options: SaveSessionOptions = {}): Promise<never> => {
      tried++;
      if (full) throw new StorageError("The disk is full. Make room.", { code: "disk-full" });
      return (await storage.sessions.save(session, options)) as never;
    };
    const own = client({ ...noPassword, storage: withSessions(storage, { save }) });
    await read(own);
    server.revoke("access");
    for (let count = 0; count < 3; count++) await read(own);
    expect([tried, server.count("refreshSession")]).toEqual([1, 1]);
    expect(lines.filter((line) => line.includes("disk is full"))).toHaveLength(1);
    const later = (): Promise<void> => clock.run(new Promise<void>((resolve) => clock.after(6_000, resolve)));
    await later();
    await read(own);
    await later();
    full = false;
    await read(own);
    await vi.waitFor(async () => expect((await storage.sessions.find(pds, alice.did))?.generation).toBe(2));
    expect(lines.filter((line) => line.includes("disk is full"))).toHaveLength(1);
    await read(client());
    expect(server.count("refreshSession")).toBe(1);
  });

  test("that cannot lock or read does not stop a refresh", async () => {
    const { client, server, storage } = setting();
    await read(client());
    let away = false;
    const own = client({
      ...noPassword,
      storage: withSessions(storage, {
        find: (service, name) => (away ? gone() : storage.sessions.find(service, name)),
        withLock: gone,
      }),
    });
    await read(own);
    away = true;
    server.revoke("access");
    await read(own);
    expect(server.count("refreshSession")).toBe(1);
  });

  test("before the first session is an error, not a reason to log in", async () => {
    const { client, server, storage } = setting();
    const broken = withSessions(storage, {
      list: async () => Promise.reject(new StorageError("corrupt", { code: "corrupt" })),
    });
    expect(await failure(read(client({ storage: broken })))).toBeInstanceOf(StorageError);
    expect(server.calls).toEqual([]);
  });
});
