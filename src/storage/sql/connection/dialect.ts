import Database from "better-sqlite3";
import { SqliteDialect } from "kysely";
import { SYNCHRONOUS_WAIT_MS, retryWhileBusy } from "./busy-retry.ts";
import { busyRetryDriver } from "./busy-retry-driver.ts";

export interface SqliteOpening {
  /** Path, or `:memory:` */
  readonly file: string;
  /** How long to wait for other writers, ms */
  readonly waitMs: number;
  /** Looks at a file that exists, before anything in it may change; throws to refuse it */
  readonly inspect: (database: Database.Database) => void;
  /** Is told the connection, for what must not go through kysely */
  readonly opened: (database: Database.Database) => void;
}

/** kysely's SQLite dialect with WAL, `BEGIN IMMEDIATE` and waiting that blocks nobody else. Opens on first use. */
export function sqliteDialect(opening: SqliteOpening): SqliteDialect {
  const database = async (): Promise<Database.Database> => {
    const opened = await openFile(opening);
    opening.opened(opened);
    return opened;
  };
  return busyRetryDriver(new SqliteDialect({ database }), opening.waitMs);
}

/** For looking at a file without changing a byte of it: turning on WAL would. */
export function readingDialect(file: string, waitMs: number): SqliteDialect {
  const database = async (): Promise<Database.Database> =>
    new Database(file, { timeout: SYNCHRONOUS_WAIT_MS, readonly: true, fileMustExist: true });
  return busyRetryDriver(new SqliteDialect({ database }), waitMs);
}

/** What is known of a file. Where it cannot be looked at, opening says why. */
function statOf(file: string): { readonly size: number } | undefined {
  try {
    return process.getBuiltinModule("node:fs").statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Links that lead to one another, at most; the system follows no more either. */
const MOST_LINKS = 40;

/** Where a file is to be made whose name may be that of a link to nothing: a link itself cannot be made anew. */
function targetOf(file: string): string {
  const { lstatSync, readlinkSync, realpathSync } = process.getBuiltinModule("node:fs");
  const path = process.getBuiltinModule("node:path");
  let target = file;
  for (let links = 0; links < MOST_LINKS; links++) {
    if (lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return target;
    target = path.resolve(realpathSync(path.dirname(target)), readlinkSync(target));
  }
  return target;
}

async function openFile({ file, waitMs, inspect }: SqliteOpening): Promise<Database.Database> {
  const options = { timeout: SYNCHRONOUS_WAIT_MS };
  if (file === ":memory:") return new Database(file, options);
  const { closeSync, openSync } = process.getBuiltinModule("node:fs");
  const found = statOf(file);
  if (!found) {
    try {
      // Tokens lie in it: nobody else on the machine is to read it. SQLite gives the files beside it the same rights.
      closeSync(openSync(targetOf(file), "wx", 0o600));
    } catch {
      // Another process was first, or it cannot be made here: then opening says why.
    }
  } else if (found.size > 0) {
    // A reading connection leaves a file as it is, byte for byte; turning on WAL would already change its header.
    const reader = new Database(file, { ...options, readonly: true, fileMustExist: true });
    try {
      await retryWhileBusy(waitMs, () => inspect(reader));
    } finally {
      reader.close();
    }
  }
  const database = new Database(file, options);
  try {
    await retryWhileBusy(waitMs, () => database.pragma("journal_mode = WAL"));
    // A crash of the process loses nothing; a power cut may lose the last commits, never the file.
    database.pragma("synchronous = NORMAL");
    database.pragma("foreign_keys = on");
    // Replaced and deleted tokens are overwritten, not left in free space.
    database.pragma("secure_delete = on");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
