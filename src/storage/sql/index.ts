import { createCipher } from "../shared/encryption.ts";
import type {
  BudgetStore,
  CallStore,
  CursorStore,
  LeaseStore,
  MigrationStatus,
  PostStore,
  ProfileStore,
  SessionStore,
  Storage,
  UploadStore,
} from "../ports/index.ts";
import { MikroBudgetStore } from "./stores/budget-store.ts";
import { MikroCallStore } from "./stores/call-store.ts";
import type { DatabaseChoice } from "./connection/config.ts";
import { MikroCursorStore } from "./stores/cursor-store.ts";
import { Database } from "./connection/database.ts";
import { loadMikroOrm, refuseOldNode } from "./connection/drivers.ts";
import { DEFAULT_LEASE_MS, Leases } from "./stores/lease-store.ts";
import { MikroPostStore } from "./stores/post-store.ts";
import { MikroProfileStore } from "./stores/profile-store.ts";
import { MikroSessionStore } from "./stores/session-store.ts";
import { MikroUploadStore } from "./stores/upload-store.ts";

export interface DatabaseStorageOptions {
  /** Key for tokens at rest: 32 bytes as hex or base64, or a passphrase. Without one they are stored as they are. */
  readonly encryptionKey?: string | undefined;
  /** Clock for `createdAt` and `updatedAt`, epoch ms. Default `Date.now` */
  readonly now?: (() => number) | undefined;
  /** How long to wait for other writers of an SQLite file, ms. Default 10,000 */
  readonly busyTimeoutMs?: number | undefined;
  /** After how long the lock of a process that died is free again, ms. Default 15,000 */
  readonly leaseMs?: number | undefined;
  /** Hears once of a database that is locked, and of a file that was deleted or replaced. Default: nobody does */
  readonly warn?: ((message: string) => void) | undefined;
}

const DEFAULT_BUSY_TIMEOUT_MS = 10_000;

/**
 * Storage in SQLite or PostgreSQL. Making one loads no package and opens nothing: MikroORM and the driver come with the
 * first call.
 */
export class DatabaseStorage implements Storage {
  readonly sessions: SessionStore;
  readonly calls: CallStore;
  readonly budgets: BudgetStore;
  readonly profiles: ProfileStore;
  readonly cursors: CursorStore;
  readonly posts: PostStore;
  readonly leases: LeaseStore;
  readonly uploads: UploadStore;
  readonly location: string;
  readonly #database: Database;

  constructor(choice: DatabaseChoice, options: DatabaseStorageOptions = {}) {
    const { now = Date.now, busyTimeoutMs: waitMs = DEFAULT_BUSY_TIMEOUT_MS, leaseMs = DEFAULT_LEASE_MS } = options;
    const database = new Database(choice, { waitMs, warn: options.warn });
    this.#database = database;
    this.location = database.location;
    const leases = new Leases(database, leaseMs);
    this.leases = leases;
    this.sessions = new MikroSessionStore(database, leases, createCipher(options.encryptionKey), now);
    this.calls = new MikroCallStore(database, waitMs);
    this.budgets = new MikroBudgetStore(database, waitMs);
    this.profiles = new MikroProfileStore(database, now);
    this.cursors = new MikroCursorStore(database, now);
    this.posts = new MikroPostStore(database, now);
    this.uploads = new MikroUploadStore(database, now);
  }

  /**
   * Makes sure of what the database needs: calls go on without one that fails, but not without one that can never work. The
   * driver is loaded where it may have been left out.
   *
   * @throws StorageError `missing-package`, or `configuration` on a Node that is too old
   */
  async loadDriver(): Promise<void> {
    const { kind } = this.#database.choice;
    if (kind === "postgresql") await loadMikroOrm(kind);
    if (kind === "sqlite") refuseOldNode();
  }

  async open(): Promise<void> {
    await this.#database.open();
  }

  async migrate(): Promise<readonly string[]> {
    return this.#database.migrate();
  }

  migrations(): Promise<MigrationStatus> {
    return this.#database.migrations();
  }

  async close(): Promise<void> {
    await this.#database.close();
  }
}
