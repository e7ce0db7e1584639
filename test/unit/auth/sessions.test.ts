import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Client } from "../../../src/client/client.ts";
import {
  AuthenticationError,
  AuthFactorTokenRequiredError,
  NotAuthenticatedError,
  RateLimitError,
} from "../../../src/index.ts";
import { MemoryStorage } from "../../../src/storage/memory/index.ts";
import type { SessionStore } from "../../../src/storage/ports/index.ts";
import { failure, read, setting } from "./session-client.ts";
import { alice, pds } from "./stand-in-server.ts";

beforeEach(() => {
  vi.stubEnv("BSKY_AUTH_USERNAME", undefined);
  vi.stubEnv("BSKY_AUTH_PASSWORD", undefined);
});
afterEach(() => vi.unstubAllEnvs());

const bare = { identifier: undefined, password: undefined };

describe("credentials", () => {
  test("A2.1 those of the environment are used", async () => {
    vi.stubEnv("BSKY_AUTH_USERNAME", `@${alice.handle.toUpperCase()}`);
    vi.stubEnv("BSKY_AUTH_PASSWORD", alice.password);
    const { client } = setting();
    expect(await client(bare).did()).toBe(alice.did);
  });

  test("A2.2 options win over the environment, one by one", async () => {
    vi.stubEnv("BSKY_AUTH_USERNAME", "nobody.example");
    vi.stubEnv("BSKY_AUTH_PASSWORD", alice.password);
    const { client } = setting();
    expect(await client({ password: undefined }).did()).toBe(alice.did);
    vi.stubEnv("BSKY_AUTH_USERNAME", alice.handle);
    vi.stubEnv("BSKY_AUTH_PASSWORD", "wrong");
    expect(await setting().client({ identifier: undefined }).did()).toBe(alice.did);
  });

  test("the environment is read when the client is made", async () => {
    const { client } = setting();
    const early = client(bare);
    vi.stubEnv("BSKY_AUTH_USERNAME", alice.handle);
    expect(await failure(early.did())).toBeInstanceOf(NotAuthenticatedError);
  });

  test("A2.8 making a client does nothing", () => {
    const { client, fetch } = setting();
    const used: unknown[] = [];
    const sessions = new Proxy({} as SessionStore, { get: (_, name) => used.push(name) });
    client({ storage: Object.assign(new MemoryStorage(), { sessions }) });
    expect([fetch.requests, used]).toEqual([[], []]);
  });

  test("without an identifier nobody is logged in, whatever is stored", async () => {
    const { client, server } = setting();
    await read(client());
    const anonymous = client(bare);
    await anonymous.app.bsky.actor.getProfile({ actor: "a.test" });
    expect(server.bearers.at(-1)).toBe("public.api.bsky.app app.bsky.actor.getProfile -");
    expect(await failure(anonymous.com.atproto.server.deactivateAccount({}))).toBeInstanceOf(NotAuthenticatedError);
  });

  test("A4.5 an identifier alone works with a stored session, and sends nothing without one", async () => {
    const { client, server, fetch } = setting();
    const alone = client({ password: undefined });
    const error = await failure(read(alone));
    expect(error).toBeInstanceOf(NotAuthenticatedError);
    expect(String(error)).toContain("client.login");
    expect(fetch.requests).toHaveLength(0);
    await read(client());
    await read(alone);
    expect(server.count("createSession")).toBe(1);
  });
});

describe("login", () => {
  test("A4.1 a second client on the same database does not log in, by whichever name it asks", async () => {
    const { client, server } = setting();
    await read(client());
    const before = server.calls.length;
    for (const identifier of [alice.handle, alice.did, `@${alice.handle}`]) await read(client({ identifier }));
    const made = server.calls.slice(before);
    expect(made.filter((call) => call === "pds.example com.example.read")).toHaveLength(3);
    // Whose handle it is may be asked; nothing else is.
    expect(made.filter((call) => !/resolveHandle|plc\.directory|com\.example\.read/.test(call))).toEqual([]);
  });

  test("calls at once share one login, also of two programs", async () => {
    const { client, server } = setting();
    const [one, two] = [client(), client()];
    await Promise.all([read(one), read(one), one.did(), read(two), two.pds()]);
    expect(server.count("createSession")).toBe(1);
  });

  test("the handle is resolved before the password is sent, straight to the account's own server", async () => {
    const { client, server } = setting();
    await read(client());
    expect(server.calls).toEqual([
      "public.api.bsky.app com.atproto.identity.resolveHandle",
      "plc.directory did:plc:alice",
      "pds.example com.atproto.server.createSession",
      "pds.example com.example.read",
    ]);
  });

  test("an e-mail address logs in at the entryway, and goes on at the account's own server", async () => {
    const { client, server } = setting({ givesDocument: true });
    await read(client({ identifier: alice.email }));
    await read(client({ identifier: alice.email }));
    expect(server.calls).toEqual([
      "bsky.social com.atproto.server.createSession",
      "pds.example com.example.read",
      "pds.example com.example.read",
    ]);
  });

  test("A4.10 without a DID document the account is resolved; if that fails, too, the login's server must do", async () => {
    const resolved = setting();
    await read(resolved.client({ service: "https://login.example" }));
    expect(resolved.server.calls.at(-1)).toBe("pds.example com.example.read");
    const lost = setting({
      intercept: (_, nsid) => (nsid === alice.did ? new Response("", { status: 404 }) : undefined),
    });
    await read(lost.client({ service: "https://login.example" }));
    expect(lost.server.calls.at(-1)).toBe("login.example com.example.read");
  });

  test("A4.9 a wrong password is not tried again by calls, but by login() and after five minutes", async () => {
    const { client, server, clock, lines } = setting();
    const wrong = client({ password: "wrong" });
    expect(await failure(read(wrong))).toBeInstanceOf(AuthenticationError);
    const again = await failure(read(wrong));
    expect(again).toBeInstanceOf(AuthenticationError);
    expect(String(again)).toContain("client.login()");
    await failure(wrong.did());
    expect(server.count("createSession")).toBe(1);
    await failure(wrong.login());
    expect(server.count("createSession")).toBe(2);
    clock.after(5 * 60_000, () => undefined);
    await clock.run(new Promise<void>((resolve) => clock.after(5 * 60_000, resolve)));
    await failure(read(wrong));
    expect(server.count("createSession")).toBe(3);
    expect((await wrong.login(alice.handle, alice.password)).did).toBe(alice.did);
    expect(lines.join("\n")).not.toContain('wrong"');
  });

  test("a login that is rationed waits for the server's own time", async () => {
    const { client, server, clock } = setting({
      intercept: (_, nsid) =>
        nsid.endsWith("createSession")
          ? Response.json({ error: "RateLimitExceeded" }, { status: 429, headers: { "retry-after": "3600" } })
          : undefined,
    });
    const limited = client();
    expect(await clock.run(failure(read(limited)))).toBeInstanceOf(RateLimitError);
    const sent = server.count("createSession");
    expect(await clock.run(failure(read(limited)))).toBeInstanceOf(RateLimitError);
    expect(server.count("createSession")).toBe(sent);
  });

  test("two factors: a typed error, then the code", async () => {
    const { client, fetch } = setting({
      intercept: (request, nsid) =>
        nsid.endsWith("createSession") && !String(request.body).includes('"authFactorToken":"ABC-DEF"')
          ? Response.json({ error: "AuthFactorTokenRequired", message: "sent" }, { status: 401 })
          : undefined,
    });
    const careful = client();
    const error = await failure(careful.login());
    expect(error).toBeInstanceOf(AuthFactorTokenRequiredError);
    expect(String(error)).toContain("authFactorToken");
    await failure(read(careful));
    expect(fetch.requests.filter(({ url }) => url.pathname.endsWith("createSession"))).toHaveLength(1);
    const info = await careful.login(alice.handle, alice.password, { authFactorToken: "ABC-DEF" });
    expect(info).toMatchObject({ did: alice.did, handle: alice.handle, pds });
    await read(careful);
  });

  test("login() uses a session that is there, and logs in anyway when asked to", async () => {
    const { client, server } = setting();
    const one = client(bare);
    await one.login(alice.handle, alice.password);
    await client(bare).login(alice.handle, alice.password);
    expect(server.count("createSession")).toBe(1);
    await one.login(undefined, undefined, { fresh: true });
    expect(server.count("createSession")).toBe(2);
    await read(one);
  });

  test("a server that answers for somebody else is not believed", async () => {
    const { client } = setting();
    const error = await failure(client({ identifier: "did:plc:mallory", service: pds }).did());
    expect(error).toBeInstanceOf(AuthenticationError);
  });

  test("the caller's signal and timeout end the waiting, not the login", async () => {
    let open: ((answer: Response) => void) | undefined;
    const { client, server, fetch, clock } = setting();
    const held: typeof fetch = Object.assign(
      (url: string, init: RequestInit): Promise<Response> =>
        url.endsWith("createSession")
          ? new Promise<Response>((resolve) => {
              open = () => resolve(fetch(url, init));
            })
          : fetch(url, init),
      { requests: fetch.requests },
    );
    const waiting = client({ fetch: held, service: pds });
    const controller = new AbortController();
    const aborted = failure(waiting.get("com.example.read", {}, { signal: controller.signal }));
    const late = failure(waiting.get("com.example.read", {}, { timeout: 1000 }));
    const patient = read(waiting);
    await vi.waitFor(() => expect(open).toBeDefined());
    controller.abort(new Error("no longer wanted"));
    expect(await aborted).toEqual(new Error("no longer wanted"));
    expect(await clock.run(late)).toMatchObject({ name: "TimeoutError", phase: "call" });
    open?.(new Response());
    await patient;
    expect(server.count("createSession")).toBe(1);
  });
});

describe("tokens", () => {
  test("A4.6 A3.1 A3.2 they go to the account's server and to hosts that are trusted, and never to the AppView", async () => {
    const { client, server } = setting();
    const own = client({ trustedServices: ["https://elsewhere.trusted"] });
    const at = async (service: string): Promise<string | undefined> => {
      await own.app.bsky.actor.getProfile({ actor: "a.test" }, { service });
      return server.bearers.at(-1)?.replace(/ \S*\.sig$/, " token");
    };
    // The first of them before there is any session.
    expect(await at("https://elsewhere.example")).toBe("elsewhere.example app.bsky.actor.getProfile -");
    expect(server.count("createSession")).toBe(0);
    expect(await at("https://public.api.bsky.app")).toBe("public.api.bsky.app app.bsky.actor.getProfile -");
    expect(await at("https://elsewhere.trusted")).toBe("elsewhere.trusted app.bsky.actor.getProfile token");
    expect(await at("https://bsky.social")).toBe("pds.example app.bsky.actor.getProfile token");
    expect(await at(pds)).toBe("pds.example app.bsky.actor.getProfile token");
    expect(await at("https://elsewhere.example")).toBe("elsewhere.example app.bsky.actor.getProfile -");
  });

  test("A3.1 of a fresh client, a call that names the entryway goes to the account's own server", async () => {
    const { client, server } = setting();
    await client().app.bsky.actor.getProfile({ actor: "a.test" }, { service: "https://bsky.social" });
    expect(server.calls.at(-1)).toBe("pds.example app.bsky.actor.getProfile");
  });

  test("no token and no password is in any error, log line or event", async () => {
    const { client, server, lines } = setting();
    const own = client({ logLevel: "debug" });
    const events: unknown[] = [];
    own.on("session", (event) => events.push(event));
    await read(own);
    server.revoke("access");
    await read(own);
    server.revoke("both");
    const errors = [await failure(read(client({ logLevel: "debug", password: "pw-wrong" })))];
    errors.push(await failure(own.get("com.example.read", {}, { service: "ftp://x" })));
    const seen = inspect([errors, lines, events, own, await own.sessions.list()], { depth: 12 });
    expect(seen).not.toMatch(/\.sig\b|pw-a|pw-wrong/);
    expect(lines.length).toBeGreaterThan(4);
  });

  test("an access token of the user's own is neither stored nor refreshed", async () => {
    const { client, server, storage } = setting();
    const fixed = client({ ...bare, accessToken: "opaque", service: pds });
    expect(await failure(read(fixed))).toMatchObject({ error: "ExpiredToken" });
    expect(server.calls).toEqual(["pds.example com.example.read"]);
    expect(await storage.sessions.list()).toEqual([]);
    expect(await failure(fixed.did())).toBeInstanceOf(NotAuthenticatedError);
    expect(await fixed.pds()).toBe(pds);
    expect(fixed).toBeInstanceOf(Client);
  });
});
