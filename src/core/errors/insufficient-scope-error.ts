import { AuthenticationError } from "./authentication-error.ts";

/**
 * The session is good, but was made with an app password that may not do this: direct messages need one with access to them, and
 * what concerns the account itself, such as app passwords, its e-mail address and its end, the account's own password.
 */
export class InsufficientScopeError extends AuthenticationError {
  override readonly name = "InsufficientScopeError";
}
