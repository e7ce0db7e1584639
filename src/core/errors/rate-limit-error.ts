import type { ResponseDetails } from "./xrpc-error.ts";
import { XrpcError } from "./xrpc-error.ts";

/** The server refused because too much was asked of it: 429. */
export class RateLimitError extends XrpcError {
  override readonly name = "RateLimitError";
  /** When the server says that it takes requests again; unknown if it does not say */
  readonly resetAt: Date | undefined;

  constructor(message: string, details: ResponseDetails & { readonly resetAt?: Date | undefined }) {
    super(message, details);
    this.resetAt = details.resetAt;
  }
}
