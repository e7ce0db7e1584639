import { XrpcError } from "./xrpc-error.ts";

/** The server, or something in front of it, failed: 5xx, or an error page that is not XRPC. */
export class UpstreamError extends XrpcError {
  override readonly name = "UpstreamError";
}
