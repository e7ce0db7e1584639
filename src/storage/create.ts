import { chooseDatabase, halfPostgres, type DatabaseOption, type Environment } from "./sql/connection/config.ts";
import { DatabaseStorage, type DatabaseStorageOptions } from "./sql/index.ts";
import type { Storage } from "./ports/index.ts";

export { DatabaseStorage };

/** The `storage` option: a database, or any object that fulfils the ports; `false`: this process's memory. */
export type StorageOption = DatabaseOption | Storage | false;

export interface CreateStorageOptions extends DatabaseStorageOptions {
  /** Default `process.env` */
  readonly env?: Environment;
  /** Default `process.cwd()` */
  readonly cwd?: string;
}

/**
 * Makes the storage a client uses: the given one, else what the environment says, else `skylex.db` in the working
 * directory; see `chooseDatabase`. Tokens are encrypted with `encryptionKey`, else with BSKY_SESSION_KEY. No I/O.
 */
export function createStorage(storage?: Exclude<StorageOption, false>, options: CreateStorageOptions = {}): Storage {
  if (isStorage(storage)) return storage;
  const { env = process.env, cwd = process.cwd() } = options;
  const choice = chooseDatabase(storage, env, cwd);
  const half = storage === undefined ? halfPostgres(env, choice) : undefined;
  if (half !== undefined) options.warn?.(half);
  return new DatabaseStorage(choice, {
    ...options,
    encryptionKey: options.encryptionKey ?? env["BSKY_SESSION_KEY"],
  });
}

function isStorage(value: StorageOption | undefined): value is Storage {
  return typeof value === "object" && "sessions" in value && "calls" in value && "profiles" in value;
}
