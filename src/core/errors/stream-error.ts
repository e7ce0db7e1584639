import type { ErrorDetails } from "./skylex-error.ts";
import { SkylexError } from "./skylex-error.ts";

/** A stream ended, or could not be had. */
export class StreamError<Name extends string = string> extends SkylexError {
  override readonly name: string = "StreamError";
  /** The server's name for it, such as `FutureCursor`; absent when it gave none */
  readonly error: Name | undefined;

  constructor(message: string, details: ErrorDetails & { readonly error?: string | undefined }) {
    super(message, details);
    this.error = details.error as Name | undefined;
  }
}
