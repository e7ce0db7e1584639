import type { ErrorDetails } from "./skylex-error.ts";
import { SkylexError } from "./skylex-error.ts";

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
