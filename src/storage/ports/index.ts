import type { BudgetStore } from "./budgets.ts";
import type { CallStore } from "./calls.ts";
import type { CursorStore } from "./cursors.ts";
import type { LeaseStore } from "./leases.ts";
import type { PostStore } from "./posts.ts";
import type { ProfileStore } from "./profiles.ts";
import type { SessionStore } from "./sessions.ts";
import type { UploadStore } from "./uploads.ts";

/**
 * What the runtime needs to remember, as interfaces. Everything above storage knows these and nothing else: any object
 * that fulfils them can be given as the `storage` option, and `skylex/testing` has the suite that says whether it does.
 *
 * Conventions: moments are epoch milliseconds (UTC); absent values are `null` in rows and may be left out in what is
 * written; rows are never changed after they were handed out; every method rejects with `StorageError`, or
 * with `ValidationError` before anything is read or written for what no backend takes: names of more than 1,000 bytes in UTF-8 (of
 * locks 2,000; DIDs, origins and endpoints that share a key with another name 500), moments that are none, limits that are no
 * whole numbers. NUL and halves of surrogate pairs are stored as U+FFFD.
 */

/** Which migrations a database has. */
export interface MigrationStatus {
  readonly kind: "sqlite" | "postgresql";
  /** False for a file that opening would make */
  readonly exists: boolean;
  /** Names of those that ran, oldest first */
  readonly applied: readonly string[];
  /** Names of those that opening would run, oldest first */
  readonly pending: readonly string[];
}

/** Everything one database remembers. Making one does no I/O: the first call connects and brings the tables up to date. */
export interface Storage {
  /** Sessions: `bsky_session` */
  readonly sessions: SessionStore;
  /** The call log: `bsky_api_call_log` */
  readonly calls: CallStore;
  /** What was spent: `bsky_write_budget` */
  readonly budgets: BudgetStore;
  /** Profiles: `bsky_user_profile` */
  readonly profiles: ProfileStore;
  /** How far lists were read: `bsky_cursor` */
  readonly cursors: CursorStore;
  /** Posts and their keys: `bsky_post` */
  readonly posts: PostStore;
  /** Who holds a lock: `skylex_lease` */
  readonly leases: LeaseStore;
  /** Uploads that are under way: `bsky_upload` */
  readonly uploads: UploadStore;
  /** Where it is, for messages: a file name, `host:port/database` or `memory`. Never holds a password. */
  readonly location: string;
  /** Connects and migrates now rather than on first use. After a failure it may be called again. */
  open(): Promise<void>;
  /** What was migrated and what was not, without changing anything. Absent where there are no tables */
  migrations?(): Promise<MigrationStatus>;
  /** Ends connections this storage opened itself; later calls reject with code `closed`. May be called twice. */
  close(): Promise<void>;
}

export type * from "./budgets.ts";
export type * from "./calls.ts";
export type * from "./cursors.ts";
export type * from "./leases.ts";
export type * from "./posts.ts";
export type * from "./profiles.ts";
export type * from "./sessions.ts";
export type * from "./uploads.ts";
