import type { ErrorDetails } from "./skylex-error.ts";
import { SkylexError } from "./skylex-error.ts";

/** A record was not written, because what is at its key is not what the write was for. The key is in `uri`. */
export class RecordConflictError extends SkylexError {
  override readonly name = "RecordConflictError";
  /** at:// URI of the record */
  readonly uri: string;
  /** The version that is there, where it is known */
  readonly cid: string | undefined;

  constructor(message: string, details: ErrorDetails & { readonly uri: string; readonly cid: string | undefined }) {
    super(message, details);
    this.uri = details.uri;
    this.cid = details.cid;
  }
}
