import { migrationNames } from "../../../../migrations/names.ts";
import { StorageError, ValidationError } from "../../../core/errors/index.ts";
import type { MigrationStatus } from "../../ports/index.ts";
import type { DatabaseChoice } from "./config.ts";
import type { Opened } from "./connect.ts";
import { storageError } from "./failures.ts";
import { FileIdentity } from "./file-identity.ts";

/** Milliseconds that work on the database may take at most, whatever the database does */
const PATIENCE_MS = 90_000;
/** Milliseconds after which somebody should hear that work takes long */
const LONG_WAIT_MS = 2000;
/** Milliseconds until it is said again that a database is locked */
const SILENCE_MS = 10 * 60_000;
/** Milliseconds for what is under way when the storage is closed; then its connections are cut */
const CLOSE_PATIENCE_MS = 5000;

export interface DatabaseOptions {
  /** How long to wait for other writers, ms */
  readonly waitMs: number;
  readonly warn: ((message: string) => void) | undefined;
}

/** The one connection the stores share: opened by whoever comes first, and the place where failures get their names. */
export class Database {
  readonly location: string;
  readonly #choice: DatabaseChoice;
  readonly #options: DatabaseOptions;
  #opening: Promise<Opened> | undefined;
  #opened: Opened | undefined;
  #closed = false;
  #file: FileIdentity | undefined;
  #saidLockedAt = Number.NEGATIVE_INFINITY;
  readonly #running = new Set<Promise<unknown>>();

  constructor(choice: DatabaseChoice, options: DatabaseOptions) {
    this.location = choice.location;
    this.#choice = choice;
    this.#options = options;
  }

  get choice(): DatabaseChoice {
    return this.#choice;
  }

  /** The connection if it stands already, for those who cannot wait. */
  get opened(): Opened | undefined {
    return this.#closed ? undefined : this.#opened;
  }

  /** Runs `work` on the open database; whatever goes wrong becomes a `StorageError`. */
  async use<T>(work: (opened: Opened) => Promise<T>): Promise<T> {
    if (this.#closed) throw this.#closedError();
    this.#checkFile();
    const running = this.#run(work);
    this.#running.add(running);
    // SQLite says itself that it is locked; a statement of PostgreSQL that waits says nothing.
    const timer =
      this.#choice.kind === "postgresql" ? setTimeout(() => this.#sayLocked(), LONG_WAIT_MS).unref() : undefined;
    try {
      return await within(PATIENCE_MS, running, () => this.#silent());
    } catch (error) {
      // What was asked for makes no sense, whatever the database.
      if (error instanceof ValidationError) throw error;
      throw storageError(error, this.location);
    } finally {
      clearTimeout(timer);
      this.#running.delete(running);
    }
  }

  async #run<T>(work: (opened: Opened) => Promise<T>): Promise<T> {
    return work(this.#opened ?? (await this.open()));
  }

  /** Connects and migrates, once for all callers. One that failed is tried again by the next caller. */
  async open(): Promise<Opened> {
    if (this.#closed) throw this.#closedError();
    this.#opening ??= this.#connect();
    try {
      this.#opened = await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      throw storageError(error, this.location);
    }
    if (this.#closed) throw this.#closedError();
    return this.#opened;
  }

  /** Opens it, and gives the names of the migrations that this ran. */
  async migrate(): Promise<readonly string[]> {
    const isFirst = this.#opening === undefined;
    const { ran } = await this.open();
    return isFirst ? ran : [];
  }

  /** Which migrations it has, without running any. */
  async migrations(): Promise<MigrationStatus> {
    if (this.#closed) throw this.#closedError();
    // What is in memory is this connection's alone.
    if (this.opened !== undefined && this.#choice.kind === "sqlite") {
      const { dialect: kind } = this.opened;
      return { kind, exists: true, applied: migrationNames, pending: [] };
    }
    try {
      const { inspect } = await import("./inspect.ts");
      return await inspect(this.#choice, this.#options.waitMs, () => this.#sayLocked());
    } catch (error) {
      throw storageError(error, this.location);
    }
  }

  async #connect(): Promise<Opened> {
    const { connect } = await import("./connect.ts");
    const opened = await connect(this.#choice, {
      waitMs: this.#options.waitMs,
      onLocked: () => this.#sayLocked(),
    });
    if (this.#choice.kind === "sqlite" && this.#choice.file !== ":memory:") {
      this.#file = new FileIdentity(this.#choice.file);
    }
    return opened;
  }

  #sayLocked(): void {
    const now = performance.now();
    if (now - this.#saidLockedAt < SILENCE_MS) return;
    this.#saidLockedAt = now;
    this.#options.warn?.(
      this.#choice.kind === "postgresql"
        ? `The database at ${this.location} takes more than ${LONG_WAIT_MS} ms for one piece of work: it is busy, or another program holds a lock on its tables. What needs it waits.`
        : `The database at ${this.location} is locked by another process, which has held its lock for more than a second. What needs it waits; look for a program that has a transaction open.`,
    );
  }

  #checkFile(): void {
    if (this.#file?.isGone() !== true) return;
    this.#options.warn?.(
      `The database file ${this.location} was deleted or replaced while it was in use. What is written goes to the old file, and is lost when this process ends, refreshed sessions too. Restart the program, and replace such a file only while nothing uses it.`,
    );
  }

  /** Lets what was begun come to its end, then ends the connection. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const opened = this.#opened;
    const ended = this.#end();
    try {
      await within(CLOSE_PATIENCE_MS, ended, () => this.#silent());
    } catch {
      // What still waits for the database is cut off, and rejects; then the rest ends by itself.
      opened?.cut();
      await within(CLOSE_PATIENCE_MS, ended, () => this.#silent()).catch(() => undefined);
    }
  }

  async #end(): Promise<void> {
    await Promise.allSettled(this.#running);
    const opening = this.#opening;
    this.#opening = undefined;
    this.#opened = undefined;
    const opened = await opening?.catch(() => undefined);
    await opened?.close();
  }

  #silent(): StorageError {
    return new StorageError(
      `The database at ${this.location} did not answer in time. Check that it runs, and that no other program holds a lock on its tables.`,
      { code: "busy", location: this.location },
    );
  }

  #closedError(): StorageError {
    return new StorageError("This storage was closed. Make a new client.", { code: "closed", location: this.location });
  }
}

/** What `promise` gives, or `late` as an error when that takes longer. */
async function within<T>(ms: number, promise: Promise<T>, late: () => Error): Promise<T> {
  const { promise: end, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), ms);
  try {
    return await Promise.race([promise, end]);
  } finally {
    clearTimeout(timer);
  }
}
