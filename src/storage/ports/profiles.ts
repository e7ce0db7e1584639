/** What a profile view says, flattened. */
export interface ProfileData {
  readonly did: string;
  /** Lower case; `null` for an account without a valid handle */
  readonly handle: string | null;
  /** As the profile says it; `null` if it says nothing */
  readonly displayName?: string | null;
  /** As the profile says it; `null` if it says nothing */
  readonly description?: string | null;
  /** URL */
  readonly avatar?: string | null;
  /** When it was fetched */
  readonly followersCount?: number | null;
  /** When it was fetched */
  readonly followsCount?: number | null;
  /** When it was fetched */
  readonly postsCount?: number | null;
  /** Values only */
  readonly labels?: readonly string[];
  /** As the account states it; kept within the years 1 to 9999 */
  readonly createdAt?: number | null;
  /** Lists the account has made */
  readonly associatedLists?: number | null;
  /** Feeds the account has made */
  readonly associatedFeedgens?: number | null;
  /** Starter packs the account has made */
  readonly associatedStarterPacks?: number | null;
  /** Whether the account is a labeler */
  readonly associatedLabeler?: boolean | null;
  /** The account that asked; the `viewer*` values are its view */
  readonly viewerDid?: string | null;
  /** Whether the account that asked mutes it */
  readonly viewerMuted?: boolean | null;
  /** Whether it blocks the account that asked */
  readonly viewerBlockedBy?: boolean | null;
  /** AT-URI of the viewer's block record */
  readonly viewerBlocking?: string | null;
}

/** A cached profile, or the reason why there is none. Its `id` and `did` never change, so that other tables may refer to it. */
export type ProfileRow = Required<Omit<ProfileData, "did">> & {
  /** Never changes: other tables may refer to it */
  readonly id: number;
  /** `null` in an error row of a handle that could not be resolved */
  readonly did: string | null;
  /** When the profile was last received; `null` if never */
  readonly fetchedAt: number | null;
  /** Message, name and time of the account's error (suspended, deleted, unknown); cleared by the next `upsert` */
  readonly error: string | null;
  /** See `error` */
  readonly errorName: string | null;
  /** See `error`; epoch milliseconds */
  readonly errorAt: number | null;
  /** When the row was last written, epoch milliseconds */
  readonly updatedAt: number;
};

export interface ProfileError {
  readonly name: string;
  readonly message: string;
  readonly at: number;
}

/** The profile cache. An actor is a DID or a handle; handles ignore case and a leading `@`. */
export interface ProfileStore {
  get(actor: string): Promise<ProfileRow | undefined>;
  /** The rows in the order of `actors`, `undefined` where there is none. */
  getMany(actors: readonly string[]): Promise<readonly (ProfileRow | undefined)[]>;
  /**
   * Stores profiles, in place where the DID is known. Errors are cleared, and a handle that belonged to another row
   * leaves it. Gives the rows in the order of `profiles`.
   *
   * @param fetchedAt when they were received
   */
  upsert(profiles: readonly ProfileData[], fetchedAt: number): Promise<readonly ProfileRow[]>;
  /** Notes why an actor has no profile, in its row if there is one. */
  saveError(actor: string, error: ProfileError): Promise<ProfileRow>;
}
