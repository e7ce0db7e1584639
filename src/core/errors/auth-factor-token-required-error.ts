import { AuthenticationError } from "./authentication-error.ts";

/**
 * The password is right, and the account also wants the code that the server has just sent by e-mail:
 * `client.login(identifier, password, { authFactorToken })`.
 */
export class AuthFactorTokenRequiredError extends AuthenticationError {
  override readonly name = "AuthFactorTokenRequiredError";
}
