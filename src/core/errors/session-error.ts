import type { ErrorDetails } from "./skylex-error.ts";
import { SkylexError } from "./skylex-error.ts";

/**
 * `refused`: the server takes neither token any more, and there is no password to log in with.
 * `ended`: somebody logged out, here or in another process on the same database.
 * `unresolved`: the account's own server could not be found.
 * `mismatch`: the server gave a session of another account.
 */
export type SessionErrorReason = "refused" | "ended" | "unresolved" | "mismatch";

/** The account's session cannot be used or had. */
export class SessionError extends SkylexError {
  override readonly name = "SessionError";
  /** The account: its DID, or the name it was asked for by where the DID is not known */
  readonly did: string;
  /** Why it is over */
  readonly reason: SessionErrorReason;

  constructor(message: string, details: ErrorDetails & { readonly did: string; readonly reason: SessionErrorReason }) {
    super(message, details);
    this.did = details.did;
    this.reason = details.reason;
  }
}
