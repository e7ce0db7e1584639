import type { Kysely } from "kysely";

/** A statement takes 32,766 values on SQLite and 65,535 on PostgreSQL; this many names leave room for others. */
export const NAMES_AT_ONCE = 10_000;

/** The parts of a list. */
export function* chunks<Value>(list: readonly Value[], size: number): Generator<readonly Value[]> {
  for (let from = 0; from < list.length; from += size) yield list.slice(from, from + size);
}

/** Writes a list in as many statements as it takes, all or none. */
export async function inChunks<Tables, Value>(
  db: Kysely<Tables>,
  list: readonly Value[],
  size: number,
  write: (on: Kysely<Tables>, chunk: readonly Value[]) => Promise<void>,
): Promise<void> {
  if (list.length <= size) return write(db, list);
  await db.transaction().execute(async (transaction) => {
    for (const chunk of chunks(list, size)) await write(transaction, chunk);
  });
}
