import type { ErrorDetails } from "./skylex-error.ts";
import { SkylexError } from "./skylex-error.ts";

/** A batch was sent in several requests, and one of them failed after others had been carried out. Why is in `cause`. */
export class BatchError extends SkylexError {
  override readonly name = "BatchError";
  /** What the first writes of the batch gave, in their order: those of the requests before the one that failed */
  readonly stored: readonly { readonly uri: string; readonly cid?: string }[];
  /** at:// URIs of the writes of the request that failed: not carried out, or with `ambiguous` perhaps */
  readonly failed: readonly string[];
  /** at:// URIs of the writes that were not sent any more */
  readonly unsent: readonly string[];

  constructor(message: string, details: ErrorDetails & Pick<BatchError, "stored" | "failed" | "unsent">) {
    super(message, details);
    this.stored = details.stored;
    this.failed = details.failed;
    this.unsent = details.unsent;
  }
}
