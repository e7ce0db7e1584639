import type { Selectable } from "kysely";
import { cursorKey } from "../../shared/cursor-rows.ts";
import { endpointName } from "../../shared/names.ts";
import type { CursorChange, CursorKey, CursorRow, CursorStore, SaveCursorOptions } from "../../ports/index.ts";
import { storable, storableOrNull } from "../../shared/text.ts";
import type { Database } from "../connection/database.ts";
import type { Tables } from "../schema/tables.ts";

type Row = Selectable<Tables["bsky_cursor"]>;

const KEY = ["account", "service", "endpoint", "key"] as const;

/** Cursors in `bsky_cursor`. Every change is one statement. */
export class MikroCursorStore implements CursorStore {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  async get(key: CursorKey): Promise<CursorRow | undefined> {
    const [row] = await this.list(cursorKey(key));
    return row;
  }

  async list(filter: Partial<CursorKey> = {}): Promise<readonly CursorRow[]> {
    return this.#database.use(async ({ db }) => {
      let query = db.selectFrom("bsky_cursor").selectAll();
      for (const column of KEY) {
        const wanted = filter[column];
        if (wanted !== undefined)
          query = query.where(column, "=", storable(column === "endpoint" ? endpointName(wanted) : wanted));
      }
      const rows = await query.orderBy("updatedAt", "desc").orderBy("id", "desc").execute();
      return rows.map(cursorRow);
    });
  }

  async save(
    given: CursorKey,
    change: CursorChange,
    { ifVersion }: SaveCursorOptions = {},
  ): Promise<number | undefined> {
    const key = cursorKey(given);
    const now = this.#now();
    const columns = { ...columnsOf(change), updatedAt: now };
    return this.#database.use(async ({ db, sql }) => {
      const next = sql<number>`bsky_cursor.version + 1`;
      if (ifVersion !== undefined && ifVersion > 0) {
        let update = db
          .updateTable("bsky_cursor")
          .set({ ...columns, version: next })
          .where("version", "=", ifVersion);
        for (const column of KEY) update = update.where(column, "=", key[column]);
        return (await update.returning("version").executeTakeFirst())?.version;
      }
      const row = await db
        .insertInto("bsky_cursor")
        .values({ ...empty, ...columns, ...key, version: 1, createdAt: now })
        .onConflict((conflict) =>
          ifVersion === 0
            ? conflict.columns(KEY).doNothing()
            : conflict.columns(KEY).doUpdateSet({ ...columns, version: next }),
        )
        .returning("version")
        .executeTakeFirst();
      return row?.version;
    });
  }

  async delete(given: CursorKey): Promise<boolean> {
    const key = cursorKey(given);
    return this.#database.use(async ({ db }) => {
      let query = db.deleteFrom("bsky_cursor");
      for (const column of KEY) query = query.where(column, "=", key[column]);
      const { numDeletedRows } = await query.executeTakeFirst();
      return numDeletedRows > 0n;
    });
  }
}

const empty = {
  paramsHash: null,
  cursor: null,
  state: "open",
  lastPageIds: null,
  knownIds: null,
  pendingIds: null,
  pages: 0,
  items: 0,
} as const;

/** What is said, as columns; what was left out is not among them, so that stored values stay. */
function columnsOf({ mode, paramsHash, cursor, state, lastPageIds, knownIds, pendingIds, pages, items }: CursorChange) {
  return {
    mode,
    ...(paramsHash !== undefined && { paramsHash }),
    ...(cursor !== undefined && { cursor: storableOrNull(cursor) }),
    ...(state !== undefined && { state }),
    ...(lastPageIds !== undefined && { lastPageIds: listText(lastPageIds) }),
    ...(knownIds !== undefined && { knownIds: listText(knownIds) }),
    ...(pendingIds !== undefined && { pendingIds: listText(pendingIds) }),
    ...(pages !== undefined && { pages }),
    ...(items !== undefined && { items }),
  };
}

const listText = (list: readonly string[]): string | null => (list.length === 0 ? null : JSON.stringify(list));
const listOf = (text: string | null): readonly string[] => (text === null ? [] : (JSON.parse(text) as string[]));

function cursorRow(row: Row): CursorRow {
  const { lastPageIds, knownIds, pendingIds } = row;
  return {
    ...row,
    lastPageIds: listOf(lastPageIds),
    knownIds: listOf(knownIds),
    pendingIds: listOf(pendingIds),
  };
}
