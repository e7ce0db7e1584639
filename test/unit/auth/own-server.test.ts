import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ClientOptions, PostDraft } from "../../../src/index.ts";
import { read, setting } from "./session-client.ts";
import { alice, token } from "./stand-in-server.ts";

beforeEach(() => {
  vi.stubEnv("BSKY_AUTH_USERNAME", undefined);
  vi.stubEnv("BSKY_AUTH_PASSWORD", undefined);
});
afterEach(() => vi.unstubAllEnvs());

const bob = { did: "did:plc:bob", handle: "bob.test" };
const unknown = (error: string): Response => Response.json({ error, message: "no" }, { status: 400 });

/** A world in which Bob's handle is known to some hosts, and answered otherwise by the others. */
function world(known: readonly string[], otherwise: () => Response = () => unknown("InvalidRequest")) {
  const asked: string[] = [];
  const given = setting({
    intercept: ({ url }) => {
      if (url.searchParams.get("handle") !== bob.handle) return undefined;
      asked.push(url.host);
      return known.includes(url.host) ? Response.json({ did: bob.did }) : otherwise();
    },
  });
  const mention = async (options: ClientOptions = {}): Promise<string | undefined> => {
    const draft: PostDraft = await given.client(options).createPost(`Hello @${bob.handle}`, { dryRun: true });
    return /"did:plc:bob"/.exec(JSON.stringify(draft))?.[0];
  };
  return { ...given, asked, mention };
}

describe("the handles of others", () => {
  test.each([
    ["with a stored session", {}, true],
    ["before the first login", {}, false],
    ["with an access token", { accessToken: token(1e15, { sub: alice.did }), service: "https://pds.example" }, false],
  ])(
    "P8 are asked of the account's own server first, and of nobody else if it knows: %s",
    async (_, options, isStored) => {
      const { mention, asked, client } = world(["pds.example"]);
      if (isStored) await read(client());
      expect(await mention(options)).toBeDefined();
      expect(asked).toEqual(["pds.example"]);
    },
  );

  test.each([
    ["does not know", () => unknown("InvalidRequest")],
    ["does not know, by another name", () => unknown("HandleNotFound")],
    ["fails", () => new Response("", { status: 502 })],
    ["says nonsense", () => Response.json({ did: 1 })],
  ])("P8 are asked of the public AppView where the own server %s", async (_, otherwise) => {
    const { mention, asked, client, server } = world(["public.api.bsky.app"], otherwise);
    await read(client());
    expect(await mention()).toBeDefined();
    expect(asked).toEqual(["pds.example", "public.api.bsky.app"]);
    expect(server.count("createSession")).toBe(1);
  });

  test("P8 are asked of nobody but the resolver that the client names", async () => {
    const { mention, asked, client } = world(["resolver.example", "pds.example"]);
    await read(client());
    expect(await mention({ handleResolver: "https://resolver.example" })).toBeDefined();
    expect(asked).toEqual(["resolver.example"]);
  });

  test("P8 what the own server says of a handle finds no session", async () => {
    const liar = "did:plc:liar";
    const { client, storage } = setting({
      intercept: ({ url }, nsid) =>
        nsid.endsWith("resolveHandle") && url.host === "pds.example" ? Response.json({ did: liar }) : undefined,
    });
    const own = client();
    await read(own);
    await own.createPost("Hello @carol.test", { dryRun: true });
    const [row] = await storage.sessions.list();
    expect(row?.did).toBe(alice.did);
    expect(await own.with({ account: `@${alice.handle}` }).did()).toBe(alice.did);
  });
});
