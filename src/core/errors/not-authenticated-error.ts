import { SkylexError } from "./skylex-error.ts";

/** The call was refused before anything was sent, because it needs an account and the client has none. */
export class NotAuthenticatedError extends SkylexError {
  override readonly name = "NotAuthenticatedError";
}
