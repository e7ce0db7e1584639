import type { IdentityResolver } from "../../identity/identity-resolver.ts";
import type { SessionEvents } from "./session-events.ts";
import type { StoredSessions } from "./stored-sessions.ts";
import type { SessionEndpoints } from "./session-endpoints.ts";
import type { ServiceTokensContext } from "../service-tokens.ts";

/** What all accounts of a client share. */
export interface SessionContext extends ServiceTokensContext {
  readonly server: SessionEndpoints;
  readonly keeper: StoredSessions;
  readonly identity: IdentityResolver;
  readonly events: SessionEvents;
  /** Origin the client names for logins */
  readonly service: string | undefined;
  /** Origin that accounts of many hosts log in at */
  readonly entryway: string;
  /** Where the client's password came from, for messages: the environment variable, or the option */
  readonly passwordFrom: string;
  /** Further origins that may get tokens */
  readonly trustedServices: ReadonlySet<string>;
}
