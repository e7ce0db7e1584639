import { otherKey, postKey, postUri, reservedPost, writtenColumns, writtenPostRows } from "../../shared/post-rows.ts";
import type { PostReservation, PostRow, PostState, PostStore, WrittenPost } from "../../ports/index.ts";
import { inChunks, NAMES_AT_ONCE } from "./chunks.ts";
import type { Database } from "../connection/database.ts";

/** A row is 14 values. */
const ROWS_AT_ONCE = 1000;

const UNSETTLED: readonly PostState[] = ["pending", "unknown"];

const isHeldBy = (row: PostRow, wanted: Pick<PostRow, "repo" | "clientUniqueKey">): boolean =>
  row.repo === wanted.repo && row.clientUniqueKey === wanted.clientUniqueKey;

/** Posts in `bsky_post`. Every change is one statement. */
export class MikroPostStore implements PostStore {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  async get(uri: string): Promise<PostRow | undefined> {
    return this.#database.use(({ db }) =>
      db.selectFrom("bsky_post").selectAll().where("uri", "=", postUri(uri)).executeTakeFirst(),
    );
  }

  async getByKey(repo: string, clientUniqueKey: string): Promise<PostRow | undefined> {
    return this.#database.use(({ db }) =>
      db
        .selectFrom("bsky_post")
        .selectAll()
        .where("repo", "=", repo)
        .where("clientUniqueKey", "=", postKey(clientUniqueKey))
        .executeTakeFirst(),
    );
  }

  async reserve(post: PostReservation): Promise<PostRow> {
    const values = reservedPost(post, this.#now());
    for (;;) {
      const row = await this.#database.use(({ db }) =>
        db
          .insertInto("bsky_post")
          .values(values)
          .onConflict((conflict) => conflict.doNothing())
          .returningAll()
          .executeTakeFirst(),
      );
      // The key is another row's, or the row has no key; either may change before it is looked at.
      const holder = row ?? (await this.getByKey(post.repo, post.clientUniqueKey)) ?? (await this.#takeOver(values));
      if (holder !== undefined) return holder;
      const other = await this.get(values.uri);
      if (other !== undefined && other.clientUniqueKey !== null && !isHeldBy(other, values)) {
        throw otherKey(other);
      }
    }
  }

  /** Gives the key to the row of the same URI, if that has none. */
  async #takeOver(values: ReturnType<typeof reservedPost>): Promise<PostRow | undefined> {
    const { uri, clientUniqueKey, contentHash, createdAt, updatedAt } = values;
    return this.#database.use(async ({ db }) => {
      const keyless = db
        .updateTable("bsky_post")
        .where("uri", "=", postUri(uri))
        .where("clientUniqueKey", "is", null)
        .returningAll();
      const again = { clientUniqueKey, contentHash, createdAt, updatedAt, state: "pending" as const, cid: null };
      return (
        (await keyless.where("state", "=", "deleted").set(again).executeTakeFirst()) ??
        (await keyless.where("state", "!=", "deleted").set({ clientUniqueKey, updatedAt }).executeTakeFirst())
      );
    });
  }

  async revise(uri: string, contentHash: string): Promise<boolean> {
    return this.#database.use(async ({ db }) => {
      const { numUpdatedRows } = await db
        .updateTable("bsky_post")
        .set({ contentHash, updatedAt: this.#now() })
        .where("uri", "=", postUri(uri))
        .where("state", "in", UNSETTLED)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    });
  }

  async markUnknown(uri: string): Promise<void> {
    await this.#database.use(({ db }) =>
      db
        .updateTable("bsky_post")
        .set({ state: "unknown", updatedAt: this.#now() })
        .where("uri", "=", postUri(uri))
        .where("state", "=", "pending")
        .execute(),
    );
  }

  async release(uri: string): Promise<void> {
    await this.#database.use(({ db }) =>
      db.deleteFrom("bsky_post").where("uri", "=", postUri(uri)).where("state", "in", UNSETTLED).execute(),
    );
  }

  async freeKey(repo: string, clientUniqueKey: string): Promise<void> {
    await this.#database.use(({ db }) =>
      db
        .updateTable("bsky_post")
        .set({ clientUniqueKey: null, updatedAt: this.#now() })
        .where("repo", "=", repo)
        .where("clientUniqueKey", "=", postKey(clientUniqueKey))
        .execute(),
    );
  }

  async moveKey(repo: string, clientUniqueKey: string, uri: string, contentHash: string): Promise<void> {
    const updatedAt = this.#now();
    const key = postKey(clientUniqueKey);
    await this.#database.use(({ db }) =>
      db.transaction().execute(async (transaction) => {
        await transaction
          .updateTable("bsky_post")
          .set({ clientUniqueKey: null, updatedAt })
          .where("repo", "=", repo)
          .where("clientUniqueKey", "=", key)
          .execute();
        await transaction
          .updateTable("bsky_post")
          .set({ clientUniqueKey: key, contentHash, updatedAt })
          .where("uri", "=", postUri(uri))
          .execute();
      }),
    );
  }

  async save(posts: readonly WrittenPost[]): Promise<void> {
    // Everybody locks rows in the same order, so that nobody waits for somebody who waits for him.
    const rows = writtenPostRows(posts, this.#now()).toSorted((one, other) => (one.uri < other.uri ? -1 : 1));
    if (rows.length === 0) return;
    await this.#database.use(({ db }) =>
      inChunks(db, rows, ROWS_AT_ONCE, async (on, chunk) => {
        await on
          .insertInto("bsky_post")
          .values(chunk)
          .onConflict((conflict) =>
            conflict.column("uri").doUpdateSet((eb) => ({
              ...Object.fromEntries(writtenColumns.map((column) => [column, eb.ref(`excluded.${column}`)])),
              contentHash: eb.fn.coalesce("excluded.contentHash", "bsky_post.contentHash"),
            })),
          )
          .execute();
      }),
    );
  }

  async markDeleted(uris: readonly string[]): Promise<void> {
    if (uris.length === 0) return;
    const named = uris.map(postUri).toSorted();
    await this.#database.use(({ db }) =>
      inChunks(db, named, NAMES_AT_ONCE, async (on, chunk) => {
        await on
          .updateTable("bsky_post")
          .set({ state: "deleted", clientUniqueKey: null, updatedAt: this.#now() })
          .where("uri", "in", chunk)
          .execute();
      }),
    );
  }
}
