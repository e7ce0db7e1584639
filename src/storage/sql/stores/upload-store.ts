import type { UploadKey, UploadRow, UploadSession, UploadStore } from "../../ports/index.ts";
import type { Database } from "../connection/database.ts";

const KEY = ["did", "contentHash", "size"] as const;

/** Uploads that have not ended, in `bsky_upload`. */
export class MikroUploadStore implements UploadStore {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  async get(key: UploadKey): Promise<UploadRow | undefined> {
    return this.#database.use(async ({ db }) => {
      let query = db.selectFrom("bsky_upload").selectAll().where("expiresAt", ">", this.#now());
      for (const column of KEY) query = query.where(column, "=", key[column]);
      return query.executeTakeFirst();
    });
  }

  async save({ did, contentHash, size }: UploadKey, session: UploadSession): Promise<void> {
    const now = this.#now();
    const { jobId, partSize, partCount, expiresAt } = session;
    const columns = { jobId, partSize, partCount, expiresAt, updatedAt: now };
    await this.#database.use(async ({ db }) => {
      await db.deleteFrom("bsky_upload").where("expiresAt", "<=", now).execute();
      await db
        .insertInto("bsky_upload")
        .values({ did, contentHash, size, ...columns, createdAt: now })
        .onConflict((conflict) => conflict.columns(KEY).doUpdateSet(columns))
        .execute();
    });
  }

  async delete(key: UploadKey, jobId: string): Promise<boolean> {
    return this.#database.use(async ({ db }) => {
      let query = db.deleteFrom("bsky_upload").where("jobId", "=", jobId);
      for (const column of KEY) query = query.where(column, "=", key[column]);
      const { numDeletedRows } = await query.executeTakeFirst();
      return numDeletedRows > 0n;
    });
  }
}
