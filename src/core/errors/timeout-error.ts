import type { ErrorDetails } from "./skylex-error.ts";
import { SkylexError } from "./skylex-error.ts";

/** No answer came in time. */
export class TimeoutError extends SkylexError {
  override readonly name = "TimeoutError";
  /** `attempt`: one HTTP request took too long. `call`: the call with all its attempts and waits did. */
  readonly phase: "attempt" | "call";

  constructor(message: string, details: ErrorDetails & { readonly phase: "attempt" | "call" }) {
    super(message, details);
    this.phase = details.phase;
  }
}
