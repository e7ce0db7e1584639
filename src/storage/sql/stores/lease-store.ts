import { setTimeout as sleep } from "node:timers/promises";
import type { RawBuilder } from "kysely";
import { StorageError } from "../../../core/errors/index.ts";
import type { ClaimOptions, Lease, LeaseStore } from "../../ports/index.ts";
import { DEFAULT_LOCK_WAIT_MS } from "../../shared/session-rules.ts";
import { storableLockName } from "../../shared/names.ts";
import { KeyedMutex, mutexTimeout } from "../../shared/keyed-mutex.ts";
import { isGone, newToken } from "./lease-holder.ts";
import type { Opened } from "../connection/connect.ts";
import type { Database } from "../connection/database.ts";

/** A holder that dies keeps others waiting no longer than this. */
export const DEFAULT_LEASE_MS = 15_000;
/** Clocks are corrected by small steps all the time: an expiry so much further ahead than a lease reaches is believed. */
const CLOCK_STEP_MS = 5000;
/** Nobody waits for longer to give a lease back: one that is not given back runs out by itself. */
const RELEASE_PATIENCE_MS = 2000;
const SHORTEST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 250;

/**
 * Exclusive sections across processes: a row with a token and an expiry, renewed while the holder lives. The same on both
 * databases, and nothing of the database is held meanwhile: no transaction, no connection of the pool. Time is the
 * database's own, so machines whose clocks differ agree; an expiry further ahead than a lease can reach means that the
 * clock was set back, and counts as passed. One whose holder is known to be gone counts as passed as well.
 */
export class Leases implements LeaseStore {
  readonly #database: Database;
  readonly #leaseMs: number;
  readonly #turns = new KeyedMutex();

  constructor(database: Database, leaseMs: number) {
    this.#database = database;
    this.#leaseMs = leaseMs;
  }

  async claim(
    given: string,
    { waitMs = DEFAULT_LOCK_WAIT_MS, answerMs, signal }: ClaimOptions = {},
  ): Promise<Lease | undefined> {
    const name = storableLockName(given);
    const deadline = performance.now() + waitMs;
    // Within the process they queue up in order; only the first of them asks the database.
    const endTurn = await this.#turns.take(name, { waitMs, signal });
    if (endTurn === undefined) return undefined;
    try {
      const token = newToken();
      for (let pause = SHORTEST_PAUSE_MS; !(await this.#claimWithin(answerMs, name, token)); pause *= 2) {
        signal?.throwIfAborted();
        const left = deadline - performance.now();
        if (left <= 0) {
          endTurn();
          return undefined;
        }
        await sleep(Math.min(left, Math.min(LONGEST_PAUSE_MS, pause) * (0.5 + Math.random())));
      }
      return this.#keep(name, token, endTurn);
    } catch (error) {
      endTurn();
      throw error;
    }
  }

  /** See `SessionStore.withLock`. */
  async hold<T>(name: string, fn: (lease: Lease) => Promise<T>, options: ClaimOptions = {}): Promise<T> {
    const lease = await this.claim(name, options);
    if (lease === undefined) throw mutexTimeout(name, options.waitMs ?? DEFAULT_LOCK_WAIT_MS);
    try {
      return await fn(lease);
    } finally {
      await lease.release();
    }
  }

  #keep(name: string, token: string, endTurn: () => void): Lease {
    const controller = new AbortController();
    let validUntil = performance.now() + this.#leaseMs;
    const renew = async (): Promise<void> => {
      const asked = performance.now();
      const renewed = await this.#renew(name, token).catch(() => undefined);
      if (renewed === true) validUntil = asked + this.#leaseMs;
      // No answer from the database costs the lease only once it has run out.
      else if (renewed === false || performance.now() > validUntil) controller.abort(lockLost(name));
    };
    const timer = setInterval(() => void renew(), this.#leaseMs / 3);
    timer.unref();
    let released = false;
    const release = async (): Promise<void> => {
      if (released) return;
      released = true;
      clearInterval(timer);
      // A row that cannot be deleted now runs out by itself.
      const deleted = this.#release(name, token).catch(() => undefined);
      await ends(deleted, RELEASE_PATIENCE_MS);
      endTurn();
    };
    return { signal: controller.signal, release };
  }

  async #claimWithin(answerMs: number | undefined, name: string, token: string): Promise<boolean> {
    const claiming = this.#claim(name, token);
    if (answerMs === undefined || (await ends(claiming, answerMs))) return claiming;
    // What comes now is nobody's.
    void claiming.then(
      (claimed) => (claimed ? this.#release(name, token).catch(() => undefined) : undefined),
      () => undefined,
    );
    throw silent(name);
  }

  async #claim(name: string, token: string): Promise<boolean> {
    return this.#database.use(async (opened) => {
      const { sql } = opened;
      const now = clock(opened);
      const end = sql`${now} + ${this.#span(opened)}`;
      const furthest = sql`${end} + ${sql.raw(String(CLOCK_STEP_MS))}`;
      // Looking first spares the others the writer's lock while one works.
      const taken = await sql<{
        readonly token: string;
      }>`select token from skylex_lease where name = ${name} and expires_at > ${now} and expires_at <= ${furthest}`.execute(
        opened.plain,
      );
      const [holder] = taken.rows;
      if (holder !== undefined && !isGone(holder.token)) return false;
      const { rows } = await sql`
        insert into skylex_lease (name, token, expires_at) values (${name}, ${token}, ${end})
        on conflict (name) do update set token = excluded.token, expires_at = excluded.expires_at
        where skylex_lease.expires_at <= ${now} or skylex_lease.expires_at > ${furthest}
          or skylex_lease.token = ${holder?.token ?? token}
        returning token`.execute(opened.plain);
      return rows.length > 0;
    });
  }

  async #renew(name: string, token: string): Promise<boolean> {
    return this.#database.use(async (opened) => {
      const { numAffectedRows } = await opened.sql`
        update skylex_lease set expires_at = ${clock(opened)} + ${this.#span(opened)}
        where name = ${name} and token = ${token}`.execute(opened.plain);
      return numAffectedRows === 1n;
    });
  }

  async #release(name: string, token: string): Promise<void> {
    await this.#database.use((opened) =>
      opened.db.deleteFrom("skylex_lease").where("name", "=", name).where("token", "=", token).execute(),
    );
  }

  /** Written out: a bound number would have no type of its own on PostgreSQL. */
  #span({ sql }: Opened): RawBuilder<unknown> {
    return sql.raw(String(Math.trunc(this.#leaseMs)));
  }
}

/** Epoch ms by the database's clock. */
function clock({ dialect, sql }: Opened): RawBuilder<unknown> {
  return dialect === "postgresql"
    ? sql`(extract(epoch from clock_timestamp()) * 1000)::bigint`
    : sql`cast((julianday('now') - 2440587.5) * 86400000.0 as integer)`;
}

const yes = (): boolean => true;

/** Whether work ends in time, well or not. */
async function ends(work: Promise<unknown>, ms: number): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), ms);
  try {
    return await Promise.race([work.then(yes, yes), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

const silent = (name: string): StorageError =>
  new StorageError(
    `The database did not answer in time when the lock ${JSON.stringify(name)} was asked for. Check that it runs, and that no other program holds a lock on its tables.`,
    { code: "busy" },
  );

function lockLost(name: string): StorageError {
  return new StorageError(
    `The lock ${JSON.stringify(name)} was lost before its work was done: this process stood still for too long, or the database was away. Read again what it protects before going on.`,
    { code: "lock-lost" },
  );
}
