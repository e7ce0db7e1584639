import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import {
  AuthenticationError,
  NetworkError,
  NotAuthenticatedError,
  UpstreamError,
  XrpcError,
  type HeaderInput,
} from "../../../src/index.ts";
import { processAll } from "../../support/servers/control.ts";
import { freePort, listenLocally } from "../../support/servers/ports.ts";
import { again, join, post, stranger, type Person } from "./accounts.ts";

const network = inject("network");
let person: Person;

/** A host that belongs to nobody the account knows, and remembers what it was told. */
const heard: IncomingHttpHeaders[] = [];
let redirectTo: string | undefined;
const server = createServer((request, response) => {
  heard.push(request.headers);
  response.setHeader("content-type", "application/json");
  if (redirectTo !== undefined) response.writeHead(307, { location: redirectTo + (request.url ?? "/") });
  response.end('{"did":"did:web:elsewhere.example","handle":"elsewhere.example"}');
});
let elsewhere: string;

beforeAll(async () => {
  elsewhere = `http://127.0.0.1:${await listenLocally(server)}`;
  person = await join(network.pds);
  await processAll(network);
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

const unknown: string = "com.example.unknown.endpoint";

describe("hosts", () => {
  test("A3.3 an anonymous client asks the AppView it is pointed at", async () => {
    const client = stranger(network.appview);
    expect((await client.app.bsky.actor.getProfile({ actor: person.handle })).did).toBe(person.did);
  });

  test("A3.3 an anonymous client asks the PDS it is pointed at", async () => {
    const client = stranger(network.pds);
    expect((await client.com.atproto.repo.describeRepo({ repo: person.did })).handle).toBe(person.handle);
  });

  test("A3.3 one client asks another host for each call", async () => {
    const client = stranger(elsewhere);
    const from = async (service: string) =>
      (await client.com.atproto.identity.resolveHandle({ handle: person.handle }, { service }).withResponse()).http.url;
    expect(new URL(await from(network.pds)).origin).toBe(network.pds);
    expect(new URL(await from(network.appview)).origin).toBe(network.appview);
  });

  test("A3.3 what needs an account is refused before it is sent", async () => {
    const before = heard.length;
    const write = stranger(elsewhere).com.atproto.repo.createRecord({
      repo: person.did,
      collection: "a.b.c",
      record: {},
    });
    await expect(write).rejects.toThrow(NotAuthenticatedError);
    expect(heard.length).toBe(before);
  });

  test("A3.3 a read that the server itself keeps private is refused by the server", async () => {
    const error = await stranger(network.pds)
      .app.bsky.actor.getSuggestions()
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ status: 401, error: "AuthMissing" });
  });

  test.each([
    ["AppView", network.appview, 501, "MethodNotImplemented"],
    ["PDS, which asks the AppView", network.pds, 501, "MethodNotImplemented"],
    ["PLC, which speaks no XRPC", network.plc, 404, undefined],
  ])("A3.6 an unknown endpoint at the %s", async (_, service, status, name) => {
    // The account's own token is needed for the PDS to ask the AppView; the others do not get it.
    const error = await again(person, { service: network.pds })
      .get(unknown, {}, { service })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(XrpcError);
    expect(error).toMatchObject({ status, error: name, nsid: unknown, attempts: 1, http: { status } });
  });

  test("A3.6 an endpoint at the wrong host", async () => {
    const client = again(person, { service: network.pds, retry: false });
    const options = { service: network.appview };
    await expect(client.app.bsky.actor.getPreferences({}, options)).rejects.toMatchObject({ status: 501, attempts: 1 });
    await expect(client.app.bsky.actor.getPreferences({}, { service: network.plc })).rejects.toThrow(UpstreamError);
  });

  test("A3.6 a host that is not there: for a write too nothing is in doubt, and trying again is safe", async () => {
    const service = `http://127.0.0.1:${await freePort()}`;
    const client = again(person, { service, retry: { attempts: 2, baseDelay: 1 } });
    for (const call of [
      () => client.com.atproto.server.getSession(),
      () => client.com.atproto.repo.createRecord({ repo: person.did, collection: "a.b.c", record: {} }),
    ]) {
      const error = await call().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(NetworkError);
      expect(error).toMatchObject({ retryable: true, ambiguous: false, attempts: 2 });
      expect((error as NetworkError).message).toContain(`${service} could not be reached`);
    }
  });

  test("an account's client makes another account: its token stays at home, where it would be refused", async () => {
    const other = `o${person.handle.slice(1)}`;
    const { did } = await person.client.com.atproto.server.createAccount({
      handle: other,
      email: `${other}@test.com`,
      password: "password",
    });
    expect(did).not.toBe(person.did);
  });

  test("A3.8 a PDS on loopback: scheme and port are kept, for reads and writes", async () => {
    const service = new URL(network.pds);
    expect(service.protocol).toBe("http:");
    expect(service.port).not.toBe("");
    const client = again(person, { service: new URL("/some/path", service) });
    const { http } = await client.com.atproto.server.getSession().withResponse();
    expect(http.url).toBe(`${network.pds}/xrpc/com.atproto.server.getSession`);
    expect((await post({ ...person, client }, "from loopback")).uri).toContain(person.did);
  });
});

/** Those the AppView asked for labels, by its own account. */
async function labelers(headers: HeaderInput): Promise<string | null> {
  const { http } = await person.client.app.bsky.actor.getProfile({ actor: person.did }, { headers }).withResponse();
  return http.headers.get("atproto-content-labelers");
}

describe("headers", () => {
  test("A3.2 a host that is not the account's own gets no Authorization header", async () => {
    const client = again(person, { service: network.pds });
    await client.app.bsky.actor.getProfile({ actor: "a.test" }, { service: elsewhere });
    await client.com.atproto.repo.deleteRecord(
      { repo: "a.test", collection: "a.b.c", rkey: "1" },
      { service: elsewhere },
    );
    expect(heard.slice(-2).map(({ authorization }) => authorization)).toEqual([undefined, undefined]);
    expect(heard.at(-1)?.["user-agent"]).toMatch(/^skylex\//);
  });

  test("A3.2 the same host does get it when it is the account's own, so the test above can fail", async () => {
    await again(person, { service: elsewhere }).app.bsky.actor.getProfile({ actor: "a.test" });
    expect(heard.at(-1)?.authorization).toBe(`Bearer ${person.accessToken}`);
  });

  test("A3.2 another port, or another name of the same host, is another host", async () => {
    const client = again(person, { service: elsewhere });
    await client.app.bsky.actor.getProfile({ actor: "a" }, { service: elsewhere.replace("127.0.0.1", "localhost") });
    expect(heard.at(-1)?.authorization).toBeUndefined();
  });

  test("A3.2 a redirect to another host takes no token along", async () => {
    const other: IncomingHttpHeaders[] = [];
    const target = createServer((request, response) => {
      other.push(request.headers);
      response.setHeader("content-type", "application/json");
      response.end('{"did":"did:web:target.example"}');
    });
    redirectTo = `http://127.0.0.1:${await listenLocally(target)}`;
    try {
      const client = again(person, { service: elsewhere });
      const { data, http } = await client.app.bsky.actor.getProfile({ actor: "a.test" }).withResponse();
      expect(data.did).toBe("did:web:target.example");
      expect(new URL(http.url).origin).toBe(redirectTo);
      expect(heard.at(-1)?.authorization).toBe(`Bearer ${person.accessToken}`);
      expect(other.map(({ authorization }) => authorization)).toEqual([undefined]);
      // A write is not sent on at all.
      const write = client.com.atproto.repo.deleteRecord({ repo: person.did, collection: "a.b.c", rkey: "1" });
      await expect(write).rejects.toMatchObject({ status: 307 });
      expect(other).toHaveLength(1);
    } finally {
      redirectTo = undefined;
      target.closeAllConnections();
      target.close();
    }
  });

  test("A3.7 the caller's header objects stay as they are, and arrive", async () => {
    const plain = { "X-Mine": "1", "Accept-Language": "pt" };
    const headers = new Headers(plain);
    const pairs: [string, string][] = Object.entries(plain);
    const client = again(person, { service: elsewhere, headers: plain });
    for (const given of [plain, headers, pairs]) {
      await client.app.bsky.actor.getProfile({ actor: "a.test" }, { headers: given });
      expect(heard.at(-1)).toMatchObject({ "x-mine": "1", "accept-language": "pt" });
    }
    expect(plain).toEqual({ "X-Mine": "1", "Accept-Language": "pt" });
    expect(pairs).toEqual(Object.entries(plain));
    expect([...headers]).toEqual([
      ["accept-language", "pt"],
      ["x-mine", "1"],
    ]);
  });

  test("a header of the call reaches the AppView through the PDS", async () => {
    expect(await labelers({})).toContain("did:");
    // The AppView does not know this one, and leaves it out of those it asked.
    expect(await labelers({ "Atproto-Accept-Labelers": "did:web:labeler.example;redact" })).toBe("");
  });
});
