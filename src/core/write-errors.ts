import type { ErrorDetails } from "./errors.ts";
import { SkylexError } from "./errors.ts";

/** It could not be found out whether a write was carried out. Look for what it was to write before you write it again. */
export class UnsettledError extends SkylexError {
  override readonly name = "UnsettledError";
  /** at:// URIs of the records that the write was for */
  readonly uris: readonly string[];

  constructor(message: string, details: ErrorDetails & { readonly uris: readonly string[] }) {
    super(message, details);
    this.uris = details.uris;
  }
}

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
