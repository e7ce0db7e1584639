import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { readServices } from "../../../src/core/services.ts";
import { ValidationError, type Client } from "../../../src/index.ts";
import { publicRoutes } from "../../../src/routing/route-table.ts";
import { alice as person, pds } from "../auth/stand-in-server.ts";
import { setting } from "../auth/session-client.ts";
import { accessToken, alice, asAlice, bob, home, surroundings } from "./surroundings.ts";

describe("client.explain", () => {
  test("says host and why, account, token, headers and URL of a read, and sends nothing", async () => {
    const { client, fetch } = surroundings(asAlice);
    const explanation = await client.explain("app.bsky.actor.getSuggestions", { limit: 10 });
    expect(explanation).toEqual({
      nsid: "app.bsky.actor.getSuggestions",
      kind: "query",
      method: "GET",
      url: `${home}/xrpc/app.bsky.actor.getSuggestions?limit=10`,
      host: {
        origin: home,
        why: "the account's own server",
        route: "*",
        rule: expect.stringContaining("AppView"),
        source: expect.stringMatching(/^https:/),
      },
      account: { did: alice.did, handle: undefined, session: "access token" },
      auth: { kind: "access token" },
      proxy: undefined,
      labelers: undefined,
      headers: { "user-agent": expect.stringMatching(/^skylex/), authorization: "Bearer [redacted]" },
      body: undefined,
      checks: { sent: false, received: false },
      budget: undefined,
      repetition: { attempts: 4, afterLostAnswer: "repeated" },
      refusal: undefined,
    });
    expect(fetch.requests).toEqual([]);
    expect(await client.log.query()).toEqual([]);
  });

  test("what it says is what is sent, for every row of the table", async () => {
    const services = { ozone: "did:plc:ozone", video: { url: "https://video.example" } };
    for (const { nsid, kind } of publicRoutes(readServices(services))) {
      const name = nsid.replace(/\*$/, nsid === "*" ? "com.example.any" : "any");
      const definition = { kind: kind ?? "query", nsid: name } as const;
      const params = { repo: bob.did, did: bob.did };
      const { client, calls } = surroundings({ ...asAlice, services });
      const { url, headers, auth, host } = await client.explain(definition, params);
      expect(host.route).toBe(nsid);
      expect(calls()).toEqual([]);
      await client.call(definition as never, params as never);
      const sent = calls().find((request) => request.url.pathname.endsWith(name));
      expect([name, url]).toEqual([name, sent?.url.href]);
      const { authorization, ...others } = sent?.headers ?? {};
      const { authorization: explained, ...same } = headers;
      expect(same).toEqual(others);
      expect([name, explained]).toEqual([name, authorization === undefined ? undefined : "Bearer [redacted]"]);
      // The one token of a fixed account stands for both of a session.
      expect(auth?.kind.replace("refresh", "access")).toBe(kindOf(authorization));
    }
  });

  test("names the service token of a video upload, and asks for none", async () => {
    const { client, fetch } = surroundings(asAlice);
    const explanation = await client.explain("app.bsky.video.uploadVideo", new Uint8Array(7), {
      params: { did: alice.did, name: "a.mp4" },
      encoding: "video/mp4",
    });
    expect(explanation).toMatchObject({
      method: "POST",
      auth: {
        kind: "service token",
        aud: "the DID of the account's own server",
        lxm: "com.atproto.repo.uploadBlob",
        seconds: 1800,
      },
      body: { encoding: "video/mp4", bytes: 7 },
    });
    expect(fetch.requests).toEqual([]);
  });

  test("says what is taken, and that a write is not repeated blindly", async () => {
    const { client } = surroundings(asAlice);
    const record = { $type: "app.bsky.feed.post", text: "hi", createdAt: "2026-01-01T00:00:00Z" };
    const write = { repo: alice.did, collection: record.$type, record };
    const windows = [
      { window: "1-hour", used: 0, budget: 5000 },
      { window: "24-hour", used: 0, budget: 35_000 },
    ];
    expect(await client.explain("com.atproto.repo.createRecord", write)).toMatchObject({
      budget: { cost: 3, unit: "write points", account: alice.did, windows },
      repetition: { afterLostAnswer: "looked up, and repeated if not done" },
    });
    await client.com.atproto.repo.createRecord({ ...write, collection: "app.bsky.feed.post" });
    const batch = {
      repo: alice.did,
      writes: [{ $type: "com.atproto.repo.applyWrites#delete", collection: "a.b.c", rkey: "1" }],
    };
    const again = await client.explain("com.atproto.repo.applyWrites", batch);
    expect(again.budget).toMatchObject({ cost: 1, windows: [{ used: 3 }, { used: 3 }] });
    expect(String(again)).toContain("1 for each attempt, in write points; 3 of 5000 used in the 1-hour window");
    // Asking took nothing.
    expect((await client.explain("com.atproto.repo.applyWrites", batch)).budget).toEqual(again.budget);
    const repetition = async (nsid: string, options = {}): Promise<object> =>
      (await client.explain(nsid, write, options)).repetition;
    const once = { attempts: 1, afterLostAnswer: "not repeated" };
    expect(await repetition("com.atproto.repo.deleteRecord", { retry: false })).toEqual(once);
    // B28: the same however a single attempt is asked for.
    const looked = { attempts: 1, afterLostAnswer: "looked up, not repeated" };
    expect(await repetition("com.atproto.repo.createRecord", { retry: { attempts: 1 } })).toEqual(looked);
    expect(await repetition("com.atproto.repo.deleteRecord")).toEqual({ attempts: 4, afterLostAnswer: "repeated" });
    expect(await repetition("com.atproto.server.createInviteCode")).toEqual({
      attempts: 4,
      afterLostAnswer: "not repeated",
    });
  });

  test("follows the options of the call and of the view", async () => {
    const { client, fetch } = surroundings({ ...asAlice, labelers: ["did:plc:l"], headers: { "x-mine": "1" } });
    const proxy = "did:web:feeds.example#feed_gen";
    const view = client.with({ proxy });
    expect(await view.explain("com.example.read", { a: 1 })).toMatchObject({
      proxy,
      labelers: "did:plc:l",
      headers: { "atproto-proxy": proxy, "atproto-accept-labelers": "did:plc:l", "x-mine": "1" },
    });
    const elsewhere = await client.explain("com.example.read", {}, { service: "https://elsewhere.example" });
    expect(elsewhere).toMatchObject({ url: "https://elsewhere.example/xrpc/com.example.read", auth: { kind: "none" } });
    expect(elsewhere.host.why).toContain("`service` of the call");
    const repo = await client.explain("com.atproto.repo.listRecords", { repo: bob.did, collection: "a.b.c" });
    expect(repo.host).toMatchObject({ origin: bob.pds, why: "the server that has the repository" });
    // The directory was asked, and the servers of neither.
    expect(fetch.requests.map(({ url }) => url.hostname)).toEqual(["plc.directory"]);
  });

  test("gives the error of a call that would be refused", async () => {
    const anonymous = surroundings();
    const refused = await anonymous.client.explain("com.atproto.repo.createRecord", { record: {} });
    expect(refused).toMatchObject({ url: undefined, account: undefined, refusal: { name: "NotAuthenticatedError" } });
    const { client } = surroundings(asAlice);
    const ozone = await client.explain("tools.ozone.team.listMembers");
    expect(ozone.refusal).toMatchObject({ name: "ValidationError", issues: [{ path: "services.ozone" }] });
    const bad = await client.explain("app.bsky.feed.getTimeline", { limit: 1.5 });
    expect(bad.refusal?.issues).toMatchObject([{ path: "params.limit" }]);
    expect(String(bad)).toContain("refused  ValidationError: app.bsky.feed.getTimeline: params.limit");
    for (const nsid of ["app.bsky.feed.post", "nonsense", "com.atproto.sync.subscribeRepos"]) {
      await expect(client.explain(nsid)).rejects.toBeInstanceOf(ValidationError);
    }
  });

  test("says what is held to the lexicon, and what is wrong with it", async () => {
    const { client } = surroundings({ ...asAlice, validate: { output: "report" } });
    const record = { $type: "app.bsky.feed.post", text: "x".repeat(301), createdAt: "2026-01-01T00:00:00Z" };
    const input = { repo: alice.did, collection: record.$type, record };
    const bad = await client.explain("com.atproto.repo.createRecord", input);
    expect(bad).toMatchObject({
      checks: { sent: true, received: "report" },
      refusal: { name: "ValidationError", issues: [{ path: "input.record.text" }] },
    });
    expect(String(bad)).toContain("checked  what is sent and the answer (report), by the lexicon");
    const unchecked = await client.explain("com.atproto.repo.createRecord", input, { validate: false });
    expect(unchecked).toMatchObject({ checks: { sent: false, received: false }, refusal: undefined });
  });

  test("shows no secret", async () => {
    const { client } = surroundings(asAlice);
    const headers = {
      cookie: "session=secret-cookie",
      "x-api-key": "secret-key",
      authorization: `Bearer ${accessToken}`,
    };
    const own = await client.explain(
      "com.example.read",
      { token: "secret-token", password: "secret-password" },
      { headers },
    );
    expect(own.auth).toEqual({ kind: "own header" });
    const seen = inspect(own, { depth: 9 }) + String(own);
    expect(seen).not.toMatch(/secret-/);
    expect(seen).not.toContain(accessToken);
    expect(seen).toContain("[redacted]");
  });

  test("prints itself", async () => {
    const { client } = surroundings(asAlice);
    const explanation = await client.explain("chat.bsky.convo.sendMessage", { convoId: "1", message: { text: "hi" } });
    expect(String(explanation)).toMatchInlineSnapshot(`
      "POST https://pds.example/xrpc/chat.bsky.convo.sendMessage
        host     https://pds.example: the account's own server
        rule     chat.bsky.*: direct messages are a service of their own, reached through the account's server (https://docs.bsky.app/docs/advanced-guides/api-directory)
        account  did:plc:alice; by the access token of the client
        auth     access token
        proxy    did:web:api.bsky.chat#bsky_chat
        headers  content-type: application/json, user-agent: skylex/0.1.0, atproto-proxy: did:web:api.bsky.chat#bsky_chat, authorization: Bearer [redacted]
        body     application/json, 39 bytes
        sent     4 times at most; not repeated after an answer is lost"
    `);
    expect(Object.keys(explanation)).not.toContain("toString");
    expect(structuredClone(explanation)).toEqual({ ...explanation });
  });
});

const kindOf = (authorization: string | undefined): string =>
  authorization === undefined ? "none" : authorization === `Bearer ${accessToken}` ? "access token" : "service token";

describe("client.explain without a login", () => {
  test("an account without a session: says that it would log in, and does not", async () => {
    const { client, server } = setting();
    const explanation = await client().explain("app.bsky.feed.getTimeline");
    expect(explanation).toMatchObject({
      url: `${pds}/xrpc/app.bsky.feed.getTimeline`,
      account: { did: undefined, handle: person.handle, session: "none" },
      auth: { kind: "access token" },
    });
    expect(String(explanation)).toContain("would log in");
    expect(server.count("createSession")).toBe(0);
    expect(server.calls.filter((call) => call.includes("getTimeline"))).toEqual([]);
  });

  test("without a password either, it says what the call would be refused with", async () => {
    const { client } = setting();
    const { refusal } = await client({ password: undefined }).explain("app.bsky.feed.getTimeline");
    expect(refusal).toMatchObject({ name: "NotAuthenticatedError" });
    expect(refusal?.message).toContain("no password");
  });

  test("an e-mail address: its server is known to the one it logs in at", async () => {
    const { client, server } = setting();
    const own = client({ identifier: person.email });
    expect(await own.explain("app.bsky.feed.getTimeline")).toMatchObject({
      host: { origin: "https://bsky.social" },
      account: { did: undefined, handle: undefined, session: "none" },
    });
    expect(server.calls).toEqual([]);
    expect((await own.explain("com.atproto.repo.listRecords", { collection: "a.b.c" })).refusal?.message).toContain(
      "known after its login",
    );
  });

  test("a stored session is used as it is, and the one in use is told from it", async () => {
    const { client, server } = setting();
    await client().login();
    const later: Client = client({ password: undefined });
    const before = server.calls.length;
    expect((await later.explain("com.atproto.repo.listRecords", { collection: "a.b.c" })).account).toEqual({
      did: person.did,
      handle: person.handle,
      session: "stored",
    });
    // Whose handle it is was asked, for a session is not found by what a server said of itself.
    expect(server.calls.slice(before).filter((call) => !/resolveHandle|plc\.directory/.test(call))).toEqual([]);
    await later.did();
    const now = await later.explain("com.atproto.repo.getRecord", {
      repo: person.handle,
      collection: "a.b.c",
      rkey: "1",
    });
    expect([now.account?.session, now.host.origin, now.auth?.kind]).toEqual(["in use", pds, "access token"]);
    expect(await later.explain("com.atproto.server.deleteSession")).toMatchObject({ auth: { kind: "refresh token" } });
    await later.logout();
    expect((await later.explain("app.bsky.feed.getTimeline")).account).toBeUndefined();
  });
});
