import type { Identified } from "./item-ids.ts";
import { KnownGround, markText, merged } from "./item-ids.ts";
import type { Batch, Batches, PageReader, Position } from "./position.ts";

/**
 * Reads from the top until what was delivered before, as pages arrive. Each page moves the position down; what was on top is
 * known only once the walk has reached known ground. A walk that was cut off is therefore finished first, and then what has
 * come meanwhile is read.
 */
export async function* newestFirst<Output, Item>(
  reader: PageReader<Output, Item>,
  from: Position,
): Batches<Output, Item> {
  let here = from;
  if (here.cursor !== null) {
    for await (const batch of stretch(reader, here)) {
      yield batch;
      here = batch.after(batch.items.length);
    }
  }
  yield* stretch(reader, here);
}

/** From the position, or from the top if it has no cursor, down to known ground. */
async function* stretch<Output, Item>(reader: PageReader<Output, Item>, from: Position): Batches<Output, Item> {
  const ground = new KnownGround(from.knownIds);
  const guard = reader.guard();
  let delivered = new Set(from.lastPageIds);
  for (let here = from; ;) {
    const { data, items, next, error } = await reader.read(here.cursor ?? undefined, guard);
    const isReached = ground.isReached(items);
    const skipped = delivered;
    const fresh = above(items, ground, isReached).filter(({ id }) => !skipped.has(id));
    // Where cursors count, something new on top moves the end of this page to the start of the next.
    delivered = new Set([...from.lastPageIds, ...items.map(({ id }) => id)]);
    const head = merged(here.pendingIds, items.map(markText));
    const before = here;
    const isEnd = isReached || (next === undefined && error === undefined);
    const end: Position = isEnd
      ? { ...before, cursor: null, lastPageIds: [], pendingIds: [], knownIds: kept(head, before.knownIds) }
      : next === undefined
        ? { ...before, lastPageIds: items.map(({ id }) => id) }
        : { ...before, cursor: next, lastPageIds: [], pendingIds: kept(head, before.pendingIds) };
    const partly = (count: number): Position => ({
      ...before,
      lastPageIds: [...before.lastPageIds, ...fresh.slice(0, count).map(({ id }) => id)],
    });
    reader.report(fresh, isEnd ? undefined : next);
    yield {
      data,
      items: fresh,
      after: (count) => (count < fresh.length ? partly(count) : end),
    };
    if (isEnd) return;
    if (error !== undefined) throw error;
    here = end;
  }
}

/** The old list if nothing is new in it, so that nothing has to be stored. */
function kept(newer: readonly string[], older: readonly string[]): readonly string[] {
  const next = merged(newer, older);
  return next.length === older.length && next.every((mark, index) => mark === older[index]) ? older : next;
}

/**
 * The unknown items of a page; on the last one only those above something known: what is below may be older than all that is
 * remembered.
 */
function above<Item>(
  items: readonly Identified<Item>[],
  ground: KnownGround,
  isReached: boolean,
): readonly Identified<Item>[] {
  const end = isReached ? items.findLastIndex((item) => ground.has(item)) : items.length;
  return items.slice(0, end).filter((item) => !ground.has(item));
}

/**
 * Marks that are held of what is past, where the list has as many. A filter may empty the first page, and the newest items may be
 * deleted: each mark that is left tells where the past begins.
 */
const ENOUGH_MARKS = 100;
/** Pages after which a few marks are enough: where a filter leaves one item in ten pages, a hundred would cost a thousand calls */
const ENOUGH_PAGES = 20;
const FEW_MARKS = 3;

/** Takes the first pages for known, and gives nothing: the next walk gives what came after this one. */
export async function* fromNow<Output, Item>(reader: PageReader<Output, Item>, from: Position): Batches<Output, Item> {
  const guard = reader.guard();
  let marks: readonly string[] = [];
  let cursor: string | undefined;
  for (let pages = 1; ; pages++) {
    const { data, items, next, error } = await reader.read(cursor, guard);
    reader.report([], undefined);
    marks = merged(marks, items.map(markText));
    // A list without an end says nothing of now, unless something of it was seen.
    if (error !== undefined && marks.length === 0) throw error;
    const enough = marks.length >= (pages < ENOUGH_PAGES ? ENOUGH_MARKS : FEW_MARKS);
    if (next === undefined || error !== undefined || enough) {
      const knownIds = marks;
      yield { data, items: [], after: () => ({ ...from, knownIds }) };
      return;
    }
    cursor = next;
  }
}

/**
 * Reads down to what was delivered before, and then delivers upwards. What is delivered becomes known page by page, so a walk
 * that is cut off leaves no gap: the next one reads down to it.
 */
export async function* oldestFirst<Output, Item>(
  reader: PageReader<Output, Item>,
  from: Position,
): Batches<Output, Item> {
  let here = from;
  if (here.cursor !== null) {
    // A walk that began newest first: it is finished downwards of where it was, and what it had on top is known then.
    const rest = await gathered(stretch(reader, here));
    const done: Position = { ...here, cursor: null, lastPageIds: [], pendingIds: [] };
    for await (const batch of upwards(rest, here)) {
      yield batch;
      here = batch.after(batch.items.length);
    }
    here = { ...done, knownIds: merged(from.pendingIds, here.knownIds) };
  }
  yield* upwards(await gathered(stretch(reader, here)), here);
}

async function gathered<Output, Item>(batches: Batches<Output, Item>): Promise<Batch<Output, Item>[]> {
  const all: Batch<Output, Item>[] = [];
  for await (const batch of batches) all.push(batch);
  return all;
}

async function* upwards<Output, Item>(batches: readonly Batch<Output, Item>[], from: Position): Batches<Output, Item> {
  let here = from;
  for (const { data, items } of batches.toReversed()) {
    const before = here;
    const upward = items.toReversed();
    const partly = (count: number): Position => ({
      ...before,
      knownIds: merged(upward.slice(0, count).toReversed().map(markText), before.knownIds),
    });
    const end = items.length === 0 ? before : partly(items.length);
    yield { data, items: upward, after: (count) => (count < items.length ? partly(count) : end) };
    here = end;
  }
}
