import { expect, test } from "vitest";
import { Client } from "../../../src/client/client.ts";
import { MemoryStorage } from "../../../src/storage/memory/index.ts";
import { FakeClock } from "../../support/fakes/fake-clock.ts";

const repo = "did:plc:z72i7hdynmk6r22z27h6tvur";
const token = `e30.${Buffer.from(JSON.stringify({ sub: repo, scope: "com.atproto.access" })).toString("base64url")}.e30`;

/** A storage that counts what is asked of it, by port and method: each is one statement or one transaction in a database. */
function countingStorage(): { readonly storage: MemoryStorage; readonly asked: Record<string, number> } {
  const asked: Record<string, number> = {};
  const counting = <Port extends object>(name: string, port: Port): Port =>
    new Proxy(port, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== "function") return value;
        return (...given: unknown[]): unknown => {
          const key = `${name}.${String(property)}`;
          asked[key] = (asked[key] ?? 0) + 1;
          return Reflect.apply(value, target, given);
        };
      },
    });
  const storage = new Proxy(new MemoryStorage(), {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value === "function") return value.bind(target) as unknown;
      return value !== null && typeof value === "object" ? counting(String(name), value) : value;
    },
  });
  return { storage, asked };
}

const answer = (): Promise<Response> =>
  Promise.resolve(Response.json({ uri: `at://${repo}/app.bsky.feed.like/3l6oveex3ii2l`, cid: "bafy" }));

async function askedBy(work: (client: Client) => Promise<unknown>): Promise<Record<string, number>> {
  const { storage, asked } = countingStorage();
  const options = {
    service: "https://pds.example",
    accessToken: token,
    storage,
    fetch: answer,
    validate: false,
  } as const;
  const client = new Client({ ...options, clock: new FakeClock(), logLevel: "silent" });
  await work(client);
  await client.close();
  return asked;
}

test("a hundred reads are one transaction of the log", async () => {
  const asked = await askedBy(async (client) => {
    for (let call = 0; call < 100; call++) await client.app.bsky.feed.getTimeline({ limit: 1 });
  });
  expect(asked).toEqual({ "calls.append": 1 });
});

test("a write is two: points and row before it is sent, its outcome after", async () => {
  const subject = { uri: `at://${repo}/app.bsky.feed.post/3l6oveex3ii2l`, cid: "bafy" };
  const asked = await askedBy(async (client) => {
    for (let call = 0; call < 10; call++) await client.app.bsky.feed.like.create({ subject });
  });
  expect(asked).toEqual({ "budgets.claim": 10, "calls.complete": 10 });
});

test("a stored session is found by two look-ups, its name and its tokens, however many calls", async () => {
  const { storage, asked } = countingStorage();
  await storage.sessions.save({
    service: "https://pds.example",
    did: repo,
    handle: "alice.test",
    accessJwt: token,
    refreshJwt: token,
    createMethod: "create",
    pdsServiceEndpoint: "https://pds.example",
  });
  const client = new Client({
    service: "https://pds.example",
    identifier: "alice.test",
    storage,
    clock: new FakeClock(),
    fetch: (url) => Promise.resolve(Response.json(url.includes("resolveHandle") ? { did: repo } : {})),
    logLevel: "silent",
  });
  for (let call = 0; call < 20; call++) await client.app.bsky.feed.getTimeline({ limit: 1 });
  await client.close();
  expect(asked).toEqual({ "sessions.save": 1, "sessions.list": 1, "sessions.find": 1, "calls.append": 1 });
});
