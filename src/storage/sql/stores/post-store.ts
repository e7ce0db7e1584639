import { reservedPost, writtenColumns, writtenPostRows } from "../../shared/post-rows.ts";
import type { PostReservation, PostRow, PostState, PostStore, WrittenPost } from "../../ports/index.ts";
import { storable } from "../../shared/text.ts";
import type { Database } from "../connection/database.ts";

const UNSETTLED: readonly PostState[] = ["pending", "unknown"];

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
      db.selectFrom("bsky_post").selectAll().where("uri", "=", uri).executeTakeFirst(),
    );
  }

  async getByKey(repo: string, clientUniqueKey: string): Promise<PostRow | undefined> {
    return this.#database.use(({ db }) =>
      db
        .selectFrom("bsky_post")
        .selectAll()
        .where("repo", "=", repo)
        .where("clientUniqueKey", "=", storable(clientUniqueKey))
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
      // Whoever has the key may give it back before it is looked at.
      const holder = row ?? (await this.getByKey(post.repo, post.clientUniqueKey));
      if (holder !== undefined) return holder;
    }
  }

  async revise(uri: string, contentHash: string): Promise<boolean> {
    return this.#database.use(async ({ db }) => {
      const { numUpdatedRows } = await db
        .updateTable("bsky_post")
        .set({ contentHash, updatedAt: this.#now() })
        .where("uri", "=", uri)
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
        .where("uri", "=", uri)
        .where("state", "=", "pending")
        .execute(),
    );
  }

  async release(uri: string): Promise<void> {
    await this.#database.use(({ db }) =>
      db.deleteFrom("bsky_post").where("uri", "=", uri).where("state", "in", UNSETTLED).execute(),
    );
  }

  async freeKey(repo: string, clientUniqueKey: string): Promise<void> {
    await this.#database.use(({ db }) =>
      db
        .updateTable("bsky_post")
        .set({ clientUniqueKey: null, updatedAt: this.#now() })
        .where("repo", "=", repo)
        .where("clientUniqueKey", "=", storable(clientUniqueKey))
        .execute(),
    );
  }

  async save(posts: readonly WrittenPost[]): Promise<void> {
    const rows = writtenPostRows(posts, this.#now());
    if (rows.length === 0) return;
    await this.#database.use(({ db }) =>
      db
        .insertInto("bsky_post")
        .values(rows)
        .onConflict((conflict) =>
          conflict
            .column("uri")
            .doUpdateSet((eb) =>
              Object.fromEntries(writtenColumns.map((column) => [column, eb.ref(`excluded.${column}`)])),
            ),
        )
        .execute(),
    );
  }

  async markDeleted(uris: readonly string[]): Promise<void> {
    if (uris.length === 0) return;
    await this.#database.use(({ db }) =>
      db
        .updateTable("bsky_post")
        .set({ state: "deleted", clientUniqueKey: null, updatedAt: this.#now() })
        .where("uri", "in", uris)
        .execute(),
    );
  }
}
