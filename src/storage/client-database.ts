import type { MigrationStatus, Storage } from "./ports.ts";

/** Where a client keeps everything, and in what state that is. */
export interface DatabaseStatus extends Omit<MigrationStatus, "kind"> {
  /** `own`: an object that was given as `storage`; `memory`: nothing is kept */
  readonly kind: "sqlite" | "postgresql" | "memory" | "own";
  /** A file name, `host:port/database`, or what the given object says. Never holds a password */
  readonly location: string;
}

/** `client.database`: what everything is kept in. */
export class ClientDatabase {
  readonly #storage: () => Promise<Storage>;

  constructor(storage: () => Promise<Storage>) {
    this.#storage = storage;
  }

  /**
   * Which migrations the database has. Nothing is changed: a file that is not there is not made.
   *
   * Rejects with `StorageError` when it cannot be reached, or holds tables that something else made.
   */
  async status(): Promise<DatabaseStatus> {
    const storage = await this.#storage();
    const { location } = storage;
    const status = await storage.migrations?.();
    if (status !== undefined) return { ...status, location };
    return { kind: location === "memory" ? "memory" : "own", location, exists: true, applied: [], pending: [] };
  }

  /**
   * Brings the tables up to date, which the first call would do by itself, and gives the names of the migrations that were
   * missing. Any number of processes may do so at once.
   */
  async migrate(): Promise<readonly string[]> {
    const storage = await this.#storage();
    const missing = (await storage.migrations?.())?.pending ?? [];
    await storage.open();
    return missing;
  }
}
