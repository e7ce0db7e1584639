import type { Issue } from "../lexicon/issue.ts";
import type { ErrorDetails } from "./skylex-error.ts";
import { SkylexError } from "./skylex-error.ts";
import type { HttpInfo } from "./xrpc-error.ts";

/** The server answered 2xx with something the endpoint does not promise. */
export class InvalidResponseError extends SkylexError {
  override readonly name = "InvalidResponseError";
  /** The answer, if there was one */
  readonly http: HttpInfo | undefined;
  /** Where it differs from the lexicon */
  readonly issues: readonly Issue[];

  constructor(
    message: string,
    details: ErrorDetails & { readonly http?: HttpInfo | undefined; readonly issues?: readonly Issue[] },
  ) {
    super(message, details);
    this.http = details.http;
    this.issues = details.issues ?? [];
  }
}
