import type { Clock } from "../../core/clock.ts";
import type { Logger } from "../../core/logger.ts";
import type { SessionStore, SessionSummary } from "../../storage/ports/index.ts";
import type { Session } from "./session.ts";
import { fromStored, toStored } from "./session.ts";

/** Storage that failed is asked again after this. */
const saveAgainMs = 5_000;

/**
 * What storage knows of sessions. Finding the first one fails if storage fails, for a login instead would be dear; once a
 * session is there, failures of storage end nothing.
 */
export class StoredSessions {
  readonly #store: SessionStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #failedAt: number | undefined;

  constructor(store: SessionStore, clock: Clock, logger: Logger) {
    this.#store = store;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** The live sessions that go by a plain name, by their own words, of one service or of any; newest first. */
  async named(service: string | undefined, name: string): Promise<readonly SessionSummary[]> {
    const rows = await this.#store.list(service === undefined ? {} : { service });
    return rows.filter(({ did, handle, identifier }) => did === name || handle === name || identifier === name);
  }

  /** A session with its tokens; `undefined` if it is gone by now. */
  async read({ service, did }: Pick<SessionSummary, "service" | "did">): Promise<Session | undefined> {
    const row = await this.#store.find(service, did);
    return row && fromStored(row);
  }

  /** What storage has now in place of this session: `gone` if it has none alive, `unknown` if it cannot say. */
  async newest(session: Session): Promise<Session | "gone" | "unknown"> {
    try {
      const row = await this.#store.find(session.service, session.did);
      if (row !== undefined) return fromStored(row);
      return session.saved ? "gone" : "unknown";
    } catch (error) {
      this.#complain(error);
      return "unknown";
    }
  }

  /** Gives the session as stored; as it was, and still to be saved, if storage fails. */
  async save(session: Session): Promise<Session> {
    try {
      const row =
        session.generation === 0
          ? await this.#store.save(toStored(session))
          : await this.#store.save(toStored(session), { ifGeneration: session.generation });
      this.#failedAt = undefined;
      if (row !== undefined) return fromStored(row);
      // Somebody else was faster, which the lock should prevent: both sessions are good, and one must be the common one.
      const other = await this.#store.find(session.service, session.did);
      return other === undefined ? session : fromStored(other);
    } catch (error) {
      this.#complain(error);
      return { ...session, saved: false };
    }
  }

  /** It is time to try again to save what could not be saved. */
  isDue(session: Session): boolean {
    return !session.saved && (this.#failedAt === undefined || this.#clock.now() - this.#failedAt >= saveAgainMs);
  }

  async markDead({ service, did, generation }: Session, reason: string): Promise<void> {
    try {
      await this.#store.markDead(service, did, reason, generation);
    } catch (error) {
      this.#complain(error);
    }
  }

  async delete({ service, did }: Session): Promise<void> {
    await this.#store.delete(service, did);
  }

  /** Runs `work` while no other process does for this account; all the same if storage cannot lock. */
  async alone<Value>(service: string, account: string, work: () => Promise<Value>): Promise<Value> {
    let begun = false;
    try {
      return await this.#store.withLock(service, account, async () => {
        begun = true;
        return work();
      });
    } catch (error) {
      if (begun) throw error;
      this.#complain(error);
      return work();
    }
  }

  #complain(error: unknown): void {
    const first = this.#failedAt === undefined;
    this.#failedAt = this.#clock.now();
    if (!first) return;
    const reason = error instanceof Error ? error.message : String(error);
    this.#logger.warn(`Sessions cannot be stored now; they go on in memory, and storing is tried again. ${reason}`);
  }
}
