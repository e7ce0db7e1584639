import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { NotAuthenticatedError, RichText } from "../../../src/index.ts";
import { chooseDatabase } from "../../../src/storage/sql/connection/config.ts";
import { failure, read, setting } from "./session-client.ts";
import { alice, pds, token } from "./stand-in-server.ts";

beforeEach(() => {
  vi.stubEnv("BSKY_AUTH_USERNAME", undefined);
  vi.stubEnv("BSKY_AUTH_PASSWORD", undefined);
});
afterEach(() => vi.unstubAllEnvs());

const bare = { identifier: undefined, password: undefined };

/** What stands around names that are copied from pages and messages. */
const around: readonly (readonly [string, (name: string) => string])[] = [
  ["an embedding, as bsky.app has it", (name) => `\u202a${name}\u202c`],
  ["an embedding around the @", (name) => `\u202a@${name}\u202c`],
  ["an embedding behind the @", (name) => `@\u202b${name}\u202c`],
  ["an isolate", (name) => `\u2066${name}\u2069`],
  ["marks of direction", (name) => `\u200e${name}\u200f`],
  ["spaces without width", (name) => `\u200b${name}\ufeff`],
  ["spaces, and a newline", (name) => ` \u00a0${name} \u202c\n`],
];

describe("names that were copied with what is not seen around them", () => {
  test.each(around)("T5 %s: a login", async (_, dress) => {
    for (const name of [alice.handle, alice.did, alice.email]) {
      const { client, fetch } = setting();
      const own = client(bare);
      expect(await own.login(dress(name), alice.password)).toMatchObject({ did: alice.did });
      await read(own);
      const login = fetch.requests.find(({ url }) => url.pathname.endsWith("createSession"));
      expect(JSON.parse(String(login?.body))).toMatchObject({ identifier: name });
    }
  });

  test.each(around)("T5 %s: the environment, the option and a view find the stored session", async (_, dress) => {
    const { client, server } = setting();
    await read(client());
    vi.stubEnv("BSKY_AUTH_USERNAME", dress(alice.handle));
    await read(client(bare));
    await read(client({ ...bare, identifier: dress(alice.handle) }));
    vi.stubEnv("BSKY_AUTH_USERNAME", undefined);
    await read(client(bare).with({ account: dress(alice.did) }));
    expect(server.count("createSession")).toBe(1);
  });

  test.each(around)("T5 %s: profiles and follows", async (_, dress) => {
    const followed: unknown[] = [];
    const { client, fetch } = setting({
      intercept: ({ url, body }, nsid) => {
        if (url.searchParams.get("handle") === "bob.example") return Response.json({ did: "did:plc:bob" });
        if (nsid === "app.bsky.actor.getProfile") return Response.json({ did: alice.did, handle: alice.handle });
        if (nsid === "app.bsky.graph.getRelationships") return Response.json({ relationships: [] });
        if (nsid === "com.atproto.repo.listRecords") return Response.json({ records: [] });
        if (nsid !== "com.atproto.repo.createRecord") return undefined;
        followed.push((JSON.parse(String(body)) as { record: { subject: string } }).record.subject);
        return Response.json({ uri: `at://${alice.did}/app.bsky.graph.follow/3k`, cid: "bafyreia" });
      },
    });
    const own = client({ budget: false });
    expect((await own.profiles.get(dress(alice.handle))).did).toBe(alice.did);
    const asked = fetch.requests.find(({ url }) => url.pathname.endsWith("getProfile"));
    expect(asked?.url.searchParams.get("actor")).toBe(alice.handle);
    expect((await own.profiles.get(dress(alice.handle))).did).toBe(alice.did);
    expect(fetch.requests.filter(({ url }) => url.pathname.endsWith("getProfile"))).toHaveLength(1);
    await own.follow(dress("bob.example"));
    await own.follow(dress("did:plc:bob"));
    expect(followed).toEqual(["did:plc:bob", "did:plc:bob"]);
  });

  test.each(around)("T5 %s: mentions", (_, dress) => {
    const text = new RichText().mention(dress(alice.handle));
    expect(String(text)).toBe(`@${alice.handle}`);
  });

  test("T5 what is seen, or stands inside of a name, is left to whoever looks it up", async () => {
    const { client } = setting();
    for (const name of ["-alice.example", "al\u200bice.example"]) {
      await expect(client().follow(name).then(String)).rejects.toThrow("neither a handle nor a DID");
    }
  });
});

/** The password that a login sends. */
async function sent(use: (world: ReturnType<typeof setting>) => Promise<unknown>): Promise<unknown> {
  const world = setting();
  await use(world);
  const login = world.fetch.requests.find(({ url }) => url.pathname.endsWith("createSession"));
  return (JSON.parse(String(login?.body)) as { password: string }).password;
}

describe("secrets of files that end with a newline", () => {
  test.each(["\n", "\r\n", "\n\n"])(
    "T5 %j: the password of the environment, of an option and of login()",
    async (end) => {
      expect(await sent(({ client }) => read(client({ password: alice.password + end })))).toBe(alice.password);
      expect(await sent(({ client }) => client(bare).login(alice.handle, alice.password + end))).toBe(alice.password);
      vi.stubEnv("BSKY_AUTH_PASSWORD", alice.password + end);
      expect(await sent(({ client }) => read(client({ password: undefined })))).toBe(alice.password);
    },
  );

  test("T5 other spaces may be a part of a password; nothing but a newline is none", async () => {
    const { client, fetch } = setting();
    await failure(client(bare).login(alice.handle, " pw \n"));
    expect(JSON.parse(String(fetch.requests.at(-1)?.body))).toMatchObject({ password: " pw " });
    const empty = setting();
    expect(await failure(empty.client({ password: "\n" }).did())).toBeInstanceOf(NotAuthenticatedError);
    expect(empty.fetch.requests).toEqual([]);
  });

  test("T5 an access token, a session string and a code", async () => {
    const { client, server, fetch, clock } = setting();
    const accessToken = token(clock.now() + 3_600_000, { sub: alice.did });
    await failure(read(client({ ...bare, accessToken: `${accessToken}\n`, service: pds })));
    expect(server.bearers.at(-1)).toBe(`pds.example com.example.read ${accessToken}`);
    const text = await client().session.export();
    expect((await client(bare).session.import(`\n${text}\r\n`)).did).toBe(alice.did);
    await client().login(undefined, undefined, { authFactorToken: " ABC-DEF\n" });
    expect(JSON.parse(String(fetch.requests.at(-1)?.body))).toMatchObject({ authFactorToken: "ABC-DEF" });
  });

  test("T5 the password of PostgreSQL", () => {
    const env = { PGHOST: "h", PGUSER: "u", PGDATABASE: "d", PGPASSWORD: "secret\n" };
    expect(chooseDatabase(undefined, env, "/")).toMatchObject({ settings: { password: "secret" } });
    expect(chooseDatabase(undefined, { ...env, PGPASSWORD: "\n" }, "/")).toMatchObject({ kind: "sqlite" });
  });
});
