import type { Clock } from "../../core/clock.ts";
import { StorageError } from "../../core/errors/index.ts";
import type { Logger } from "../../core/logger.ts";
import type { SessionStore, SessionSummary } from "../../storage/ports/index.ts";
import type { Session } from "./session.ts";
import { fromStored, isNewer, toStored } from "./session.ts";

/** Milliseconds; storage that failed is asked again after them. */
const SAVE_AGAIN_MS = 5_000;
/** Milliseconds that storage may take for a call that cannot go on without it: its session is there or nowhere */
const FIRST_PATIENCE_MS = 15_000;
/** Milliseconds that a call waits for storage while its session is in memory; then it goes on from there */
const PATIENCE_MS = 3_000;
/** Milliseconds for the same, shortly after storage did not answer */
const SHORT_PATIENCE_MS = 200;
/** Milliseconds for what would be lost if it were not stored now */
const LAST_PATIENCE_MS = 30_000;
/** Milliseconds after which somebody who waits for another process is told so */
const SILENCE_MS = 1_000;
/** Milliseconds; longer than a holder of the lock may take. Whoever waited for so long goes on without it. */
const LOCK_PATIENCE_MS = 70_000;

/**
 * What storage knows of sessions. Finding the first one fails if storage fails, for a login instead would be dear; once a
 * session is there, failures of storage end nothing, and neither does storage that does not answer.
 */
export class StoredSessions {
  readonly #store: SessionStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #failedAt: number | undefined;
  /** When storage last did not answer */
  #silentAt: number | undefined;

  constructor(store: SessionStore, clock: Clock, logger: Logger) {
    this.#store = store;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** The live sessions that go by a plain name, by their own words, of one service or of any; newest first. */
  async named(service: string | undefined, name: string): Promise<readonly SessionSummary[]> {
    const listed = this.#store.list(service === undefined ? {} : { service });
    const rows = await this.#within(FIRST_PATIENCE_MS, listed);
    return rows.filter(({ did, handle, identifier }) => did === name || handle === name || identifier === name);
  }

  /** A session with its tokens; `undefined` if it is gone by now. */
  async read({ service, did }: Pick<SessionSummary, "service" | "did">): Promise<Session | undefined> {
    const row = await this.#within(FIRST_PATIENCE_MS, this.#store.find(service, did));
    return row && fromStored(row);
  }

  /** What storage has now in place of this session: `gone` if it has none alive, `unknown` if it cannot say. */
  async newest(session: Session): Promise<Session | "gone" | "unknown"> {
    try {
      const row = await this.#within(PATIENCE_MS, this.#store.find(session.service, session.did));
      if (row !== undefined) return fromStored(row);
      return session.saved ? "gone" : "unknown";
    } catch (error) {
      this.#complain(error);
      return "unknown";
    }
  }

  /** Gives the session as stored; as it was, and still to be saved, if storage fails. */
  async save(session: Session, patienceMs: number = PATIENCE_MS): Promise<Session> {
    try {
      const saved = await this.#within(patienceMs, this.#save(session));
      this.#failedAt = undefined;
      return saved;
    } catch (error) {
      this.#complain(error);
      return { ...session, saved: false };
    }
  }

  async #save(session: Session): Promise<Session> {
    const row =
      session.generation === 0
        ? await this.#store.save(toStored(session))
        : await this.#store.save(toStored(session), { ifGeneration: session.generation });
    if (row !== undefined) return fromStored(row);
    // Somebody else was faster, which the lock should prevent: both sessions are good, and one must be the common one.
    const other = await this.#store.find(session.service, session.did);
    return other === undefined ? session : fromStored(other);
  }

  /** Saves what could not be saved before, unless something newer was stored meanwhile. */
  async saveAgain(session: Session, isLast: boolean): Promise<Session> {
    if (session.generation === 0) {
      const stored = await this.newest(session);
      if (typeof stored === "object" && isNewer(stored, session)) return stored;
    }
    return this.save(session, isLast ? LAST_PATIENCE_MS : PATIENCE_MS);
  }

  /** It is time to try again to save what could not be saved. */
  isDue(session: Session): boolean {
    return !session.saved && (this.#failedAt === undefined || this.#clock.now() - this.#failedAt >= SAVE_AGAIN_MS);
  }

  async markDead({ service, did, generation }: Session, reason: string): Promise<void> {
    try {
      await this.#within(PATIENCE_MS, this.#store.markDead(service, did, reason, generation));
    } catch (error) {
      this.#complain(error);
    }
  }

  /** A logout is only one once nobody finds the session any more, so this one fails if storage does. */
  async delete({ service, did }: Pick<SessionSummary, "service" | "did">): Promise<void> {
    await this.#within(LAST_PATIENCE_MS, this.#store.delete(service, did));
  }

  /** Deletes a session whose tokens cannot be read. */
  async deleteUnread({ service, did, handle }: SessionSummary, reason: string): Promise<void> {
    await this.delete({ service, did });
    this.#logger.warn(
      `The session of ${handle ?? did} at ${service} was deleted without being read, and could not be ended at the server, where it runs out by itself. ${reason}`,
    );
  }

  /** Runs `work` while no other process does for this account; all the same if storage cannot lock. */
  async alone<Value>(service: string, account: string, work: () => Promise<Value>): Promise<Value> {
    let state: "waiting" | "begun" | "left" = "waiting";
    const gone = Promise.withResolvers<never>();
    const stopTelling = this.#clock.after(SILENCE_MS, () => this.#tellOfWaiting(service, account), true);
    const stopWaiting = this.#clock.after(LOCK_PATIENCE_MS, () => gone.reject(this.#silence()), true);
    const begin = (): void => {
      stopTelling();
      stopWaiting();
    };
    try {
      const locked = this.#store.withLock(
        service,
        account,
        async () => {
          // A turn that came after nobody waited for it any more.
          if (state === "left") return gone.promise;
          state = "begun";
          begin();
          return work();
        },
        { answerMs: PATIENCE_MS },
      );
      return await Promise.race([locked, gone.promise]);
    } catch (error) {
      if (hasBegun(state)) throw error;
      state = "left";
      begin();
      this.#complain(error);
      return work();
    }
  }

  #tellOfWaiting(service: string, account: string): void {
    this.#logger.warn(
      `Waiting for another process that logs in or refreshes the session of ${account} at ${service}. If it was killed, this takes 15 seconds at most.`,
    );
  }

  /** Storage may go on with what it was asked for; nobody waits for it any more. */
  async #within<Value>(ms: number, work: Promise<Value>): Promise<Value> {
    const late = Promise.withResolvers<never>();
    // A call asks several times, and waits in vain only once.
    const wasSilent = this.#silentAt !== undefined && this.#clock.now() - this.#silentAt < SAVE_AGAIN_MS;
    const patience = wasSilent && ms === PATIENCE_MS ? SHORT_PATIENCE_MS : ms;
    const cancel = this.#clock.after(patience, () => late.reject(this.#silence()), true);
    try {
      return await Promise.race([work, late.promise]);
    } finally {
      cancel();
    }
  }

  #silence(): StorageError {
    this.#silentAt = this.#clock.now();
    return new StorageError(
      "The database did not answer in time. Check that it runs, and that no other program holds a lock on its tables.",
      { code: "busy" },
    );
  }

  #complain(error: unknown): void {
    const first = this.#failedAt === undefined;
    this.#failedAt = this.#clock.now();
    if (!first) return;
    const reason = error instanceof Error ? error.message : String(error);
    this.#logger.warn(`Sessions cannot be stored now; they go on in memory, and storing is tried again. ${reason}`);
  }
}

/** The compiler takes a variable for unchanged that a callback changes. */
const hasBegun = (state: "waiting" | "begun" | "left"): boolean => state === "begun";

/** Whether a failure says that a stored session is there, and that its tokens cannot be read. */
export const isUnreadable = (error: unknown): error is StorageError =>
  error instanceof StorageError && (error.code === "wrong-key" || error.code === "missing-key");
