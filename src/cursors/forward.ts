import type { Batches, PageReader, Position } from "./position.ts";

export interface ForwardBatches {
  /** Cursor before the first item, where asking without one does not begin there */
  readonly start: string | undefined;
  /** The end of the list is the end for good. */
  readonly once: boolean;
}

/**
 * Goes on after what was read. A page that has no next one may have more items the next time: it is asked for again then, and
 * only what is new in it is given.
 */
export async function* forward<Output, Item>(
  reader: PageReader<Output, Item>,
  from: Position,
  { start, once }: ForwardBatches,
): Batches<Output, Item> {
  if (from.state === "exhausted") return;
  const guard = reader.guard();
  for (let here = from; ;) {
    const { data, items, next, error } = await reader.read(here.cursor ?? start, guard);
    const before = here;
    const delivered = new Set(before.lastPageIds);
    const fresh = items.filter(({ id }) => !delivered.has(id));
    const isEnd = next === undefined && error === undefined;
    const end: Position =
      isEnd && once
        ? { ...before, state: "exhausted", lastPageIds: [] }
        : next === undefined
          ? { ...before, lastPageIds: fresh.length === 0 ? before.lastPageIds : items.map(({ id }) => id) }
          : { ...before, cursor: next, lastPageIds: [] };
    const partly = (count: number): Position => ({
      ...before,
      lastPageIds: [...before.lastPageIds, ...fresh.slice(0, count).map(({ id }) => id)],
    });
    reader.report(fresh, next);
    yield { data, items: fresh, after: (count) => (count < fresh.length ? partly(count) : end) };
    if (error !== undefined) throw error;
    if (next === undefined) return;
    here = end;
  }
}
