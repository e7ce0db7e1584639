import { join } from "node:path";
import type { ProxyLogEntry } from "../../support/servers/fault-proxy.ts";
import type { Evidence, Kill, Store } from "../evidence.ts";
import { type History, readHistory } from "../journal.ts";
import { journalOf } from "../settings.ts";
import { type Tables, readTables } from "./tables.ts";

/** A promise that was broken. */
export interface Violation {
  readonly rule: string;
  readonly what: string;
  /** Where to look */
  readonly look: string;
}

export interface Verdict {
  readonly violations: readonly Violation[];
  /** What was counted on the way */
  readonly figures: Readonly<Record<string, number>>;
}

/** One request of a worker, as the proxy saw it. */
export interface Request {
  readonly entry: ProxyLogEntry;
  readonly slot: number;
  readonly life: number;
  /** How its process was killed, if it was */
  readonly kill: Kill | undefined;
  /** Whose token it has */
  readonly did: string | undefined;
}

/** What is known of one database and its workers. */
export interface StoreCase {
  readonly store: Store;
  readonly tables: Tables;
  readonly requests: readonly Request[];
  /** By worker */
  readonly histories: ReadonlyMap<number, History>;
}

export interface Case {
  readonly evidence: Evidence;
  readonly stores: readonly StoreCase[];
}

/** Reads databases and journals once, for all checks. */
export async function openCase(evidence: Evidence): Promise<Case> {
  const requests = evidence.proxy.log.flatMap((entry) => requestOf(entry, evidence.kills));
  const stores = evidence.stores.map(async (store): Promise<StoreCase> => {
    const histories = store.slots.map((slot) => [slot, readHistory(join(evidence.folder, journalOf(slot)))] as const);
    return {
      store,
      tables: await readTables(store),
      requests: requests.filter(({ slot }) => store.slots.includes(slot)),
      histories: new Map(histories),
    };
  });
  return { evidence, stores: await Promise.all(stores) };
}

const AGENT = /^torture\/(?<slot>\d+)\.(?<life>\d+)$/;

function requestOf(entry: ProxyLogEntry, kills: readonly Kill[]): readonly Request[] {
  const named = AGENT.exec(entry.headers["user-agent"] ?? "")?.groups;
  // A stream is no call, and has no row.
  if (named === undefined || entry.method === "WS") return [];
  const slot = Number(named["slot"]);
  const life = Number(named["life"]);
  const kill = kills.find((one) => one.slot === slot && one.life === life);
  return [{ entry, slot, life, kill, did: ownerOf(entry.headers.authorization) }];
}

/** Whose token a header has. */
function ownerOf(authorization: string | undefined): string | undefined {
  const payload = authorization?.split(".")[1];
  if (payload === undefined) return undefined;
  return (JSON.parse(Buffer.from(payload, "base64url").toString()) as { readonly sub?: string }).sub;
}

export const sum = (numbers: Iterable<number>): number => {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
};

export function grouped<Item>(items: Iterable<Item>, keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
