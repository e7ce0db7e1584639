import type { Case, Request, StoreCase, Verdict, Violation } from "./case.ts";
import { grouped, sum } from "./case.ts";
import { keyOfRequest, keyOfRow, unheardOf } from "./keys.ts";

/**
 * A kill may take reads of the last 100 ms with it, and what a busy machine adds to that before they are stored; of everything else
 * there is a row.
 */
const LOST_MS = 100 + 1400;

/** Every request that left a process belongs to a row, and every row knows how it ended unless its process was killed. */
export function checkCalls({ stores }: Case): Verdict {
  const figures = { requests: 0, rows: 0, readsLostInKills: 0 };
  const violations: Violation[] = [];
  for (const one of stores) {
    const { violations: own, lost } = judge(one);
    violations.push(...own);
    figures.requests += one.requests.length;
    figures.rows += one.tables.calls.length;
    figures.readsLostInKills += lost;
  }
  return { violations, figures };
}

function judge({ requests, tables, store }: StoreCase) {
  const violations: Violation[] = [];
  const rows = grouped(tables.calls, keyOfRow);
  let lost = 0;
  for (const [key, sent] of grouped(requests, keyOfRequest)) {
    const own = rows.get(key) ?? [];
    const unfinished = own.filter(({ state }) => state === "reserved").length;
    const attempts = sum(own.map((row) => Number(row["attempts"])));
    const missing = sent.length - attempts;
    const cutOff = sent.filter(({ kill }) => kill !== undefined).length;
    if (-missing > sum(own.map(unheardOf)))
      violations.push(broken(`${store.kind}: ${key} was sent ${sent.length} times, its rows say ${attempts}`, key));
    if (unfinished > 0 && cutOff === 0)
      violations.push(broken(`${store.kind}: ${key} has a row without an end, and nobody was killed`, key));
    if (missing <= 0 || unfinished > 0) continue;
    const mayBeLost = sum([...grouped(sent, ({ life, slot }) => `${slot}.${life}`).values()].map(countLost));
    lost += Math.min(missing, mayBeLost);
    if (missing > mayBeLost)
      violations.push(
        broken(`${store.kind}: ${key} was sent ${sent.length} times, and ${missing} of them are in no row`, key),
      );
  }
  return { violations, lost };
}

const broken = (what: string, key: string): Violation => ({
  rule: "every call that left a process has a row",
  what,
  look: `bsky_api_call_log for ${key}`,
});

/** Reads are stored when they have ended, with all their requests: the last one tells whether they may be lost. */
function countLost(requests: readonly Request[]): number {
  const { entry, kill } = requests.at(-1) as Request;
  if (entry.method !== "GET" || kill === undefined) return 0;
  const isAnswer = entry.fault === undefined && entry.serverStatus === 200;
  const wait = isAnswer ? 0 : entry.refusal === "ExpiredToken" ? LONGEST_REFRESH_MS : LONGEST_WAIT_MS;
  const end = (entry.endedAt ?? Infinity) + wait;
  return end + LOST_MS > kill.aliveAt ? requests.length : 0;
}

/** A failed request is not the end of its call: it waits, and is sent again. */
const LONGEST_WAIT_MS = 10_000;
/** Or its session is refreshed first, which waits for whoever was killed while doing so. */
const LONGEST_REFRESH_MS = 60_000;
