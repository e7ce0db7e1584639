import { appBskyActorGetProfile, appBskyActorGetProfiles } from "../../generated/definitions/app.bsky.ts";
import type { Clock } from "../core/clock.ts";
import { XrpcError } from "../core/errors/index.ts";
import type { Call } from "../core/lexicon/namespace.ts";
import { bareName, isDid, isHandle, plainName } from "../core/identifiers.ts";
import { noHeaders } from "../core/http/transport.ts";
import type { ProfileRow, ProfileStore } from "../storage/ports/index.ts";
import { profileData } from "./profile-data.ts";

/** When the server is asked although a profile is stored. */
export interface ProfileOptions {
  /** Ask the server although the profile is stored. Default false */
  readonly refresh?: boolean | undefined;
  /** Milliseconds; a profile stored longer ago is asked for again. Default: no limit */
  readonly maxAge?: number | undefined;
  /** Milliseconds; the reason why there is no profile is believed that long. Default 3,600,000 (an hour) */
  readonly errorMaxAge?: number | undefined;
  /** Ends the call */
  readonly signal?: AbortSignal | undefined;
}

export interface ProfilesConfig {
  readonly call: Call;
  readonly store: () => Promise<ProfileStore>;
  readonly clock: Clock;
  /** DID of the account that is known to ask; `undefined` where no token goes along */
  readonly viewer: () => Promise<string | undefined>;
}

/** A profile as stored. Its `id` and `did` never change, so that other tables may refer to it. */
export interface Profile extends ProfileRow {
  /** Never changes */
  readonly did: string;
}

/** Most actors that `app.bsky.actor.getProfiles` takes: its lexicon's maxLength */
const BATCH = 25;
const HOUR = 3_600_000;

/** How `app.bsky.actor.getProfile` says that there is none. They are no news for the logger where that was reckoned with. */
const absences = ["InvalidRequest", "AccountTakedown", "AccountDeactivated"];

/** Profiles by handle or DID, kept in `bsky_user_profile`. */
export class Profiles {
  readonly #config: ProfilesConfig;

  constructor(config: ProfilesConfig) {
    this.#config = config;
  }

  /**
   * The profile of an actor: a DID or a handle, with or without `@`, in any case. Stored ones cost no request.
   *
   * @throws XrpcError when the account is suspended, deleted or unknown; remembered, and thrown again from the database
   */
  async get(actor: string, options: ProfileOptions = {}): Promise<Profile> {
    return this.#get(actor, options);
  }

  async #get(actor: string, options: ProfileOptions, expected?: readonly string[]): Promise<Profile> {
    const { clock } = this.#config;
    const store = await this.#config.store();
    const stored = await store.get(actor);
    if (stored !== undefined && !options.refresh) {
      const remembered = this.#remembered(actor, stored, options);
      if (remembered !== undefined) throw remembered;
      if (this.#isFresh(stored, options)) return stored as Profile;
    }
    try {
      const viewer = await this.#config.viewer();
      const view = await this.#config.call(
        appBskyActorGetProfile,
        { actor: bareName(actor) },
        { signal: options.signal, expectedErrors: expected },
      );
      const [row] = await store.upsert([profileData(view, viewer)], clock.now());
      return row as Profile;
    } catch (error) {
      if (isAboutAccount(error)) {
        await store.saveError(actor, { name: error.error ?? error.name, message: error.message, at: clock.now() });
      }
      throw error;
    }
  }

  /** Like {@link get}, but `undefined` where the account is suspended, deleted or unknown. */
  async tryGet(actor: string, options: ProfileOptions = {}): Promise<Profile | undefined> {
    try {
      return await this.#get(actor, options, absences);
    } catch (error) {
      if (isAboutAccount(error)) return undefined;
      throw error;
    }
  }

  /**
   * The profiles of many actors, in their order, `undefined` where there is none, and for what is neither a handle nor a DID. What is not stored is asked for 25 at a time.
   * The server leaves accounts out without saying why, so no reason is remembered here: {@link get} asks for it.
   */
  async getMany(actors: readonly string[], options: ProfileOptions = {}): Promise<readonly (Profile | undefined)[]> {
    const { clock, call } = this.#config;
    const store = await this.#config.store();
    const stored = options.refresh ? actors.map(() => undefined) : await store.getMany(actors);
    const missing = new Set(
      actors.filter((actor, index) => {
        // The server would refuse the whole list for one of these.
        if (!isName(actor)) return false;
        const row = stored[index];
        return row === undefined || !(this.#isFresh(row, options) || this.#remembers(row, options));
      }),
    );
    const answered = new Set<string | null>();
    if (missing.size > 0) {
      const viewer = await this.#config.viewer();
      for (const batch of batches([...missing].map(bareName))) {
        const { profiles } = await call(appBskyActorGetProfiles, { actors: batch }, { signal: options.signal });
        const found = profiles.map((view) => profileData(view, viewer));
        for (const { did } of found) answered.add(did);
        await store.upsert(found, clock.now());
      }
    }
    const rows = missing.size > 0 ? await store.getMany(actors) : stored;
    return rows.map((row, index) => {
      if (row === undefined || row.error !== null) return undefined;
      // Asked for and not given: what is stored of it is of the past.
      const isGone = missing.has(actors[index] ?? "") && !answered.has(row.did);
      return isGone ? undefined : (row as Profile);
    });
  }

  #isFresh({ fetchedAt, error }: ProfileRow, { maxAge = Infinity }: ProfileOptions): boolean {
    return error === null && fetchedAt !== null && this.#config.clock.now() - fetchedAt <= maxAge;
  }

  #remembers({ error, errorAt }: ProfileRow, { errorMaxAge = HOUR }: ProfileOptions): boolean {
    return error !== null && errorAt !== null && this.#config.clock.now() - errorAt <= errorMaxAge;
  }

  #remembered(actor: string, row: ProfileRow, options: ProfileOptions): XrpcError | undefined {
    if (!this.#remembers(row, options)) return undefined;
    const at = new Date(row.errorAt ?? 0).toISOString();
    return new XrpcError(`${row.error} (${bareName(actor)}, remembered since ${at}; { refresh: true } asks again)`, {
      nsid: appBskyActorGetProfile.nsid,
      error: row.errorName ?? undefined,
      http: { status: 400, headers: noHeaders, elapsed: 0, url: "" },
    });
  }
}

const isName = (actor: string): boolean => {
  const name = plainName(actor);
  return isDid(name) || isHandle(name);
};

/** Only these names say something about the account that was asked for: not a gateway's page, nor any other refusal. */
const isAboutAccount = (error: unknown): error is XrpcError =>
  error instanceof XrpcError && error.status === 400 && absences.includes(error.error ?? "");

function* batches(actors: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < actors.length; at += BATCH) yield actors.slice(at, at + BATCH);
}
