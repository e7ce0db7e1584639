import type { Logger } from "../../core/logger.ts";
import type { SessionInfo } from "./session.ts";

/**
 * `created`: by a login or an import. `refreshed`: with new tokens. `lost`: the server takes it no more, or somebody
 * logged out. None of them carries a token; `client.session.export()` does.
 */
export interface SessionEvent {
  /** What happened */
  readonly type: "created" | "refreshed" | "lost";
  /** The session, without tokens */
  readonly session: SessionInfo;
  /** Why it was lost */
  readonly reason?: string;
}

/** Is told of sessions. What it throws is reported to the logger and disturbs nothing. */
export type SessionListener = (event: SessionEvent) => void;

/** Whom to tell of sessions. */
export class SessionEvents {
  readonly #listeners = new Set<{ readonly listener: SessionListener }>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Gives the function that ends it. */
  on(listener: SessionListener): () => void {
    const entry = { listener };
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  emit(event: SessionEvent): void {
    for (const { listener } of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#logger.warn(`A listener for sessions failed on "${event.type}": ${reason}`);
      }
    }
  }
}
