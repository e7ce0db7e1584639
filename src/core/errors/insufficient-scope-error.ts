import { AuthenticationError } from "./authentication-error.ts";

/**
 * The session is good, but was made with an app password that may not do this: direct messages need one with access to them.
 */
export class InsufficientScopeError extends AuthenticationError {
  override readonly name = "InsufficientScopeError";
}
