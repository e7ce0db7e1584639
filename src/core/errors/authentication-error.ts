import { XrpcError } from "./xrpc-error.ts";

/** The server did not accept who is asking: 401, or a token it calls invalid or expired. */
export class AuthenticationError extends XrpcError {
  override readonly name: string = "AuthenticationError";
}
