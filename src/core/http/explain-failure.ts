import { InvalidResponseError, NetworkError, TimeoutError } from "../errors/index.ts";
import type { Explain } from "./exchange.ts";
import { BodyTooLarge } from "./transport.ts";

/** Causes that leave no doubt: the request did not reach the server. */
const neverSent: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "EMFILE",
  "ENETUNREACH",
  "ENFILE",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/**
 * The other side is not who it should be, or speaks another protocol: nothing is sent to it, now or later.
 * https://nodejs.org/api/tls.html#x509-certificate-error-codes
 */
const untrusted =
  /^(?:CERT_|DEPTH_ZERO_|EPROTO$|ERR_(?:SSL|TLS)_|HOSTNAME_|INVALID_(?:CA|PURPOSE)|SELF_SIGNED_|UNABLE_TO_)/;

/** What was refused here before anything was sent, or led away from the server that was asked */
const refused: ReadonlySet<unknown> = new Set(["ERR_PRIVATE_ADDRESS", "ERR_FOREIGN_REDIRECT"]);

/** For Node, whose errors have a code. */
export const explainFailure: Explain = (request, cause, isSending, limit) => {
  const { definition, service, body, attemptTimeout } = request;
  const { nsid, kind } = definition;
  const { code, text } = causeOf(cause);
  const isTooLarge = cause instanceof BodyTooLarge;
  const isUntrusted = untrusted.test(String(code));
  const isRefused = refused.has(code);
  const isSent = isSending && !neverSent.has(code) && !isUntrusted && !isRefused;
  const ambiguous = isSent && kind !== "query";
  // What failed here, and not on the way, fails again.
  const isOwnFault = !isSent && code === undefined && cause instanceof TypeError;
  const retryable =
    !ambiguous && !isTooLarge && !isUntrusted && !isRefused && !isOwnFault && body?.replayable !== false;
  const details = { nsid, cause, retryable, ambiguous };
  const isLate = limit !== undefined;
  const reached = isSent ? `the connection to ${service} broke` : `${service} could not be reached`;
  const what = isTooLarge
    ? `the response of ${service} has ${text}; read a larger one with the option \`maxResponseBytes\``
    : isLate
      ? `${service} gave no ${isSent ? "answer" : "connection"} within ${limit} ms`
      : `${isUntrusted ? `the connection to ${service} is not secure, so nothing was sent` : reached} (${text})`;
  const message = `${nsid}: ${what}${ambiguous ? ". The server may have acted all the same" : ""}`;
  if (isTooLarge) return new InvalidResponseError(message, { ...details, issues: [{ path: "", message: text }] });
  if (!isLate) return new NetworkError(message, details);
  const phase = limit < attemptTimeout ? "call" : "attempt";
  return new TimeoutError(message, { ...details, phase, retryable: retryable && phase === "attempt" });
};

function causeOf(error: unknown): { readonly code: unknown; readonly text: string } {
  let inner = error;
  while (inner instanceof Error && inner.cause !== undefined) inner = inner.cause;
  // A name with several addresses fails with one error for each; they share a code.
  if (inner instanceof AggregateError && inner.errors.length > 0) inner = inner.errors[0];
  const { code, message } = (inner ?? {}) as { code?: unknown; message?: unknown };
  return { code, text: String(message || (code ?? inner)) };
}
