import type { ProfileData, ProfileError, ProfileRow, ProfileStore } from "../ports/index.ts";
import { actorName, emptyProfile, errorColumns, fillProfiles, profileDid } from "../shared/profile-rows.ts";

export class MemoryProfiles implements ProfileStore {
  readonly #now: () => number;
  readonly #check: () => void;
  readonly #rows = new Map<number, ProfileRow>();
  #lastId = 0;

  constructor(now: () => number, check: () => void) {
    this.#now = now;
    this.#check = check;
  }

  async get(actor: string): Promise<ProfileRow | undefined> {
    this.#check();
    const name = actorName(actor);
    return [...this.#rows.values()]
      .filter((row) => (name.startsWith("did:") ? row.did === name : row.handle === name))
      .toSorted((a, b) => b.updatedAt - a.updatedAt || b.id - a.id)[0];
  }

  async getMany(actors: readonly string[]): Promise<readonly (ProfileRow | undefined)[]> {
    return Promise.all(actors.map((actor) => this.get(actor)));
  }

  async upsert(profiles: readonly ProfileData[], fetchedAt: number): Promise<readonly ProfileRow[]> {
    this.#check();
    const stored = new Map<string, ProfileRow>();
    for (const filled of fillProfiles(profiles, fetchedAt, this.#now())) {
      const old = [...this.#rows.values()].find((row) => row.did === filled.did);
      const row: ProfileRow = { id: old?.id ?? ++this.#lastId, ...filled };
      this.#rows.set(row.id, row);
      stored.set(filled.did, row);
      for (const other of this.#rows.values()) {
        if (row.handle === null || other.handle !== row.handle || other.id === row.id) continue;
        if (other.did === null) this.#rows.delete(other.id);
        else this.#rows.set(other.id, { ...other, handle: null });
      }
    }
    return profiles.flatMap((profile) => stored.get(profileDid(profile.did)) ?? []);
  }

  async saveError(actor: string, error: ProfileError): Promise<ProfileRow> {
    const name = actorName(actor);
    const old = await this.get(name);
    const row: ProfileRow = {
      ...(old ?? { id: ++this.#lastId, ...emptyProfile(name, 0) }),
      ...errorColumns(error, this.#now()),
    };
    this.#rows.set(row.id, row);
    return row;
  }
}
