import { describe, expect, test } from "vitest";
import { Client, NotAuthenticatedError, ValidationError } from "../../../src/index.ts";
import { testClient } from "../../support/fakes/test-client.ts";

const pds = "https://pds.example";
const hosts = (requests: readonly { url: URL }[]): string[] => requests.map(({ url }) => url.origin);

describe("without an account", () => {
  test("reads go to the public AppView, with no token", async () => {
    const { client, fetch } = testClient();
    await client.app.bsky.actor.getProfile({ actor: "a" });
    await client.com.atproto.identity.resolveHandle({ handle: "a.test" });
    expect(hosts(fetch.requests)).toEqual(["https://public.api.bsky.app", "https://public.api.bsky.app"]);
    expect(fetch.requests[0]?.headers).toEqual({ "user-agent": expect.stringMatching(/^skylex\/\d/) });
  });

  test("everything goes to the service the client names", async () => {
    const { client, fetch } = testClient([], { service: "http://localhost:2583/ignored" });
    await client.app.bsky.actor.getProfile({ actor: "a" });
    await client.com.atproto.server.createSession({ identifier: "a", password: "b" });
    expect(hosts(fetch.requests)).toEqual(["http://localhost:2583", "http://localhost:2583"]);
  });

  test("making an account or a session works, at the entryway unless a service is named", async () => {
    const { client, fetch } = testClient();
    await client.com.atproto.server.createSession({ identifier: "a", password: "b" });
    expect(hosts(fetch.requests)).toEqual(["https://bsky.social"]);
  });

  test.each([
    ["a write", (client: Client) => client.com.atproto.repo.deleteRecord({ repo: "a", collection: "b", rkey: "c" })],
    ["a write by name", (client: Client) => client.post("com.example.put", {})],
    ["messages", (client: Client) => client.chat.bsky.convo.listConvos()],
    ["moderation", (client: Client) => client.tools.ozone.team.listMembers()],
    ["upload limits", (client: Client) => client.app.bsky.video.getUploadLimits()],
  ])("%s is refused before anything is sent", async (_, call) => {
    const { client, fetch } = testClient();
    await expect(call(client)).rejects.toBeInstanceOf(NotAuthenticatedError);
    expect(fetch.requests).toHaveLength(0);
  });

  test("a caller who brings a header of their own is taken at their word", async () => {
    const { client, fetch } = testClient([], { service: pds });
    await client.com.atproto.server.refreshSession(undefined, { headers: { Authorization: "Bearer refresh" } });
    expect(fetch.requests[0]?.headers.authorization).toBe("Bearer refresh");
  });
});

describe("with a token", () => {
  test("every call goes to the account's own server, with the token", async () => {
    const { client, fetch } = testClient([], { service: pds, accessToken: "secret" });
    await client.app.bsky.feed.getTimeline();
    await client.com.atproto.repo.deleteRecord({ repo: "a", collection: "b.c.d", rkey: "c" });
    expect(hosts(fetch.requests)).toEqual([pds, pds]);
    expect(fetch.requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer secret", "Bearer secret"]);
  });

  test("A3.2 a host that is not the account's own gets no token", async () => {
    const { client, fetch } = testClient([], { service: pds, accessToken: "secret" });
    await client.app.bsky.feed.getTimeline({}, { service: "https://elsewhere.example" });
    await client.app.bsky.feed.getTimeline({}, { service: "http://pds.example" });
    await client.app.bsky.feed.getTimeline({}, { service: new URL("https://pds.example:8443") });
    await client.app.bsky.feed.getTimeline({}, { service: "https://pds.example/" });
    expect(fetch.requests.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      undefined,
      undefined,
      "Bearer secret",
    ]);
  });

  test("a redirected write is not followed, and says where it should have gone", async () => {
    const redirect = new Response("", { status: 307, headers: { location: "https://elsewhere.example/" } });
    const { client, fetch } = testClient([redirect], { service: pds, accessToken: "secret" });
    await expect(client.post("com.example.put", {})).rejects.toThrow("https://elsewhere.example/");
    expect(fetch.requests[0]?.redirect).toBe("manual");
  });

  test("no token is in any error", async () => {
    const { client, lines } = testClient([Response.json({ error: "X" }, { status: 400 })], {
      service: pds,
      accessToken: "very-secret",
    });
    const error = await client.app.bsky.feed.getTimeline().then(undefined, (reason: unknown) => reason as Error);
    const { inspect } = await import("node:util");
    expect(inspect(error, { depth: 9 }) + lines.join("")).not.toContain("very-secret");
  });
});

describe("headers and services", () => {
  test("A3.7 the caller's headers are not changed; those of a call win, undefined takes one away", async () => {
    const own = { "X-One": "client", "X-Two": "client" };
    const { client, fetch } = testClient([], { headers: own, userAgent: "my-bot/1" });
    const headers = new Headers({ "X-One": "call" });
    await client.app.bsky.actor.getProfile({ actor: "a" }, { headers });
    await client.app.bsky.actor.getProfile({ actor: "a" }, { headers: { "x-two": undefined } });
    await client.app.bsky.actor.getProfile({ actor: "a" }, { headers: [["x-three", "call"]] });
    expect(fetch.requests.map(({ headers: sent }) => sent)).toEqual([
      { "user-agent": "my-bot/1", "x-one": "call", "x-two": "client" },
      { "user-agent": "my-bot/1", "x-one": "client" },
      { "user-agent": "my-bot/1", "x-one": "client", "x-two": "client", "x-three": "call" },
    ]);
    expect(own).toEqual({ "X-One": "client", "X-Two": "client" });
    expect([...headers]).toEqual([["x-one", "call"]]);
  });

  test.each(["bsky.social", "ftp://x.y", "", "localhost:2583"])("%j is no service", async (service) => {
    expect(() => new Client({ service })).toThrow(ValidationError);
    const { client, fetch } = testClient();
    await expect(client.app.bsky.actor.getProfile({ actor: "a" }, { service })).rejects.toBeInstanceOf(ValidationError);
    expect(fetch.requests).toHaveLength(0);
  });
});
