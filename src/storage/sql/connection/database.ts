import { migrationNames } from "../../../../migrations/names.ts";
import { StorageError } from "../../../core/errors/index.ts";
import type { MigrationStatus } from "../../ports/index.ts";
import type { DatabaseChoice } from "./config.ts";
import type { ConnectOptions, Opened } from "./connect.ts";
import { storageError } from "./failures.ts";

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
    const running = this.#run(work);
    this.#running.add(running);
    try {
      return await running;
    } catch (error) {
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
    await Promise.allSettled(this.#running);
    const opening = this.#opening;
    this.#opening = undefined;
    this.#opened = undefined;
    const opened = await opening?.catch(() => undefined);
    await opened?.close();
  }

  #closedError(): StorageError {
    return new StorageError("This storage was closed. Make a new client.", { code: "closed", location: this.location });
  }
}
