import type { Clock } from "../core/clock.ts";
import type { Call } from "../core/lexicon/namespace.ts";
import type { SharedWork } from "../core/shared-work.ts";

/** What social helpers need of a client. */
export interface SocialTools {
  readonly call: Call;
  readonly clock: Clock;
  /** DID of the account. Rejects with `NotAuthenticatedError` without one */
  readonly did: () => Promise<string>;
  /** The DID a handle belongs to; `undefined` if nobody has it */
  readonly didOf: (handle: string) => Promise<string | undefined>;
  /** What is being done right now: the same thing asked for twice at once is done once */
  readonly sharedWork: SharedWork;
}
