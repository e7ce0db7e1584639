import { SkylexError } from "./skylex-error.ts";

/** No answer came: name not resolved, connection refused or reset, answer cut off. The reason is in `cause`. */
export class NetworkError extends SkylexError {
  override readonly name = "NetworkError";
}
