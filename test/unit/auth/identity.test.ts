import { describe, expect, test } from "vitest";
import { documentUrl, pdsOf } from "../../../src/identity/did-document.ts";
import { readToken } from "../../../src/core/http/token.ts";
import { networkFailure } from "../../support/fakes/scripted-fetch.ts";
import { failure, read, setting } from "./session-client.ts";
import { alice, pds, token } from "./stand-in-server.ts";

describe("DID documents", () => {
  test.each([
    ["did:plc:abc", "https://plc.example/did:plc:abc"],
    ["did:web:example.com", "https://example.com/.well-known/did.json"],
    ["did:web:localhost%3A2583", "http://localhost:2583/.well-known/did.json"],
    ["did:web:example.com:path", undefined],
    ["did:web:example.com%2Fpath", undefined],
    ["did:web:me@example.com", undefined],
    ["did:key:z6Mk", undefined],
  ])("%s is at %s", (did, url) => expect(documentUrl(did, "https://plc.example")).toBe(url));

  const entry = { id: "#atproto_pds", type: "AtprotoPersonalDataServer", serviceEndpoint: "https://pds.example/x" };
  test.each([
    ["the origin of its server", { id: "did:plc:a", service: [{ id: "#other" }, entry] }, pds],
    ["a full id", { id: "did:plc:a", service: [{ ...entry, id: "did:plc:a#atproto_pds" }] }, pds],
    [
      "loopback in the clear",
      { id: "did:plc:a", service: [{ ...entry, serviceEndpoint: "http://localhost:1" }] },
      "http://localhost:1",
    ],
    [
      "no other host in the clear",
      { id: "did:plc:a", service: [{ ...entry, serviceEndpoint: "http://pds.example" }] },
      undefined,
    ],
    ["nothing of another's", { id: "did:plc:b", service: [entry] }, undefined],
    ["nothing of another type", { id: "did:plc:a", service: [{ ...entry, type: "X" }] }, undefined],
    ["nothing of none", undefined, undefined],
    ["nothing of nonsense", { id: "did:plc:a", service: [null, 1, { ...entry, serviceEndpoint: {} }] }, undefined],
  ])("give %s", (_, document, expected) => expect(pdsOf(document, "did:plc:a")).toBe(expected));
});

describe("tokens", () => {
  test("say when they expire, whose they are and what they may do", () => {
    expect(readToken(token(1_000_000, { sub: "did:plc:a", scope: "com.atproto.appPass" }))).toEqual({
      expiresAt: 1_000_000,
      subject: "did:plc:a",
      scope: "com.atproto.appPass",
    });
  });

  test.each(["", "opaque", "a.b.c", "a.bnVsbA.c", `x.${Buffer.from('{"exp":"soon"}').toString("base64url")}.y`])(
    "%j says nothing",
    (text) => expect(readToken(text)).toEqual({ expiresAt: undefined, subject: undefined, scope: undefined }),
  );
});

describe("resolving", () => {
  test("is remembered for ten minutes, and failures are not", async () => {
    let down = true;
    const { client, server, clock } = setting({
      intercept: (_, nsid) => (down && nsid === alice.did ? new Response("", { status: 500 }) : undefined),
    });
    const own = client();
    expect(await failure(read(own))).toMatchObject({ name: "NetworkError" });
    down = false;
    await read(own);
    expect(server.count(alice.did)).toBe(2);
    await own.logout();
    await own.login();
    expect(server.count(alice.did)).toBe(2);
    await own.logout();
    await clock.run(new Promise<void>((resolve) => clock.after(10 * 60_000, resolve)));
    await own.login();
    expect(server.count(alice.did)).toBe(3);
  });

  test("an account without a server is a SessionError that says what to do", async () => {
    const { client } = setting({ intercept: (_, nsid) => (nsid === alice.did ? Response.json({}) : undefined) });
    const error = await failure(read(client()));
    expect(error).toMatchObject({ name: "SessionError", reason: "unresolved", did: alice.did });
    expect(String(error)).toContain("new Client({ service })");
  });

  test("when the account's server stays silent, the directory is asked again: the account may have moved", async () => {
    const { client, fetch, clock, server, storage } = setting();
    let moved = false;
    const own = client({
      retry: false,
      fetch: async (url, init) => {
        if (moved && url.startsWith(pds)) throw networkFailure("ECONNREFUSED");
        const answer = await fetch(url, init);
        return moved && url.endsWith(alice.did)
          ? new Response((await answer.text()).replace(pds, "https://new.example"))
          : answer;
      },
    });
    await read(own);
    await clock.run(new Promise<void>((resolve) => clock.after(3 * 3_600_000, resolve)));
    moved = true;
    server.revoke("both");
    expect(await failure(read(own))).toMatchObject({ name: "NetworkError" });
    expect(await failure(read(own))).toMatchObject({ name: "NetworkError" });
    await read(own);
    expect(own.session.info).toMatchObject({ pds: "https://new.example", service: "https://new.example" });
    expect(await storage.sessions.list()).toMatchObject([{ service: "https://new.example" }]);
  });
});
