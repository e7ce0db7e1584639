import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { InsufficientScopeError, SessionError, XrpcError } from "../../../src/index.ts";
import { failure, read, setting } from "./session-client.ts";
import { alice, token } from "./stand-in-server.ts";

beforeEach(() => {
  vi.stubEnv("BSKY_AUTH_USERNAME", undefined);
  vi.stubEnv("BSKY_AUTH_PASSWORD", undefined);
});
afterEach(() => vi.unstubAllEnvs());

const noPassword = { password: undefined };
const unverified = { error: "InvalidToken", message: "Token could not be verified" };

/** A server that refuses the first `times` uses of an endpoint with these words. */
const refusing = (nsid: string, body: object, { status = 400, headers = {}, times = 1 } = {}) => {
  let asked = 0;
  return setting({
    intercept: (_, named) => (named === nsid && asked++ < times ? Response.json(body, { status, headers }) : undefined),
  });
};

/** Whatever was given before is refused as never signed here. */
function rotated() {
  let isRotated = false;
  let old = new Set<string>();
  const world = setting({
    intercept: (request) => {
      const bearer = request.headers["authorization"]?.replace("Bearer ", "");
      if (bearer === undefined || !isRotated) return undefined;
      return old.has(bearer) ? Response.json(unverified, { status: 400 }) : undefined;
    },
  });
  const rotate = async (): Promise<void> => {
    const [stored] = await world.storage.sessions.list();
    const row = await world.storage.sessions.find(stored?.service ?? "", alice.did);
    old = new Set([row?.accessJwt ?? "", row?.refreshJwt ?? ""]);
    isRotated = true;
  };
  return { ...world, rotate };
}

function appPassword(scope: string | undefined) {
  const accessJwt = token(Date.now() + 3_600_000, { sub: alice.did, ...(scope !== undefined && { scope }) });
  return { identifier: undefined, password: undefined, accessToken: accessJwt, service: "https://pds.example" };
}

describe("T4 a session that was signed with a secret the server has no more", () => {
  test("T4 is replaced by a login with the password at hand", async () => {
    const { client, server, storage, rotate } = rotated();
    await read(client());
    await rotate();
    const later = client();
    await read(later);
    expect(server.calls.filter((call) => call.startsWith("pds.example")).slice(-4)).toEqual([
      "pds.example com.example.read",
      "pds.example com.atproto.server.refreshSession",
      "pds.example com.atproto.server.createSession",
      "pds.example com.example.read",
    ]);
    expect(await storage.sessions.list({ includeDead: true })).toMatchObject([{ exception: null, generation: 2 }]);
  });

  test("T4 without a password it is over, and login() is no circle", async () => {
    const { client, server, rotate } = rotated();
    await read(client());
    await rotate();
    const error = await failure(read(client(noPassword)));
    expect(error).toBeInstanceOf(SessionError);
    expect(String(error)).toContain("client.login(identifier, password)");
    const next = client({ identifier: undefined, password: undefined });
    await next.login(alice.handle, alice.password);
    await read(next);
    expect(server.count("createSession")).toBe(2);
  });
});

describe("a token that is refused", () => {
  test.each([
    [400, { error: "InvalidToken" }],
    [400, unverified],
    [401, unverified],
    [400, { error: "InvalidToken", message: "Malformed token" }],
  ])("T4 with %i %j is refreshed, and the call sent again", async (status, body) => {
    const { client, server } = refusing("com.example.read", body, { status });
    await read(client());
    expect([server.count("refreshSession"), server.count("com.example.read")]).toEqual([1, 2]);
  });

  test.each([
    [{ error: "InvalidToken", message: "Token is invalid" }],
    [{ error: "ExpiredToken", message: "Token is expired" }],
  ])("T4 a code from an e-mail that is refused with %j costs no session", async (body) => {
    const { client, server } = refusing("com.example.updateEmail", body, { times: 9 });
    const error = await failure(client().post("com.example.updateEmail", { email: "a@b.example", token: "ABCDE" }));
    expect(error).toMatchObject({ error: body.error, attempts: 1 });
    expect(server.count("refreshSession")).toBe(0);
  });

  test("T4 beside a code from an e-mail, the session's own token is refreshed as ever", async () => {
    const { client, server } = refusing("com.example.updateEmail", {
      error: "ExpiredToken",
      message: "Token has expired",
    });
    await client().post("com.example.updateEmail", { email: "a@b.example", token: "ABCDE" });
    expect([server.count("refreshSession"), server.count("updateEmail")]).toEqual([1, 2]);
  });
});

describe("what an app password may not do", () => {
  test.each([
    ["createAppPassword", 400, { error: "InvalidToken", message: "Bad token scope" }, {}],
    ["requestEmailUpdate", 401, { error: "InvalidToken", message: "Bad token scope" }, {}],
    ["deactivateAccount", 400, { error: "InvalidToken", message: "Bad token method" }, {}],
    ["requestAccountDelete", 403, { error: "InsufficientScope", message: "no" }, {}],
    ["getAccountInviteCodes", 403, { error: "ScopeMissingError", message: 'Missing required scope "x"' }, {}],
    ["signPlcOperation", 403, { error: "Forbidden" }, { "www-authenticate": 'Bearer error="insufficient_scope"' }],
  ])("L15 %s with %i %j says that it needs the account's own password", async (name, status, body, headers) => {
    const nsid = `com.atproto.server.${name}`;
    const { client, server } = refusing(nsid, body, { status, headers, times: 9 });
    for (const own of [client(appPassword("com.atproto.appPass")), client(appPassword(undefined)), client()]) {
      const error = await failure(own.call({ kind: "procedure", nsid }, {}, { validate: false }));
      expect(error).toBeInstanceOf(InsufficientScopeError);
      expect(error).toMatchObject({ error: body.error, status, nsid, attempts: 1 });
      expect(String(error)).toContain("only the account's own password may");
    }
    expect(server.count("refreshSession")).toBe(0);
  });

  test("L15 tokens for direct messages need an app password with access to them", async () => {
    const message =
      "insufficient access to request a service auth token for the following method: chat.bsky.convo.listConvos";
    const { client } = refusing("com.atproto.server.getServiceAuth", { error: "InvalidRequest", message });
    const asked = client(appPassword("com.atproto.appPass")).serviceAuth({
      aud: "did:web:api.bsky.chat",
      lxm: "chat.bsky.convo.listConvos",
    });
    const error = await failure(asked);
    expect(error).toBeInstanceOf(InsufficientScopeError);
    expect(String(error)).toContain("no access to direct messages");
  });

  test("L15 to the account's own password it is refused as the server says it", async () => {
    const body = { error: "InvalidToken", message: "Bad token scope" };
    const { client } = refusing("com.atproto.server.getAccountInviteCodes", body, { times: 9 });
    const error = await failure(
      client(appPassword("com.atproto.access")).get("com.atproto.server.getAccountInviteCodes"),
    );
    expect(error).toBeInstanceOf(XrpcError);
    expect(error).not.toBeInstanceOf(InsufficientScopeError);
    expect(error).toMatchObject({ error: "InvalidToken", attempts: 1 });
  });
});
