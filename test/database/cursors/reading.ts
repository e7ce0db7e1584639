import type { ClientOptions } from "../../../src/client/options.ts";
import type { Storage } from "../../../src/storage/ports/index.ts";
import type { Step } from "../../support/fakes/scripted-fetch.ts";
import { testClient, type TestClient } from "../../support/fakes/test-client.ts";

/** Gives two storages on one database, as two processes have them. */
export type OpenStorage = () => readonly [Storage, Storage];

const END_OF_TIME = Date.UTC(9999, 0);

export interface World {
  readonly storage: Storage;
  /** A client of its own; every other one on a storage of its own, as another process would have */
  readonly client: (step: Step, options?: ClientOptions) => TestClient;
}

export async function openWorld(open: OpenStorage): Promise<World> {
  const storages = open();
  const [storage] = storages;
  for (const row of await storage.cursors.list()) await storage.cursors.delete(row);
  await storage.calls.prune({ olderThan: END_OF_TIME, now: END_OF_TIME });
  let clients = 0;
  return {
    storage,
    client(step, options = {}) {
      const own = storages[clients++ % 2] ?? storage;
      return testClient([step], { storage: own, retry: false, ...options });
    },
  };
}

/** All items; with a reading function, what it makes of them. */
export async function all<Item, Value = Item>(
  items: AsyncIterable<Item>,
  read: (item: Item) => Value = (item) => item as unknown as Value,
): Promise<Value[]> {
  const found: Value[] = [];
  for await (const item of items) found.push(read(item));
  return found;
}

/** The first so many items, and then a break. */
export async function first<Item>(count: number, items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) {
    found.push(item);
    if (found.length === count) break;
  }
  return found;
}

/** What was read before it failed, and how. */
export async function failing<Item>(items: AsyncIterable<Item>): Promise<{ found: Item[]; error: unknown }> {
  const found: Item[] = [];
  try {
    for await (const item of items) found.push(item);
    return { found, error: undefined };
  } catch (error) {
    return { found, error };
  }
}

export const cursorsSent = ({ fetch }: TestClient): (string | null)[] =>
  fetch.requests.map(({ url }) => url.searchParams.get("cursor"));

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** An access token that says whose it is, for one account of many. */
export function tokenOf(did: string): string {
  return `${part({ typ: "at+jwt", alg: "none" })}.${part({ sub: did, scope: "com.atproto.access" })}.x`;
}
