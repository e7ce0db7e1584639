import { StorageError } from "../../core/errors/index.ts";
import { MemoryCalls } from "./calls.ts";
import { MemoryCursors } from "./cursors.ts";
import { MemoryLeases } from "./leases.ts";
import { MemoryPosts } from "./posts.ts";
import { MemoryProfiles } from "./profiles.ts";
import { MemoryUploads } from "./uploads.ts";
import { plainName } from "../../core/identifiers.ts";
import { keptIdentifier } from "../shared/names.ts";
import type {
  BudgetStore,
  CallStore,
  CursorStore,
  LeaseStore,
  ProfileStore,
  PostStore,
  SaveSessionOptions,
  SessionInput,
  SessionLock,
  SessionLockOptions,
  SessionStore,
  SessionSummary,
  Storage,
  StoredSession,
  UploadStore,
} from "../ports/index.ts";
import { DEAD_SESSION_MS, DEFAULT_LOCK_WAIT_MS } from "../shared/session-rules.ts";
import { lockName, KeyedMutex, mutexTimeout } from "../shared/keyed-mutex.ts";

/** What a storage in memory can be told. */
export interface MemoryStorageOptions {
  /** Clock, epoch ms. Default `Date.now` */
  readonly now?: () => number;
}

/** Remembers until the process ends: for tests, and for programs that should leave nothing behind. */
export class MemoryStorage implements Storage {
  /** Sessions */
  readonly sessions: SessionStore;
  /** The call log */
  readonly calls: CallStore;
  /** What was spent */
  readonly budgets: BudgetStore;
  /** Profiles */
  readonly profiles: ProfileStore;
  /** How far lists were read */
  readonly cursors: CursorStore;
  /** Posts and their keys */
  readonly posts: PostStore;
  /** Who holds a lock */
  readonly leases: LeaseStore;
  /** Uploads that are under way */
  readonly uploads: UploadStore;
  /** For messages */
  readonly location = "memory";
  #closed = false;

  constructor({ now = Date.now }: MemoryStorageOptions = {}) {
    const check = (): void => {
      if (this.#closed) throw new StorageError("This storage was closed. Make a new client.", { code: "closed" });
    };
    this.sessions = new MemorySessions(now, check);
    const calls = new MemoryCalls(check);
    this.calls = calls;
    this.budgets = calls.budgets;
    this.profiles = new MemoryProfiles(now, check);
    this.cursors = new MemoryCursors(now, check);
    this.posts = new MemoryPosts(now, check, (id) => calls.has(id));
    this.leases = new MemoryLeases(check);
    this.uploads = new MemoryUploads(now, check);
  }

  /** Does nothing: there is nothing to connect to. */
  async open(): Promise<void> {
    if (this.#closed) throw new StorageError("This storage was closed. Make a new client.", { code: "closed" });
  }

  /** Forgets nothing, but rejects later calls. */
  async close(): Promise<void> {
    this.#closed = true;
  }
}

class MemorySessions implements SessionStore {
  readonly #now: () => number;
  readonly #check: () => void;
  readonly #rows = new Map<string, StoredSession>();
  readonly #turns = new KeyedMutex();
  #lastId = 0;

  constructor(now: () => number, check: () => void) {
    this.#now = now;
    this.#check = check;
  }

  async find(service: string, name: string): Promise<StoredSession | undefined> {
    this.#check();
    const wanted = plainName(name);
    return this.#newestFirst().find(
      (row) =>
        row.service === service &&
        row.exception === null &&
        (row.did === wanted || row.handle === wanted || row.identifier === wanted),
    );
  }

  async save(session: SessionInput): Promise<StoredSession>;
  async save(session: SessionInput, options: SaveSessionOptions): Promise<StoredSession | undefined>;
  async save(session: SessionInput, options: SaveSessionOptions = {}): Promise<StoredSession | undefined> {
    this.#check();
    const now = this.#now();
    const key = keyOf(session.service, session.did);
    const old = this.#rows.get(key);
    if (options.ifGeneration !== undefined && (old?.generation !== options.ifGeneration || old.exception !== null)) {
      return undefined;
    }
    const row: StoredSession = {
      id: old?.id ?? ++this.#lastId,
      service: session.service,
      did: session.did,
      handle: session.handle === undefined ? (old?.handle ?? null) : nameOrNull(session.handle),
      identifier:
        session.identifier === undefined || session.identifier === null
          ? (old?.identifier ?? null)
          : keptIdentifier(old?.identifier ?? null, plainName(session.identifier)),
      accessJwt: session.accessJwt,
      refreshJwt: session.refreshJwt,
      createMethod: session.createMethod,
      pdsServiceEndpoint: given(session.pdsServiceEndpoint, old?.pdsServiceEndpoint),
      accessExpiresAt: given(session.accessExpiresAt, old?.accessExpiresAt),
      refreshExpiresAt: given(session.refreshExpiresAt, old?.refreshExpiresAt),
      generation: (old?.generation ?? 0) + 1,
      exception: null,
      createdAt: old?.createdAt ?? now,
      updatedAt: now,
    };
    this.#rows.set(key, row);
    if (session.createMethod === "create") await this.prune(now - DEAD_SESSION_MS);
    return row;
  }

  async markDead(service: string, did: string, reason: string, generation: number): Promise<boolean> {
    this.#check();
    const key = keyOf(service, did);
    const row = this.#rows.get(key);
    if (!row || row.generation !== generation || row.exception !== null) return false;
    this.#rows.set(key, { ...row, accessJwt: "", refreshJwt: "", exception: reason, updatedAt: this.#now() });
    return true;
  }

  async list(
    options: { readonly service?: string; readonly includeDead?: boolean } = {},
  ): Promise<readonly SessionSummary[]> {
    this.#check();
    return this.#newestFirst()
      .filter((row) => (options.service ?? row.service) === row.service)
      .filter((row) => options.includeDead === true || row.exception === null)
      .map(({ accessJwt: _access, refreshJwt: _refresh, ...summary }) => summary);
  }

  async delete(service: string, did: string): Promise<boolean> {
    this.#check();
    return this.#rows.delete(keyOf(service, did));
  }

  async prune(olderThan: number): Promise<number> {
    this.#check();
    const dead = [...this.#rows].filter(([, row]) => row.exception !== null && row.updatedAt < olderThan);
    for (const [key] of dead) this.#rows.delete(key);
    return dead.length;
  }

  async withLock<T>(
    service: string,
    account: string,
    fn: (lock: SessionLock) => Promise<T>,
    options: SessionLockOptions = {},
  ): Promise<T> {
    this.#check();
    const name = lockName(service, account);
    const { waitMs = DEFAULT_LOCK_WAIT_MS, signal } = options;
    const end = await this.#turns.take(name, { waitMs, signal });
    if (end === undefined) throw mutexTimeout(name, waitMs);
    try {
      return await fn({ signal: new AbortController().signal });
    } finally {
      end();
    }
  }

  #newestFirst(): StoredSession[] {
    return [...this.#rows.values()].toSorted((a, b) => b.updatedAt - a.updatedAt || b.id - a.id);
  }
}

const keyOf = (service: string, did: string): string => `${service} ${did}`;
const nameOrNull = (name: string | null): string | null => (name === null ? null : plainName(name));
const given = <T>(next: T | null | undefined, old: T | null | undefined): T | null =>
  next === undefined ? (old ?? null) : next;
