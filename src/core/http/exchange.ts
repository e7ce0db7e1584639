import type { HttpResponse } from "./read-response.ts";
import { readResponse } from "./read-response.ts";
import type { Clock } from "../clock.ts";
import { ticksOf } from "../clock.ts";
import { NetworkError, SkylexError, TimeoutError, XrpcError } from "../errors/index.ts";
import type { CallRequest, Next } from "../pipeline.ts";
import type { Transport } from "./transport.ts";
import { Cancellation } from "./transport.ts";

/** The innermost step: one HTTP request, from sending to the last byte of the answer, with its time limit. */
export function exchange(transport: Transport, clock: Clock): Next {
  return async (request) => {
    request.signal?.throwIfAborted();
    const startedAt = clock.now();
    const begin = ticksOf(clock);
    let answer: HttpResponse | undefined;
    let failure: unknown;
    try {
      answer = await send(transport, clock, request, startedAt);
      return { data: readResponse(request.definition, answer, clock.now()), http: answer.http };
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      request.trace.attempts.push({
        startedAt,
        elapsed: ticksOf(clock) - begin,
        requestBytes: request.body === undefined ? 0 : request.body.length,
        http: answer?.http,
        responseBytes: answer?.body.length,
        error: failure === undefined ? undefined : nameOf(failure),
        reached: !(failure instanceof NetworkError) || failure.ambiguous,
      });
    }
  };
}

const nameOf = (failure: unknown): string =>
  failure instanceof XrpcError && failure.error !== undefined
    ? failure.error
    : failure instanceof Error
      ? failure.name
      : "Error";

async function send(
  transport: Transport,
  clock: Clock,
  request: CallRequest,
  startedAt: number,
): Promise<HttpResponse> {
  const { service, path, body, signal, definition, deadline, attemptTimeout } = request;
  const remaining = deadline - startedAt;
  const limit = Math.min(attemptTimeout, remaining);
  const url = service + path;
  const begin = ticksOf(clock);
  const cancellation = new Cancellation();
  const forward = (): void => cancellation.cancel();
  signal?.addEventListener("abort", forward, { once: true });
  let late = false;
  const cancel = clock.after(Math.max(0, limit), () => {
    late = true;
    cancellation.cancel();
  });
  try {
    const { body: bytes, ...answer } = await transport({
      method: definition.kind === "query" ? "GET" : "POST",
      url,
      headers: body ? { "content-type": body.encoding, ...request.headers } : request.headers,
      body: body?.content,
      cancellation,
    });
    return { http: { ...answer, elapsed: Math.round(ticksOf(clock) - begin) }, body: bytes };
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    if (cause instanceof SkylexError) throw cause;
    throw late ? timedOut(request, limit, remaining <= attemptTimeout) : unreachable(request, cause);
  } finally {
    cancel();
    signal?.removeEventListener("abort", forward);
  }
}

function timedOut({ definition, service }: CallRequest, limit: number, isCall: boolean): TimeoutError {
  const isQuery = definition.kind === "query";
  return new TimeoutError(
    `${definition.nsid} at ${service} gave no answer within ${limit} ms` +
      (isCall ? ", the end of the call's timeout" : ", the attempt's timeout") +
      (isQuery ? "" : ". The server may have acted all the same"),
    { nsid: definition.nsid, phase: isCall ? "call" : "attempt", retryable: isQuery && !isCall, ambiguous: !isQuery },
  );
}

/** Causes that leave no doubt: the request did not reach the server. */
const neverSent: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
]);

function unreachable({ definition, service, body }: CallRequest, cause: unknown): NetworkError {
  const reason = causeOf(cause);
  const isQuery = definition.kind === "query";
  const unsent = neverSent.has(reason.code);
  const replayable = body?.replayable !== false;
  return new NetworkError(
    `${definition.nsid}: ${unsent ? `${service} could not be reached` : `the connection to ${service} broke`} (${reason.text})` +
      (isQuery || unsent ? "" : ". The server may have acted all the same"),
    { nsid: definition.nsid, cause, retryable: replayable && (isQuery || unsent), ambiguous: !isQuery && !unsent },
  );
}

function causeOf(error: unknown): { readonly code: unknown; readonly text: string } {
  let inner = error;
  while (inner instanceof Error && inner.cause !== undefined) inner = inner.cause;
  // A name with several addresses fails with one error for each; they share a code.
  if (inner instanceof AggregateError && inner.errors.length > 0) inner = inner.errors[0];
  const { code, message } = (inner ?? {}) as { code?: unknown; message?: unknown };
  const text = typeof message === "string" && message !== "" ? message : String(code ?? inner);
  return { code, text };
}
