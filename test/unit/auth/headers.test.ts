import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { page } from "../../support/fakes/scripted-fetch.ts";
import { networkFailure } from "../../support/fakes/scripted-fetch.ts";
import { read, setting } from "./session-client.ts";
import { alice, pds } from "./stand-in-server.ts";

beforeEach(() => {
  vi.stubEnv("BSKY_AUTH_USERNAME", undefined);
  vi.stubEnv("BSKY_AUTH_PASSWORD", undefined);
});
afterEach(() => vi.unstubAllEnvs());

const key = { "X-Gateway-Key": "open sesame" };
const bob = { did: "did:plc:bob", pds: "https://bob-pds.example" };
const bobsDocument = {
  id: bob.did,
  service: [{ id: "#atproto_pds", type: "AtprotoPersonalDataServer", serviceEndpoint: bob.pds }],
};

/** A server behind a gateway that wants a key with every request. */
function guarded() {
  const record = { uri: `at://${alice.did}/com.example.thing/one`, cid: "" };
  const given = setting({
    intercept: ({ url, headers }, nsid) => {
      if (nsid === bob.did) return Response.json(bobsDocument);
      if (url.origin === pds && headers["x-gateway-key"] !== "open sesame") return page(403);
      if (nsid === "com.atproto.repo.getRecord") return Response.json({ error: "RecordNotFound" }, { status: 400 });
      if (nsid === "com.atproto.repo.createRecord") return Response.json(record);
      return undefined;
    },
  });
  const sent = (host: string): readonly Readonly<Record<string, string>>[] =>
    given.fetch.requests.filter(({ url }) => url.host === host).map(({ headers }) => headers);
  return { ...given, sent };
}

describe("a server behind a gateway", () => {
  test("B14 gets the client's headers with logins, refreshes, service tokens and logouts", async () => {
    const { client, server, fetch } = guarded();
    const own = client({ headers: key });
    await read(own);
    server.revoke("access");
    await read(own);
    await own.serviceAuth({ aud: "did:web:video.example" }).catch(() => undefined);
    await own.logout();
    const nsids = fetch.requests
      .filter(({ url }) => url.origin === pds)
      .map(({ url }) => url.pathname.split(".").at(-1));
    expect(new Set(nsids)).toEqual(
      new Set(["createSession", "read", "refreshSession", "getServiceAuth", "deleteSession"]),
    );
  });

  test("B14 gets them with the look after a lost response, which is no UnsettledError", async () => {
    const { client, fetch, clock } = guarded();
    let isLost = true;
    const own = client({
      headers: key,
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        if (!isLost || !url.endsWith("createRecord")) return response;
        isLost = false;
        throw networkFailure("ECONNRESET");
      },
    });
    const record = { $type: "com.example.thing", createdAt: "2026-01-01T00:00:00.000Z" };
    const writing = own.com.atproto.repo.createRecord({
      repo: alice.did,
      collection: "com.example.thing",
      rkey: "one",
      record,
    });
    expect((await clock.run(writing)).uri).toBe(`at://${alice.did}/com.example.thing/one`);
    const looks = fetch.requests.filter(({ url }) => url.pathname.endsWith("getRecord"));
    expect(looks.length).toBeGreaterThan(0);
    for (const { headers } of looks) expect(headers["x-gateway-key"]).toBe("open sesame");
  });

  test("B14 gets headers of a call with its look, but for those that are of that call alone", async () => {
    const { client, fetch, clock } = guarded();
    let isLost = true;
    const own = client({
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        if (!isLost || !url.endsWith("createRecord")) return response;
        isLost = false;
        throw networkFailure("ECONNRESET");
      },
      headers: key,
    });
    const record = { $type: "com.example.thing", createdAt: "2026-01-01T00:00:00.000Z" };
    const headers = { "x-trace": "1", "content-type": "application/json", "atproto-accept-labelers": "did:plc:l" };
    const input = { repo: alice.did, collection: "com.example.thing", rkey: "one", record };
    await clock.run(own.com.atproto.repo.createRecord(input, { headers }));
    const look = fetch.requests.find(({ url }) => url.pathname.endsWith("getRecord"));
    expect(look?.headers["x-trace"]).toBe("1");
    expect(look?.headers).not.toHaveProperty("content-type");
    expect(look?.headers).not.toHaveProperty("atproto-accept-labelers");
  });

  test("B14 a token or proxy among the client's headers does not go with logins", async () => {
    const { client, fetch } = guarded();
    const own = client({ headers: { ...key, "atproto-proxy": "did:web:chat.example#chat", "User-Agent": "mine/1" } });
    await own.login();
    const login = fetch.requests.find(({ url }) => url.pathname.endsWith("createSession"));
    expect(login?.headers).toMatchObject({ "x-gateway-key": "open sesame", "user-agent": "mine/1" });
    expect(login?.headers).not.toHaveProperty("atproto-proxy");
    expect(login?.headers).not.toHaveProperty("authorization");
  });
});

describe("servers that neither the user nor the account chose", () => {
  test("B14 do not get the client's headers: the directory, the public AppView, and the servers of others", async () => {
    const { client, sent, fetch } = guarded();
    const own = client({ headers: key });
    await read(own);
    const mine = { headers: { "x-mine": "1" } };
    await own.com.atproto.repo.listRecords({ repo: bob.did, collection: "a.b.c" }, mine).catch(() => undefined);
    expect(sent("bob-pds.example")).toMatchObject([{ "x-mine": "1" }]);
    for (const host of ["bob-pds.example", "plc.directory", "public.api.bsky.app"]) {
      expect(sent(host).length).toBeGreaterThan(0);
      for (const headers of sent(host)) expect(headers).not.toHaveProperty("x-gateway-key");
    }
    expect(fetch.requests.length).toBeGreaterThan(3);
  });

  test("B14 a resolver that the user named gets them", async () => {
    const { client, sent } = guarded();
    await read(client({ headers: key, handleResolver: "https://resolver.example" }));
    expect(sent("resolver.example")).toMatchObject([{ "x-gateway-key": "open sesame" }]);
  });

  test("B14 explain shows what would be sent", async () => {
    const { client } = guarded();
    const own = client({ headers: key });
    const { headers } = await own.explain("com.atproto.repo.listRecords", { repo: bob.did, collection: "a.b.c" });
    expect(headers).not.toHaveProperty("x-gateway-key");
  });
});
