import { migrationNames } from "../../../../migrations/names.ts";
import { StorageError, ValidationError } from "../../../core/errors/index.ts";
import type { MigrationStatus } from "../../ports/index.ts";
import type { DatabaseChoice } from "./config.ts";
import type { ConnectOptions, Opened } from "./connect.ts";
import { storageError } from "./failures.ts";

/** Milliseconds that work on the database may take at most, whatever the database does */
const PATIENCE_MS = 90_000;
/** Milliseconds for what is under way when the storage is closed; then its connections are cut */
const CLOSE_PATIENCE_MS = 5000;

/** The one connection the stores share: opened by whoever comes first, and the place where failures get their names. */
export class Database {
  readonly location: string;
  readonly #choice: DatabaseChoice;
  readonly #options: ConnectOptions;
  #opening: Promise<Opened> | undefined;
  #opened: Opened | undefined;
  #closed = false;
  readonly #running = new Set<Promise<unknown>>();

  constructor(choice: DatabaseChoice, options: ConnectOptions) {
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
    const running = this.#run(work);
    this.#running.add(running);
    try {
      return await within(PATIENCE_MS, running, () => this.#silent());
    } catch (error) {
      // What was asked for makes no sense, whatever the database.
      if (error instanceof ValidationError) throw error;
      throw storageError(error, this.location);
    } finally {
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
      return await inspect(this.#choice, this.#options.waitMs);
    } catch (error) {
      throw storageError(error, this.location);
    }
  }

  async #connect(): Promise<Opened> {
    const { connect } = await import("./connect.ts");
    return connect(this.#choice, this.#options);
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
