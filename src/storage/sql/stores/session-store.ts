import type { Selectable } from "kysely";
import type { Cipher, SealContext } from "../../shared/encryption.ts";
import { plainName } from "../../../core/identifiers.ts";
import type {
  SaveSessionOptions,
  SessionInput,
  SessionLock,
  SessionLockOptions,
  SessionStore,
  SessionSummary,
  StoredSession,
} from "../../ports/index.ts";
import { DEAD_SESSION_MS } from "../../shared/session-rules.ts";
import { storable } from "../../shared/text.ts";
import { lockName } from "../../shared/keyed-mutex.ts";
import type { Opened } from "../connection/connect.ts";
import type { Database } from "../connection/database.ts";
import type { Leases } from "./lease-store.ts";
import type { Tables } from "../schema/tables.ts";

type Row = Selectable<Tables["bsky_session"]>;

const SUMMARY = [
  "id",
  "service",
  "did",
  "handle",
  "bskyAuthUsername",
  "createMethod",
  "pdsServiceEndpoint",
  "accessExpiresAt",
  "refreshExpiresAt",
  "generation",
  "exception",
  "createdAt",
  "updatedAt",
] as const satisfies readonly (keyof Row)[];

/** Sessions in `bsky_session`. Every change is one statement, so none is ever half done. */
export class MikroSessionStore implements SessionStore {
  readonly #database: Database;
  readonly #leases: Leases;
  readonly #cipher: Cipher;
  readonly #now: () => number;

  constructor(database: Database, leases: Leases, cipher: Cipher, now: () => number) {
    this.#database = database;
    this.#leases = leases;
    this.#cipher = cipher;
    this.#now = now;
  }

  async find(service: string, name: string): Promise<StoredSession | undefined> {
    const wanted = plainName(name);
    return this.#database.use(async ({ db }) => {
      const row = await db
        .selectFrom("bsky_session")
        .selectAll()
        .where("service", "=", service)
        .where("exception", "is", null)
        .where((eb) => eb.or([eb("did", "=", wanted), eb("handle", "=", wanted), eb("bskyAuthUsername", "=", wanted)]))
        .orderBy("updatedAt", "desc")
        .orderBy("id", "desc")
        .limit(1)
        .executeTakeFirst();
      return row && this.#readable(row);
    });
  }

  async save(session: SessionInput): Promise<StoredSession>;
  async save(session: SessionInput, options: SaveSessionOptions): Promise<StoredSession | undefined>;
  async save(session: SessionInput, options: SaveSessionOptions = {}): Promise<StoredSession | undefined> {
    return this.#database.use(async (opened) => {
      const now = this.#now();
      const row =
        options.ifGeneration === undefined
          ? await this.#upsert(opened, session, now)
          : await this.#replace(opened, session, now, options.ifGeneration);
      if (row && session.createMethod === "create") await this.#deleteDead(opened, now - DEAD_SESSION_MS);
      // What was just sealed need not be opened: the caller's own values are the stored ones.
      return row && { ...summary(row), accessJwt: session.accessJwt, refreshJwt: session.refreshJwt };
    });
  }

  async #upsert({ db, sql }: Opened, session: SessionInput, now: number): Promise<Row> {
    const given = await this.#columns(db, session, now);
    const name = given.bskyAuthUsername;
    return db
      .insertInto("bsky_session")
      .values({
        handle: null,
        bskyAuthUsername: null,
        pdsServiceEndpoint: null,
        accessExpiresAt: null,
        refreshExpiresAt: null,
        ...given,
        service: session.service,
        did: session.did,
        generation: 1,
        createdAt: now,
      })
      .onConflict((conflict) =>
        conflict.columns(["service", "did"]).doUpdateSet({
          ...given,
          ...(name && { bskyAuthUsername: sql<string>`${keptName(sql, name)}` }),
          generation: sql<number>`bsky_session.generation + 1`,
        }),
      )
      .returningAll()
      .executeTakeFirstOrThrow();
  }

  async #replace(
    { db, sql }: Opened,
    session: SessionInput,
    now: number,
    generation: number,
  ): Promise<Row | undefined> {
    const given = await this.#columns(db, session, now);
    const name = given.bskyAuthUsername;
    return db
      .updateTable("bsky_session")
      .set({
        ...given,
        ...(name && { bskyAuthUsername: sql<string>`${keptName(sql, name)}` }),
        generation: generation + 1,
      })
      .where("service", "=", session.service)
      .where("did", "=", session.did)
      .where("generation", "=", generation)
      .where("exception", "is", null)
      .returningAll()
      .executeTakeFirst();
  }

  /** What the caller gave, as columns; what was left out is not among them, so that stored values stay. */
  async #columns(db: Opened["db"], session: SessionInput, now: number) {
    const { handle, identifier, accessExpiresAt, refreshExpiresAt } = session;
    const pdsServiceEndpoint = await this.#endpointOf(db, session);
    const of = { ...session, pdsServiceEndpoint: pdsServiceEndpoint ?? null };
    const [accessJwt, refreshJwt] = await Promise.all([
      this.#cipher.seal(session.accessJwt, contextOf(of, "access")),
      this.#cipher.seal(session.refreshJwt, contextOf(of, "refresh")),
    ]);
    return {
      accessJwt,
      refreshJwt,
      createMethod: session.createMethod === "refresh" ? 1 : 0,
      exception: null,
      updatedAt: now,
      ...(handle !== undefined && { handle: handle === null ? null : plainName(handle) }),
      ...(identifier !== undefined && identifier !== null && { bskyAuthUsername: plainName(identifier) }),
      ...(pdsServiceEndpoint !== undefined && { pdsServiceEndpoint }),
      ...(accessExpiresAt !== undefined && { accessExpiresAt }),
      ...(refreshExpiresAt !== undefined && { refreshExpiresAt }),
    };
  }

  /** What is to stand in the column, which sealed tokens are bound to; `undefined`: as it is. */
  async #endpointOf(db: Opened["db"], session: SessionInput): Promise<string | null | undefined> {
    if (!this.#cipher.hasKey || session.pdsServiceEndpoint !== undefined) return session.pdsServiceEndpoint;
    const { service, did } = session;
    const row = await db
      .selectFrom("bsky_session")
      .selectAll()
      .where("service", "=", service)
      .where("did", "=", did)
      .executeTakeFirst();
    // New tokens must not vouch for an address that the old ones do not.
    const stored = row && (await this.#readable(row).catch(() => undefined));
    return stored?.pdsServiceEndpoint ?? null;
  }

  async markDead(service: string, did: string, reason: string, generation: number): Promise<boolean> {
    return this.#database.use(async ({ db }) => {
      const { numUpdatedRows } = await db
        .updateTable("bsky_session")
        .set({ accessJwt: "", refreshJwt: "", exception: storable(reason), updatedAt: this.#now() })
        .where("service", "=", service)
        .where("did", "=", did)
        .where("generation", "=", generation)
        .where("exception", "is", null)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    });
  }

  async list(
    options: { readonly service?: string; readonly includeDead?: boolean } = {},
  ): Promise<readonly SessionSummary[]> {
    return this.#database.use(async ({ db }) => {
      let query = db.selectFrom("bsky_session").select(SUMMARY);
      if (options.service !== undefined) query = query.where("service", "=", options.service);
      if (options.includeDead !== true) query = query.where("exception", "is", null);
      const rows = await query.orderBy("updatedAt", "desc").orderBy("id", "desc").execute();
      return rows.map(summary);
    });
  }

  async delete(service: string, did: string): Promise<boolean> {
    return this.#database.use(async ({ db }) => {
      const { numDeletedRows } = await db
        .deleteFrom("bsky_session")
        .where("service", "=", service)
        .where("did", "=", did)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    });
  }

  async prune(olderThan: number): Promise<number> {
    return this.#database.use((opened) => this.#deleteDead(opened, olderThan));
  }

  async #deleteDead({ db }: Opened, olderThan: number): Promise<number> {
    const { numDeletedRows } = await db
      .deleteFrom("bsky_session")
      .where("exception", "is not", null)
      .where("updatedAt", "<", olderThan)
      .executeTakeFirst();
    return Number(numDeletedRows);
  }

  async withLock<T>(
    service: string,
    account: string,
    fn: (lock: SessionLock) => Promise<T>,
    options?: SessionLockOptions,
  ): Promise<T> {
    return this.#leases.hold(lockName(service, account), fn, options);
  }

  async #readable(row: Row): Promise<StoredSession> {
    const [accessJwt, refreshJwt] = await Promise.all([
      this.#cipher.open(row.accessJwt, contextOf(row, "access")),
      this.#cipher.open(row.refreshJwt, contextOf(row, "refresh")),
    ]);
    // With a key the database is not believed: an address that nothing vouches for is as good as none, and is looked up.
    const isVouched = !this.#cipher.hasKey || (accessJwt.isBound && refreshJwt.isBound);
    return {
      ...summary(row),
      ...(!isVouched && { pdsServiceEndpoint: null }),
      accessJwt: accessJwt.value,
      refreshJwt: refreshJwt.value,
    };
  }
}

/** See `keptIdentifier`: the same rule, said in SQL, so that it needs no reading before. */
function keptName(sql: Opened["sql"], name: string) {
  if (name.includes("@")) return sql`${name}`;
  return sql`case when bsky_session.bsky_auth_username like '%@%' then bsky_session.bsky_auth_username else ${name} end`;
}

function contextOf(
  of: { readonly service: string; readonly did: string; readonly pdsServiceEndpoint: string | null },
  token: "access" | "refresh",
): SealContext {
  return { owner: `${of.service}\n${of.did}\n${token}`, endpoint: of.pdsServiceEndpoint ?? undefined };
}

function summary(row: Pick<Row, (typeof SUMMARY)[number]>): SessionSummary {
  return {
    id: row.id,
    service: row.service,
    did: row.did,
    handle: row.handle,
    identifier: row.bskyAuthUsername,
    createMethod: row.createMethod === 1 ? "refresh" : "create",
    pdsServiceEndpoint: row.pdsServiceEndpoint,
    accessExpiresAt: row.accessExpiresAt,
    refreshExpiresAt: row.refreshExpiresAt,
    generation: row.generation,
    exception: row.exception,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}
