import type { Clock } from "../core/clock.ts";
import type { IdentityResolver } from "./identity.ts";
import type { SessionEvents } from "./session-events.ts";
import type { SessionKeeper } from "./session-keeper.ts";
import type { SessionServer } from "./session-server.ts";

/** What all accounts of a client share. */
export interface SessionParts {
  readonly server: SessionServer;
  readonly keeper: SessionKeeper;
  readonly identity: IdentityResolver;
  readonly events: SessionEvents;
  readonly clock: Clock;
  /** Origin the client names for logins */
  readonly service: string | undefined;
  /** Further origins that may get tokens */
  readonly trustedServices: ReadonlySet<string>;
}
