import type { Clock } from "../core/clock.ts";
import { CursorError } from "../core/errors/index.ts";
import type { StreamResume } from "../core/streams/event-stream.ts";
import type { CursorKey, CursorStore, Lease, LeaseStore } from "../storage/ports/index.ts";
import type { Start } from "./border.ts";
import { rememberedBefore } from "./border.ts";

const EVERY_EVENTS = 1_000;
const EVERY_MS = 5_000;
/** Longer than the lease of a killed process: a holder after this wait is alive. */
const DEFAULT_WAIT_MS = 20_000;
/** Identities that are stored with a position. More at one time are delivered again after a restart. */
const MOST_STORED = 1_000;
/** Characters of a stored hash: 72 bits */
const HASH_LENGTH = 12;

/** What positions are kept in. */
export interface CheckpointStores {
  readonly cursors: CursorStore;
  readonly leases: LeaseStore;
}

/** A short hash of what tells an event from others, so that nobody can make one that is taken for another. */
export function hashOfIdentity(identity: string): string {
  const crypto = process.getBuiltinModule("node:crypto");
  return crypto.hash("sha256", identity, "base64url").slice(0, HASH_LENGTH);
}

/** The kept position of a stream: stored now and then while it is consumed, and at the end. */
export class Checkpoint {
  /** Where the last run stopped; undefined before the first */
  readonly start: Start | undefined;
  readonly #store: CursorStore;
  readonly #key: CursorKey;
  readonly #lease: Lease;
  readonly #every: { readonly events: number; readonly ms: number };
  readonly #clock: Clock;
  #version: number;
  #stored: { readonly position: number | undefined; readonly batches: number; readonly events: number };
  #position: number | undefined;
  #events: number;
  /** Identities of consumed events near the position, with their times, oldest first */
  #consumed: { readonly identity: string; readonly time: number }[] = [];
  #saving: Promise<void> = Promise.resolve();
  #isSaving = false;
  #isClosed = false;
  #cancelTimer: (() => void) | undefined;
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
    const position = row?.cursor === undefined || row.cursor === null ? undefined : Number(row.cursor);
    this.start =
      position === undefined ? undefined : { position, consumed: new Set(row?.lastPageIds), isManual: false };
    this.#position = position;
    this.#events = row?.items ?? 0;
    this.#stored = { position, batches: row?.pages ?? 0, events: this.#events };
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
   * @param identities of those events, where positions are times
   * @throws StorageError, CursorError if an earlier position could not be stored
   */
  advance(position: number, events: number, identities: readonly string[]): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#position = position;
    this.#events += events;
    for (const identity of identities) this.#consumed.push({ identity, time: position });
    if (this.#consumed.length > 2 * MOST_STORED) this.#consumed = this.#consumed.slice(-MOST_STORED);
    if (this.#events - this.#stored.events >= this.#every.events) this.#begin();
    this.#schedule();
  }

  /** Stores the last position and gives the name back. */
  async close(): Promise<void> {
    this.#isClosed = true;
    try {
      await this.#saving;
      if (this.#failure === undefined) await this.#save();
      if (this.#failure !== undefined) throw this.#failure.error;
    } finally {
      await this.#lease.release();
    }
  }

  get #isUnsaved(): boolean {
    return this.#position !== this.#stored.position || this.#events !== this.#stored.events;
  }

  #begin(): void {
    if (!this.#isSaving) this.#saving = this.#save();
  }

  /** A quiet stream has no next event that could bring its position to the database. */
  #schedule(): void {
    if (!this.#isUnsaved || this.#isSaving || this.#isClosed || this.#failure !== undefined) return;
    this.#cancelTimer ??= this.#clock.after(
      this.#every.ms,
      () => {
        this.#cancelTimer = undefined;
        this.#begin();
      },
      true,
    );
  }

  async #save(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const [position, events] = [this.#position, this.#events];
    if (position === undefined || !this.#isUnsaved) return;
    this.#isSaving = true;
    try {
      const pages = this.#stored.batches + 1;
      const version = await this.#store.save(
        this.#key,
        { mode: "stream", cursor: String(position), lastPageIds: this.#identitiesNear(position), pages, items: events },
        { ifVersion: this.#version },
      );
      if (version === undefined) throw moved(this.#key);
      this.#version = version;
      this.#stored = { position, batches: pages, events };
    } catch (error) {
      this.#failure = { error };
    } finally {
      this.#isSaving = false;
      this.#schedule();
    }
  }

  #identitiesNear(position: number): readonly string[] {
    const since = rememberedBefore(position);
    this.#consumed = this.#consumed.filter(({ time }) => time >= since).slice(-MOST_STORED);
    return this.#consumed.map(({ identity }) => hashOfIdentity(identity));
  }
}

function moved({ endpoint, key }: CursorKey): CursorError {
  const nsid = endpoint.replace("xrpc/", "");
  return new CursorError(
    `The position ${JSON.stringify(key)} of ${nsid} was moved by somebody else while this stream was open, so what was consumed here is not stored, and comes again. Give each consumer a name of its own: .resume("name").`,
    { nsid, reason: "moved", key },
  );
}
