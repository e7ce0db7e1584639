import type { Selectable } from "kysely";
import {
  actorName,
  emptyProfile,
  errorColumns,
  fillProfiles,
  labelsOf,
  labelsText,
  profileDid,
} from "../../shared/profile-rows.ts";
import type { ProfileData, ProfileError, ProfileRow, ProfileStore } from "../../ports/index.ts";
import { chunks, NAMES_AT_ONCE } from "./chunks.ts";
import type { Opened } from "../connection/connect.ts";
import type { Database } from "../connection/database.ts";
import type { Tables } from "../schema/tables.ts";

type Row = Selectable<Tables["bsky_user_profile"]>;

/** Well below the number of values one statement may have: a profile is 23 of them. */
const UPSERT_CHUNK = 500;

/** Profiles in `bsky_user_profile`. */
export class MikroProfileStore implements ProfileStore {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  async get(actor: string): Promise<ProfileRow | undefined> {
    const [row] = await this.getMany([actor]);
    return row;
  }

  async getMany(actors: readonly string[]): Promise<readonly (ProfileRow | undefined)[]> {
    const names = actors.map(actorName);
    if (names.length === 0) return [];
    return this.#database.use(async (opened) => {
      const found = new Map<string, ProfileRow>();
      for (const chunk of chunks([...new Set(names)], NAMES_AT_ONCE)) await findRows(opened, chunk, found);
      return names.map((name) => found.get(name));
    });
  }

  async upsert(profiles: readonly ProfileData[], fetchedAt: number): Promise<readonly ProfileRow[]> {
    const filled = fillProfiles(profiles, fetchedAt, this.#now());
    const stored = new Map<string | null, ProfileRow>();
    // Everybody locks rows in the same order, so that nobody waits for somebody who waits for him.
    const ordered = filled.toSorted((one, other) => ((one.did ?? "") < (other.did ?? "") ? -1 : 1));
    await this.#database.use(async (opened) => {
      for (let from = 0; from < ordered.length; from += UPSERT_CHUNK) {
        const chunk = ordered.slice(from, from + UPSERT_CHUNK);
        for (const row of await upsertRows(opened, chunk)) stored.set(row.did, row);
        await releaseHandles(opened, chunk);
      }
    });
    return profiles.flatMap((profile) => stored.get(profileDid(profile.did)) ?? []);
  }

  async saveError(actor: string, error: ProfileError): Promise<ProfileRow> {
    const name = actorName(actor);
    const said = errorColumns(error, this.#now());
    return this.#database.use(async ({ db }) => {
      const known = await db
        .updateTable("bsky_user_profile")
        .set(said)
        .where(name.startsWith("did:") ? "did" : "handle", "=", name)
        .returningAll()
        .executeTakeFirst();
      if (known) return profileRow(known);
      const { labels: _, ...empty } = emptyProfile(name, said.updatedAt);
      const row = await db
        .insertInto("bsky_user_profile")
        .values({ ...empty, labels: null, ...said })
        // Another process may have met the account in between.
        .onConflict((conflict) => conflict.column("did").doUpdateSet(said))
        .returningAll()
        .executeTakeFirstOrThrow();
      return profileRow(row);
    });
  }
}

/** Adds the rows that have one of the names. */
async function findRows({ db }: Opened, names: readonly string[], found: Map<string, ProfileRow>): Promise<void> {
  const dids = names.filter((name) => name.startsWith("did:"));
  const handles = names.filter((name) => !name.startsWith("did:"));
  const rows = await db
    .selectFrom("bsky_user_profile")
    .selectAll()
    .where((eb) =>
      eb.or([
        ...(dids.length > 0 ? [eb("did", "in", dids)] : []),
        ...(handles.length > 0 ? [eb("handle", "in", handles)] : []),
      ]),
    )
    .orderBy("updatedAt")
    .orderBy("id")
    .execute();
  const wanted = new Set(names);
  // The newest comes last and wins.
  for (const row of rows.map(profileRow)) {
    if (row.did !== null && wanted.has(row.did)) found.set(row.did, row);
    if (row.handle !== null && wanted.has(row.handle)) found.set(row.handle, row);
  }
}

async function upsertRows({ db }: Opened, profiles: readonly Omit<ProfileRow, "id">[]): Promise<readonly ProfileRow[]> {
  const values = profiles.map((profile) => ({
    ...profile,
    labels: labelsText(profile.labels),
  }));
  const [first] = values;
  if (!first) return [];
  const columns = Object.keys(first).filter((column) => column !== "did") as (keyof typeof first)[];
  const rows = await db
    .insertInto("bsky_user_profile")
    .values(values)
    .onConflict((conflict) =>
      conflict
        .column("did")
        .doUpdateSet((eb) => Object.fromEntries(columns.map((column) => [column, eb.ref(`excluded.${column}`)]))),
    )
    .returningAll()
    .execute();
  return rows.map(profileRow);
}

/**
 * Takes the handles from all other rows: an account that had one before keeps its row without it, and a row that only
 * said the handle could not be resolved goes. After the upsert, so that there is no moment without a row.
 */
async function releaseHandles({ db }: Opened, profiles: readonly Omit<ProfileRow, "id">[]): Promise<void> {
  const handles = profiles.flatMap((profile) => profile.handle ?? []);
  if (handles.length === 0) return;
  const dids = profiles.flatMap((profile) => profile.did ?? []);
  const others = await db
    .selectFrom("bsky_user_profile")
    .select(["id", "did"])
    .where("handle", "in", handles)
    .where((eb) => eb.or([eb("did", "is", null), eb("did", "not in", dids)]))
    .orderBy("id")
    .execute();
  // One by one, and seldom any: a statement for all of them would lock them in an order of its own.
  for (const { id, did } of others) {
    await (did === null
      ? db.deleteFrom("bsky_user_profile").where("id", "=", id).execute()
      : db
          .updateTable("bsky_user_profile")
          .set({ handle: null })
          .where("id", "=", id)
          .where("handle", "in", handles)
          .execute());
  }
}

function profileRow(row: Row): ProfileRow {
  return { ...row, labels: labelsOf(row.labels) };
}
