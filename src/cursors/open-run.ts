import { CursorError, ValidationError } from "../core/errors/index.ts";
import type { CursorMode, ResumableList, ResumedRun, ResumeOptions } from "../core/call/resumed-list.ts";
import type { CursorKey, CursorRow, CursorStore, Lease, LeaseStore } from "../storage/ports/index.ts";
import { forward } from "./forward.ts";
import { CursorCommits } from "./cursor-commits.ts";
import type { ListFacts } from "./list-order.ts";
import { factsOf } from "./list-order.ts";
import { hashOf, ItemIds } from "./item-ids.ts";
import type { Batches, Position } from "./position.ts";
import { beginning, PageReader } from "./position.ts";
import { fromNow, newestFirst, oldestFirst } from "./until-known.ts";
import { Run } from "./resumed-run.ts";

export interface CursorStores {
  readonly cursors: CursorStore;
  readonly leases: LeaseStore;
}

/** Longer than a killed process keeps its lease: who has it after that is at work. */
const DEFAULT_WAIT_MS = 20_000;
const HASH_LENGTH = 22;

/** Begins a run: finds the position of the list, and claims it. */
export async function openRun<Output, Item>(
  { cursors, leases }: CursorStores,
  { account, service }: Pick<CursorKey, "account" | "service">,
  list: ResumableList<Output>,
  name: string | undefined,
  options: ResumeOptions<Item>,
): Promise<ResumedRun<Output, Item>> {
  const { nsid } = list;
  const facts = factsOf(nsid, list.params);
  const mode = modeOf(list, name, options, facts);
  const paramsHash = hashOfParams(list.params);
  const named: CursorKey = { account, service, endpoint: `xrpc/${nsid}`, key: name ?? paramsHash };
  const wait = options.wait ?? DEFAULT_WAIT_MS;
  const mayShare = name !== undefined && options.params !== "any";
  const taken = mayShare ? await claimShared({ cursors, leases }, named, list, paramsHash, wait) : undefined;
  const { key, lease } = taken ?? { key: named, lease: await claim(leases, named, wait, list.signal) };
  try {
    const row = taken !== undefined && "row" in taken ? taken.row : await cursors.get(key);
    checkRow(nsid, row, mode, options.params === "any" ? undefined : paramsHash);
    const check = (): void => lease.signal.throwIfAborted();
    const ledger = new CursorCommits(cursors, key, { mode, paramsHash }, row, check);
    const fetch = (cursor: string | undefined): ReturnType<typeof list.fetchPage> => {
      check();
      return list.fetchPage(cursor, key.key);
    };
    const reader = new PageReader<Output, Item>(list, fetch, new ItemIds(facts, options.identify), options.onProgress);
    const passesOver = options.start === "now" && row === undefined;
    const batches = batchesOf(reader, row ?? beginning, mode, { order: options.order, passesOver, zero: facts?.start });
    return new Run({ nsid, batches, ledger, lease, options });
  } catch (error) {
    await lease.release();
    throw error;
  }
}

interface Claimed {
  readonly key: CursorKey;
  readonly lease: Lease;
  /** As it is now; absent if it is to be read */
  readonly row?: CursorRow | undefined;
}

/**
 * Claims the cursor of a list of records by its name. Such lists are one endpoint for all collections: where the name is another list's,
 * a collection has a cursor of its own under that name. Undefined for other lists.
 */
async function claimShared(
  { cursors, leases }: CursorStores,
  named: CursorKey,
  { params, signal }: ResumableList,
  paramsHash: string,
  wait: number,
): Promise<Claimed | undefined> {
  const { collection } = (params ?? {}) as { readonly collection?: unknown };
  if (typeof collection !== "string") return undefined;
  const own = { ...named, key: `${collection}/${named.key}` };
  const isOther = (row: CursorRow | undefined): boolean =>
    row !== undefined && row.paramsHash !== null && row.paramsHash !== paramsHash && !isBlank(row);
  const lookUnder = async (lease: Lease | undefined): Promise<CursorRow | undefined | "another list's"> => {
    try {
      const row = await cursors.get(named);
      if (row === undefined ? (await cursors.get(own)) === undefined : !isOther(row)) return row;
      await lease?.release();
      return "another list's";
    } catch (error) {
      await lease?.release();
      throw error;
    }
  };
  // A run of another collection may be under way, which this one has no need to wait for.
  let lease = await leases.claim(leaseName(named), { waitMs: 0, signal });
  let row = await lookUnder(lease);
  if (lease === undefined && row !== "another list's") {
    lease = await claim(leases, named, wait, signal);
    row = await lookUnder(lease);
  }
  if (lease !== undefined && row !== "another list's") return { key: named, lease, row };
  return { key: own, lease: await claim(leases, own, wait, signal) };
}

interface Way {
  readonly order: "newest" | "oldest" | undefined;
  /** Nothing that is there already is wanted. */
  readonly passesOver: boolean;
  /** Cursor before the first item, where asking without one does not begin there */
  readonly zero: string | undefined;
}

function batchesOf<Output, Item>(
  reader: PageReader<Output, Item>,
  from: Position,
  mode: CursorMode,
  { order, passesOver, zero }: Way,
): Batches<Output, Item> {
  if (mode !== "untilKnown") {
    return forward(reader, from, { start: passesOver ? undefined : zero, once: mode === "backfill" });
  }
  if (passesOver) return fromNow(reader, from);
  return order === "oldest" ? oldestFirst(reader, from) : newestFirst(reader, from);
}

const isBlank = ({ cursor, state, lastPageIds, knownIds }: Position): boolean =>
  cursor === null && state === "open" && lastPageIds.length === 0 && knownIds.length === 0;

function modeOf<Item>(
  { nsid, cursor }: ResumableList,
  name: string | undefined,
  { mode: given, order, start }: ResumeOptions<Item>,
  facts: ListFacts | undefined,
): CursorMode {
  const refuse = (path: string, what: string, message: string): never => {
    throw new ValidationError(`${nsid}: ${what} Nothing was sent.`, { nsid, issues: [{ path, message }] });
  };
  if (cursor !== undefined) {
    refuse(
      "params.cursor",
      "a cursor was given, and .resume() keeps its own. Leave one of them out: without .resume() nothing is stored.",
      "does not go with resume()",
    );
  }
  if (name === "") refuse("name", "the name given to .resume() is empty. Leave it out, or name it.", "is empty");
  const mode =
    given ??
    facts?.mode ??
    refuse(
      "mode",
      'the lexicons of this version do not know how this list grows, so say so: .resume(name, { mode }), with "untilKnown" if new items come first, "forward" if they come last, "backfill" to read it once.',
      "is needed for this endpoint",
    );
  if (order === "oldest" && mode !== "untilKnown") {
    refuse(
      "order",
      `order "oldest" is for lists whose new items come first, and this one is read in mode "${mode}".`,
      "does not go with the mode",
    );
  }
  if (start === "now" && mode !== "untilKnown" && facts?.start === undefined) {
    refuse(
      "start",
      `in mode "${mode}" only the end of the list tells where now is. Read it once, for instance with .collect().`,
      "does not go with the mode",
    );
  }
  return mode;
}

/** A name that stands for another list, or for another way to read it, is taken by mistake. */
function checkRow(nsid: string, row: CursorRow | undefined, mode: CursorMode, paramsHash: string | undefined): void {
  if (row === undefined || isBlank(row)) return;
  const key = JSON.stringify(row.key);
  const next = `Take another name, or client.cursors.reset({ endpoint: "${nsid}", key: ${key} }) to begin anew. Nothing was sent.`;
  if (row.mode !== mode) {
    throw new ValidationError(
      `${nsid}: the cursor ${key} was stored in mode "${row.mode}" and is asked for in mode "${mode}", where it would mean something else. ${next}`,
      { nsid, issues: [{ path: "mode", message: `is not "${row.mode}"` }] },
    );
  }
  if (paramsHash === undefined || row.paramsHash === null || row.paramsHash === paramsHash) return;
  throw new ValidationError(
    `${nsid}: the cursor ${key} was stored for other parameters, and two lists under one name would lose items. Leave the name out, and each list has its own; or allow it for parameters that only bound the list: { params: "any" }. ${next}`,
    { nsid, issues: [{ path: "params", message: "are not those of the stored cursor" }] },
  );
}

/** The same for the same list, whatever the order of the parameters and the size of its pages. */
function hashOfParams(params: object | undefined): string {
  const given = Object.entries(params ?? {})
    .filter(([name, value]) => name !== "cursor" && name !== "limit" && value !== undefined && value !== null)
    .map(([name, value]) => [name, Array.isArray(value) ? value.map(wireText) : wireText(value)] as const)
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
  return hashOf(JSON.stringify(given), HASH_LENGTH);
}

/** `2` and `"2"` are the same in a URL. */
const wireText = (value: unknown): string => (value instanceof Date ? value.toISOString() : String(value));

const leaseName = ({ account, service, endpoint, key }: CursorKey): string =>
  `cursor ${account} ${service} ${endpoint} ${key}`;

async function claim(
  leases: LeaseStore,
  { account, service, endpoint, key }: CursorKey,
  waitMs: number,
  signal: AbortSignal | undefined,
): Promise<Lease> {
  const lease = await leases.claim(leaseName({ account, service, endpoint, key }), { waitMs, signal });
  if (lease !== undefined) return lease;
  const nsid = endpoint.replace("xrpc/", "");
  throw new CursorError(
    `The cursor ${JSON.stringify(key)} of ${nsid} is in use: another run under that name is under way${waitMs > 0 ? `, and still was after ${waitMs} ms` : ""}, in this process or another on the database. Let it end (break, or read to the end), wait longer (wait), or take another name. Nothing was sent.`,
    { nsid, reason: "inUse", key },
  );
}
