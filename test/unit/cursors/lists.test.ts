import { array, assert, asyncProperty, boolean, constantFrom, nat, record } from "fast-check";
import { expect, test } from "vitest";
import { MemoryStorage } from "../../../src/storage/memory/index.ts";
import { testClient } from "../../support/fakes/test-client.ts";
import type { Step } from "../../support/fakes/scripted-fetch.ts";

interface Entry {
  readonly at: number;
  /** A filter of the server leaves it out, after the page was cut */
  readonly hidden: boolean;
}

const SIZE = 3;

/** Newest first; filters empty pages, and deletions move nothing. */
const server =
  (items: readonly Entry[]): Step =>
  ({ url }) => {
    const below = Number(url.searchParams.get("cursor") ?? Infinity);
    const rest = items.filter(({ at }) => at < below).toSorted((one, other) => other.at - one.at);
    const page = rest.slice(0, SIZE);
    const notifications = page
      .filter(({ hidden }) => !hidden)
      .map(({ at }) => ({ uri: `at://x/a.b.c/${at}`, reason: "like", indexedAt: new Date(at * 1000).toISOString() }));
    const cursor = rest.length > SIZE ? String(page.at(-1)?.at) : undefined;
    return Response.json({ notifications, cursor });
  };

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
/** Says whose it is, since cursors are kept by account. */
const accessToken = `${part({ typ: "at+jwt", alg: "none" })}.${part({ sub: "did:plc:x", scope: "com.atproto.access" })}.x`;

function reader(step: Step, storage = new MemoryStorage()) {
  const { client } = testClient([step], { storage, retry: false, service: "https://pds.example", accessToken });
  return client;
}

const numbers = (items: readonly { readonly uri: string }[]): number[] =>
  items.map(({ uri }) => Number(uri.slice(uri.lastIndexOf("/") + 1)));

const sorted = (found: readonly number[]): number[] => found.toSorted((one, other) => one - other);

const worlds = record({
  before: array(boolean(), { maxLength: 30 }),
  rounds: array(record({ added: array(boolean(), { maxLength: 10 }), deleted: nat(12) }), {
    minLength: 1,
    maxLength: 5,
  }),
  order: constantFrom("newest" as const, "oldest" as const),
  start: constantFrom("now" as const, "beginning" as const),
});

test("G4 in worlds made by chance nothing new is lost, and nothing old comes where now was promised", async () => {
  await assert(
    asyncProperty(worlds, async ({ before, rounds, order, start }) => {
      let clock = 1;
      let items: Entry[] = before.map((hidden) => ({ at: clock++, hidden }));
      const visible = (): number[] => items.filter(({ hidden }) => !hidden).map(({ at }) => at);
      const step: Step = (request, ...more) => (server(items) as (...args: unknown[]) => Response)(request, ...more);
      const list = reader(step).app.bsky.notification;
      const read = async () => numbers(await list.listNotifications().resume("x", { order, start }).collect());
      expect(sorted(await read())).toEqual(start === "now" ? [] : visible());
      for (const { added, deleted } of rounds) {
        // Newest first, but never all that is known: with nothing left that is known, nothing tells what is past.
        const kept = visible().length - Math.min(deleted, Math.max(0, visible().length - 1));
        const gone = new Set(visible().slice(kept));
        items = items.filter(({ at }) => !gone.has(at));
        const since = clock;
        items.push(...added.map((hidden) => ({ at: clock++, hidden })));
        expect(sorted(await read())).toEqual(visible().filter((at) => at >= since));
      }
    }),
    { seed: 20261201, numRuns: 400 },
  );
});

test("G4 a filter that empties the first page, and a deleted newest item, bring nothing old", async () => {
  const items: Entry[] = [1, 2, 3, 4, 5, 6, 7].map((at) => ({ at, hidden: at > 4 }));
  const list = reader((request, ...more) => (server(items) as (...args: unknown[]) => Response)(request, ...more)).app
    .bsky.notification;
  const read = async () => numbers(await list.listNotifications().resume("x", { start: "now" }).collect());
  expect(await read()).toEqual([]);
  items.splice(3, 1);
  items.push({ at: 8, hidden: false });
  expect(await read()).toEqual([8]);
});

test("L1 collect gives all of a list of 60 pages, also with resume; maxPages says where to stop", async () => {
  const items: Entry[] = Array.from({ length: 60 * SIZE }, (_, at) => ({ at: at + 1, hidden: false }));
  const list = reader(server(items)).app.bsky.notification;
  expect(await list.listNotifications().collect()).toHaveLength(180);
  expect(await list.listNotifications().collect({ maxPages: 20 })).toHaveLength(60);
  expect(await list.listNotifications().resume("x").collect()).toHaveLength(180);
});

test("B28 a misnamed items, and items that are not an array, are refused by name", async () => {
  const client = reader(() => Response.json({ walks: [1, 2], count: 3 }));
  const walks = (items: string) =>
    client.get("com.example.walks", {}, { items }) as never as {
      collect(): Promise<unknown[]>;
    };
  await expect(walks("walk").collect()).rejects.toMatchObject({
    name: "ValidationError",
    message: expect.stringContaining("its arrays are: walks"),
  });
  await expect(walks("count").collect()).rejects.toMatchObject({ name: "ValidationError" });
  expect(await walks("walks").collect()).toEqual([1, 2]);
});

test("G9 an item that is released frees the name, and comes again with its page", async () => {
  const items: Entry[] = [1, 2, 3, 4, 5].map((at) => ({ at, hidden: false }));
  const list = reader(server(items)).app.bsky.notification;
  for await (const delivery of list.listNotifications().resume("x").deliveries()) {
    await (numbers([delivery.item])[0] === 2 ? delivery.release() : delivery.ack());
  }
  const again = list.listNotifications().resume("x", { wait: 0 });
  expect(numbers(await again.collect())).toEqual([2, 1]);
});
