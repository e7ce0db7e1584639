import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type Client, SkylexError } from "../../src/index.ts";
import type { Journal } from "./journal.ts";
import type { Operations } from "./operations.ts";
import { deliveredOf, type Lane, POST, type WorkerSettings } from "./settings.ts";

/** Writes the next record of this worker's lane, or the next post of its account. */
export async function writeLane(work: Operations, { lanes, slot }: WorkerSettings): Promise<void> {
  const { did, collection } = lanes.find((lane) => lane.slot === slot) as Lane;
  const text = work.text();
  const records = work.view(did).records;
  const kind = text.endsWith("0") || text.endsWith("5") ? POST : collection;
  const value = { text, ...(kind === POST && { createdAt: new Date().toISOString() }) };
  await work.intend({ op: "create", did, collection: kind, texts: [text] }, async (mark) => {
    // Held back no longer than it waits: what arrives after it was given up would come out of order.
    const params = { ...mark, lane: slot };
    return [(await records.create(kind, value, { params })).uri];
  });
}

/** How lanes are read. Each is a promise of its own about what is delivered. */
const orders = {
  forward: (client: Client, { did, collection }: Lane) =>
    client.com.atproto.repo.listRecords({ repo: did, collection, limit: PAGE, reverse: true }),
  untilKnown: (client: Client, { did, collection }: Lane) =>
    client.com.atproto.repo.listRecords({ repo: did, collection, limit: PAGE }),
  feed: (client: Client, { did }: Lane) => client.app.bsky.feed.getAuthorFeed({ actor: did, limit: PAGE }),
} as const;

export type Order = keyof typeof orders;
export const orderNames = Object.keys(orders) as readonly Order[];

/** How often a list is read at the end before it is given up. */
const TRIES = 20;

/** Items of a page: at most so many come again after a kill. */
export const PAGE = 10;

/** Reads one of the lanes on, at its end all of them: each item is on disk before the next one is asked for. */
export async function readLanes(
  settings: WorkerSettings,
  views: ReadonlyMap<string, Client>,
  random: () => number,
  journal: Journal,
  all = false,
): Promise<void> {
  const pairs = settings.lanes.flatMap((lane) => orderNames.map((order) => ({ lane, order })));
  const chosen = all ? pairs : [pairs[Math.floor(random() * pairs.length)] as (typeof pairs)[number]];
  for (const pair of chosen) {
    const tries = all ? TRIES : 1;
    for (let tried = 0; tried < tries && !(await readLane(settings, views, journal, pair)); tried++);
  }
}

async function readLane(
  { slot, life, lanes, folder }: WorkerSettings,
  views: ReadonlyMap<string, Client>,
  journal: Journal,
  { lane, order }: { readonly lane: Lane; readonly order: Order },
): Promise<boolean> {
  const reader = views.get((lanes.find((own) => own.slot === slot) as Lane).did) as Client;
  const file = openSync(join(folder, deliveredOf(slot, lane.slot, order)), "a");
  try {
    for await (const item of orders[order](reader, lane).resume(`${order} of ${lane.slot} by ${slot}`)) {
      const uri = "post" in item ? item.post.uri : item.uri;
      writeSync(file, `${life} ${uri}\n`);
      fsyncSync(file);
    }
    return true;
  } catch (error) {
    if (!(error instanceof SkylexError))
      journal.write({
        complaint: `reading on failed with an error that is none of the SDK's: ${(error as Error)?.stack}`,
      });
    return false;
  } finally {
    closeSync(file);
  }
}
