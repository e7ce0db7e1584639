import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { orderNames, PAGE } from "../lanes.ts";
import { deliveredOf, followsStream, POST, streamedOf } from "../settings.ts";
import type { Case, Verdict, Violation } from "./case.ts";
import { recordsOf } from "./records.ts";
import { listRecords } from "./repositories.ts";

/**
 * Every reader was given every item, and after a kill at most the page in hand once more. Of a stream the events since its position
 * was stored come again after a kill.
 */
export async function checkCursors({ evidence, stores }: Case): Promise<Verdict> {
  const violations: Violation[] = [];
  const figures = { readers: 0, delivered: 0, deliveredAgain: 0, streamed: 0 };
  const followers = stores.flatMap(({ store }) => store.slots.filter(followsStream));
  const streamed = followers.map((slot) => {
    const items = readItems(join(evidence.folder, streamedOf(slot)));
    figures.streamed += items.length;
    return { slot, items: new Set(items) };
  });
  for (const { store } of stores) {
    const all = await recordsOf(evidence.network.pds, store);
    for (const { slot, items } of streamed) {
      const missed = all.filter(({ uri }) => !items.has(uri));
      const file = streamedOf(slot);
      if (missed.length > 0)
        violations.push(broken(`${file} lacks ${missed.length} records, the first is ${missed[0]?.uri}`, file));
    }
    for (const lane of store.lanes) {
      const records = await listRecords(evidence.network.pds, lane.did, lane.collection);
      const posts = await listRecords(evidence.network.pds, lane.did, POST);
      for (const slot of store.slots) {
        const kills = evidence.kills.filter((kill) => kill.slot === slot).length;
        for (const order of orderNames) {
          const file = deliveredOf(slot, lane.slot, order);
          const given = readItems(join(evidence.folder, file));
          const distinct = new Set(given);
          const missed = (order === "feed" ? posts : records).filter(({ uri }) => !distinct.has(uri));
          const again = given.length - distinct.size;
          figures.readers++;
          figures.delivered += given.length;
          figures.deliveredAgain += again;
          if (missed.length > 0)
            violations.push(broken(`${file} lacks ${missed.length} items, the first is ${missed[0]?.uri}`, file));
          if (again > kills * PAGE)
            violations.push(
              broken(`${file} has ${again} items twice, after ${kills} kills with ${PAGE} items a page`, file),
            );
        }
      }
    }
  }
  return { violations, figures };
}

/** What a reader was given, in all lives of its worker. */
function readItems(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  return lines.map((line) => line.slice(line.indexOf(" ") + 1)).filter((uri) => uri !== "");
}

const broken = (what: string, file: string): Violation => ({
  rule: "every reader saw every item",
  what,
  look: `${file} and bsky_cursor`,
});
