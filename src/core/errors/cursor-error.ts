import type { ErrorDetails } from "./skylex-error.ts";
import { SkylexError } from "./skylex-error.ts";

/**
 * `inUse`: another run under the same name is under way, here or in another process.
 * `moved`: somebody else read on, set or deleted the cursor while this run was under way; what it read after that is not stored.
 */
export type CursorErrorReason = "inUse" | "moved";

/** A stored cursor is not this run's to move. */
export class CursorError extends SkylexError {
  override readonly name = "CursorError";
  /** What came in between */
  readonly reason: CursorErrorReason;
  /** Name of the cursor */
  readonly key: string;

  constructor(message: string, details: ErrorDetails & { readonly reason: CursorErrorReason; readonly key: string }) {
    super(message, details);
    this.reason = details.reason;
    this.key = details.key;
  }
}
