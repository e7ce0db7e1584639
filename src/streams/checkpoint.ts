import type { Clock } from "../core/clock.ts";
import { CursorError } from "../core/errors/index.ts";
import type { StreamResume } from "../core/streams/event-stream.ts";
import type { CursorKey, CursorStore, Lease, LeaseStore } from "../storage/ports/index.ts";

const EVERY_EVENTS = 1_000;
const EVERY_MS = 5_000;
/** Longer than a killed process keeps its lease: who has it after that is at work. */
const DEFAULT_WAIT_MS = 20_000;

/** What positions are kept in. */
export interface CheckpointStores {
  readonly cursors: CursorStore;
  readonly leases: LeaseStore;
}

/** The kept position of a stream: stored now and then while it is consumed, and at the end. */
export class Checkpoint {
  /** Where the last run stopped; undefined before the first */
  readonly start: number | undefined;
  readonly #store: CursorStore;
  readonly #key: CursorKey;
  readonly #lease: Lease;
  readonly #every: { readonly events: number; readonly ms: number };
  readonly #clock: Clock;
  #version: number;
  #stored: { readonly position: number | undefined; readonly batches: number; readonly events: number };
  #position: number | undefined;
  #events: number;
  #savedAt: number;
  #saving: Promise<void> = Promise.resolve();
  #isSaving = false;
  #failure: { readonly error: unknown } | undefined;

  private constructor(
    stores: CheckpointStores,
    key: CursorKey,
    lease: Lease,
    row: Awaited<ReturnType<CursorStore["get"]>>,
    { everyEvents, everyMs }: StreamResume,
    clock: Clock,
  ) {
    this.#store = stores.cursors;
    this.#key = key;
    this.#lease = lease;
    this.#every = { events: everyEvents ?? EVERY_EVENTS, ms: everyMs ?? EVERY_MS };
    this.#clock = clock;
    this.#version = row?.version ?? 0;
    this.start = row?.cursor === undefined || row.cursor === null ? undefined : Number(row.cursor);
    this.#position = this.start;
    this.#events = row?.items ?? 0;
    this.#stored = { position: this.start, batches: row?.pages ?? 0, events: this.#events };
    this.#savedAt = clock.now();
  }

  /** @throws CursorError `inUse` when somebody else reads the stream under this name */
  static async take(stores: CheckpointStores, key: CursorKey, resume: StreamResume, clock: Clock): Promise<Checkpoint> {
    const { account, service, endpoint, key: name } = key;
    const waitMs = resume.wait ?? DEFAULT_WAIT_MS;
    const lease = await stores.leases.claim(`cursor ${account} ${service} ${endpoint} ${name}`, { waitMs });
    if (lease === undefined) {
      const nsid = endpoint.replace("xrpc/", "");
      throw new CursorError(
        `The position ${JSON.stringify(name)} of ${nsid} is in use: another stream under that name is open, in this process or another on the database, also after ${waitMs} ms. Let it end, wait longer (wait), or take another name.`,
        { nsid, reason: "inUse", key: name },
      );
    }
    try {
      return new Checkpoint(stores, key, lease, await stores.cursors.get(key), resume, clock);
    } catch (error) {
      await lease.release();
      throw error;
    }
  }

  /** Aborts when another process may have taken the name over. */
  get signal(): AbortSignal {
    return this.#lease.signal;
  }

  /**
   * Everything up to `position` has been consumed, `events` more than last time.
   *
   * @throws StorageError, CursorError if an earlier position could not be stored
   */
  advance(position: number, events: number): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#position = position;
    this.#events += events;
    const due =
      this.#events - this.#stored.events >= this.#every.events || this.#clock.now() - this.#savedAt >= this.#every.ms;
    if (due && !this.#isSaving) this.#saving = this.#save();
  }

  /** Stores the last position and gives the name back. */
  async close(): Promise<void> {
    try {
      await this.#saving;
      if (this.#failure === undefined) await this.#save();
      if (this.#failure !== undefined) throw this.#failure.error;
    } finally {
      await this.#lease.release();
    }
  }

  async #save(): Promise<void> {
    const [position, events] = [this.#position, this.#events];
    if (position === undefined || position === this.#stored.position) return;
    this.#isSaving = true;
    this.#savedAt = this.#clock.now();
    try {
      const pages = this.#stored.batches + 1;
      const version = await this.#store.save(
        this.#key,
        { mode: "stream", cursor: String(position), pages, items: events },
        { ifVersion: this.#version },
      );
      if (version === undefined) throw moved(this.#key);
      this.#version = version;
      this.#stored = { position, batches: pages, events };
    } catch (error) {
      this.#failure = { error };
    } finally {
      this.#isSaving = false;
    }
  }
}

function moved({ endpoint, key }: CursorKey): CursorError {
  const nsid = endpoint.replace("xrpc/", "");
  return new CursorError(
    `The position ${JSON.stringify(key)} of ${nsid} was moved by somebody else while this stream was open, so what was consumed here is not stored, and comes again. Give each consumer a name of its own: .resume("name").`,
    { nsid, reason: "moved", key },
  );
}
