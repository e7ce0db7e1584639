import type { MigrationStatus, Storage } from "./ports/index.ts";

/** Where a client keeps everything, and in what state that is. */
export interface DatabaseStatus extends Omit<MigrationStatus, "kind"> {
  /** `own`: an object that was given as `storage`; `memory`: nothing is kept */
  readonly kind: "sqlite" | "postgresql" | "memory" | "own";
  /** A file name, `host:port/database`, or what the given object says. Never holds a password */
  readonly location: string;
}

/** `client.database`: what everything is kept in. */
export interface ClientDatabase {
  /**
   * Which migrations the database has. Nothing is changed: a file that is not there is not made.
   *
   * Rejects with `StorageError` when it cannot be reached, or holds tables that something else made.
   */
  status(): Promise<DatabaseStatus>;
  /**
   * Brings the tables up to date, which the first call would do by itself, and gives the names of the migrations that it ran.
   * Any number of processes may do so at once: each migration is run by one of them.
   */
  migrate(): Promise<readonly string[]>;
}

export async function databaseStatus(storage: Storage): Promise<DatabaseStatus> {
  const { location } = storage;
  const status = await storage.migrations?.();
  if (status !== undefined) return { ...status, location };
  return { kind: location === "memory" ? "memory" : "own", location, exists: true, applied: [], pending: [] };
}

export async function migrateDatabase(storage: Storage): Promise<readonly string[]> {
  // Others may run them at the same time: what was missing before tells nothing.
  if (storage.migrate !== undefined) return storage.migrate();
  await storage.open();
  return [];
}
