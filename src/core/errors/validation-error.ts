import type { Issue } from "../lexicon/issue.ts";
import type { ErrorDetails } from "./skylex-error.ts";
import { SkylexError } from "./skylex-error.ts";

/** The call was refused before anything was sent, because of what it was given. */
export class ValidationError extends SkylexError {
  override readonly name = "ValidationError";
  /** Everything that is wrong, not only the first thing */
  readonly issues: readonly Issue[];

  constructor(message: string, details: ErrorDetails & { readonly issues?: readonly Issue[] } = {}) {
    super(message, details);
    this.issues = details.issues ?? [];
  }
}
