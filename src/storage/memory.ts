import { BUDGET_WINDOW_MS, DEFAULT_QUERY_LIMIT, fillCall, matchesCall } from "./call-rows.ts";
import { StorageError } from "./errors.ts";
import { MemoryCursors } from "./memory-cursors.ts";
import { MemoryLeases } from "./memory-leases.ts";
import { MemoryPosts } from "./memory-posts.ts";
import { MemoryProfiles } from "./memory-profiles.ts";
import { keptIdentifier, plainName } from "./names.ts";
import type {
  CallFilter,
  CallInput,
  CallOutcome,
  CallQuery,
  CallRow,
  CallStats,
  CallStore,
  CursorStore,
  LeaseStore,
  ProfileStore,
  PostStore,
  PruneCalls,
  SaveSessionOptions,
  SessionInput,
  SessionLock,
  SessionLockOptions,
  SessionStore,
  SessionSummary,
  Storage,
  StoredSession,
} from "./ports.ts";
import { DEAD_SESSION_MS, DEFAULT_LOCK_WAIT_MS } from "./sessions.ts";
import { lockName, Turns, turnTimeout } from "./turns.ts";

export interface MemoryStorageOptions {
  /** Clock, epoch ms. Default `Date.now` */
  readonly now?: () => number;
}

/** Remembers until the process ends: for tests, and for programs that should leave nothing behind. */
export class MemoryStorage implements Storage {
  readonly sessions: SessionStore;
  readonly calls: CallStore;
  readonly profiles: ProfileStore;
  readonly cursors: CursorStore;
  readonly posts: PostStore;
  readonly leases: LeaseStore;
  readonly location = "memory";
  #closed = false;

  constructor({ now = Date.now }: MemoryStorageOptions = {}) {
    const check = (): void => {
      if (this.#closed) throw new StorageError("This storage was closed. Make a new client.", { code: "closed" });
    };
    this.sessions = new MemorySessions(now, check);
    const calls = new MemoryCalls(check);
    this.calls = calls;
    this.profiles = new MemoryProfiles(now, check);
    this.cursors = new MemoryCursors(now, check);
    this.posts = new MemoryPosts(now, check, (id) => calls.has(id));
    this.leases = new MemoryLeases(check);
  }

  async open(): Promise<void> {
    if (this.#closed) throw new StorageError("This storage was closed. Make a new client.", { code: "closed" });
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}

class MemorySessions implements SessionStore {
  readonly #now: () => number;
  readonly #check: () => void;
  readonly #rows = new Map<string, StoredSession>();
  readonly #turns = new Turns();
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
    if (end === undefined) throw turnTimeout(name, waitMs);
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

class MemoryCalls implements CallStore {
  readonly #check: () => void;
  readonly #rows = new Map<number, CallRow>();
  #lastId = 0;

  constructor(check: () => void) {
    this.#check = check;
  }

  async append(rows: readonly CallInput[]): Promise<void> {
    this.#check();
    for (const row of rows) this.#add(row);
  }

  appendSync(rows: readonly CallInput[]): boolean {
    for (const row of rows) this.#add(row);
    return true;
  }

  async insert(row: CallInput): Promise<number> {
    this.#check();
    return this.#add(row);
  }

  #add(row: CallInput): number {
    const id = ++this.#lastId;
    this.#rows.set(id, { id, ...fillCall(row) });
    return id;
  }

  async complete(id: number, outcome: CallOutcome): Promise<boolean> {
    this.#check();
    const row = this.#rows.get(id);
    if (!row) return false;
    const known = Object.fromEntries(Object.entries(outcome).filter(([, value]) => value !== undefined));
    this.#rows.set(id, { ...row, ...known });
    return true;
  }

  has(id: number): boolean {
    return this.#rows.has(id);
  }

  async get(id: number): Promise<CallRow | undefined> {
    this.#check();
    return this.#rows.get(id);
  }

  async query(query: CallQuery = {}): Promise<readonly CallRow[]> {
    this.#check();
    const sign = query.order === "oldest" ? 1 : -1;
    return [...this.#rows.values()]
      .filter((row) => matchesCall(row, query))
      .toSorted((a, b) => sign * (a.timestamp - b.timestamp || a.id - b.id))
      .slice(0, query.limit ?? DEFAULT_QUERY_LIMIT);
  }

  async prune({ olderThan, now, keepCursorRows }: PruneCalls): Promise<number> {
    this.#check();
    const gone = [...this.#rows.values()].filter(
      (row) =>
        row.timestamp < olderThan &&
        !(row.writeOpPointsConsumed > 0 && row.timestamp >= now - BUDGET_WINDOW_MS) &&
        !(keepCursorRows === true && row.cursorReceived !== null),
    );
    for (const row of gone) this.#rows.delete(row.id);
    return gone.length;
  }

  async stats(filter: CallFilter = {}): Promise<readonly CallStats[]> {
    this.#check();
    const rows = [...this.#rows.values()].filter((row) => matchesCall(row, filter));
    return [...Map.groupBy(rows, (row) => row.endpoint)]
      .map(([endpoint, calls]) => {
        const durations = calls.flatMap((row) => row.durationMicroseconds ?? []).toSorted((a, b) => a - b);
        const rank = (share: number): number | null => durations[Math.ceil(durations.length * share) - 1] ?? null;
        return {
          endpoint,
          calls: calls.length,
          errors: calls.filter((row) => row.state === "failed" || row.state === "unknown").length,
          p50Microseconds: rank(0.5),
          p95Microseconds: rank(0.95),
        };
      })
      .toSorted((a, b) => b.calls - a.calls || (a.endpoint < b.endpoint ? -1 : 1));
  }
}
