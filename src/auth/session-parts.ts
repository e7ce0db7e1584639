import type { IdentityResolver } from "./identity.ts";
import type { SessionEvents } from "./session-events.ts";
import type { SessionKeeper } from "./session-keeper.ts";
import type { SessionServer } from "./session-server.ts";
import type { ServiceTokensParts } from "./service-auth.ts";

/** What all accounts of a client share. */
export interface SessionParts extends ServiceTokensParts {
  readonly server: SessionServer;
  readonly keeper: SessionKeeper;
  readonly identity: IdentityResolver;
  readonly events: SessionEvents;
  /** Origin the client names for logins */
  readonly service: string | undefined;
  /** Origin that accounts of many hosts log in at */
  readonly entryway: string;
  /** Further origins that may get tokens */
  readonly trustedServices: ReadonlySet<string>;
}
