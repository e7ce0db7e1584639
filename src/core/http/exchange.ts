import type { HttpResponse } from "./read-response.ts";
import { readResponse } from "./read-response.ts";
import type { Clock } from "../clock.ts";
import { ticksOf } from "../clock.ts";
import { onAbort } from "../abort.ts";
import { defaults } from "../call/defaults.ts";
import { NetworkError, SkylexError, TimeoutError, XrpcError } from "../errors/index.ts";
import type { Endpoint } from "../lexicon/definition.ts";
import { isJson, sentHeaders } from "./request.ts";
import type { CallRequest, Next } from "../pipeline.ts";
import type { Transport } from "./transport.ts";
import { BodyTooLarge, Cancellation } from "./transport.ts";

/** The innermost step: one HTTP request, from sending to the last byte of the answer, with its time limit. */
export function exchange(transport: Transport, clock: Clock, explain: Explain = explainBriefly): Next {
  return async (request) => {
    request.signal?.throwIfAborted();
    const startedAt = clock.now();
    const { nsid } = request.definition;
    if (request.deadline <= startedAt)
      throw new TimeoutError(`${nsid} was not sent: its time is over.`, { nsid, phase: "call" });
    const begin = ticksOf(clock);
    let answer: HttpResponse | undefined;
    let failure: unknown;
    let wasSent = false;
    try {
      answer = await send(transport, clock, explain, request, startedAt, () => void (wasSent = true));
      wasSent = true;
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
        // A write that failed without a doubt never left.
        reached:
          wasSent && !(failure instanceof NetworkError && request.definition.kind !== "query" && !failure.ambiguous),
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
  explain: Explain,
  request: CallRequest,
  startedAt: number,
  onSending: () => void,
): Promise<HttpResponse> {
  const { service, path, body, signal, definition, deadline, attemptTimeout, options } = request;
  const limit = Math.min(attemptTimeout, deadline - startedAt);
  const begin = ticksOf(clock);
  const cancellation = new Cancellation();
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => {
    cancellation.cancel();
    // A transport may not listen. What it does later is of no interest.
    stopped.reject(signal?.reason);
  };
  const ignore = onAbort(signal, stop);
  let isLate = false;
  let isSent = false;
  const cancel = clock.after(limit, () => {
    isLate = true;
    stop();
  });
  try {
    const answering = transport({
      method: definition.kind === "query" ? "GET" : "POST",
      url: service + path,
      headers: sentHeaders(body ? { "content-type": body.encoding, ...request.headers } : request.headers),
      body: body?.content,
      cancellation,
      isForeign: request.isForeign,
      maxBytes: options.maxResponseBytes ?? maxBytesOf(definition),
      onSending: () => {
        isSent = true;
        onSending();
      },
    });
    const { body: bytes, ...answer } = await Promise.race([answering, stopped.promise]);
    return { http: { ...answer, elapsed: Math.round(ticksOf(clock) - begin) }, body: bytes };
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    if (cause instanceof SkylexError) throw cause;
    throw explain(request, cause, isSent, isLate ? limit : undefined);
  } finally {
    cancel();
    ignore();
  }
}

const maxBytesOf = ({ output }: Endpoint): number =>
  output === undefined || isJson(output) ? defaults.maxJsonBytes : defaults.maxBinaryBytes;

/**
 * What an attempt without a response comes to.
 *
 * @param isSent the request may have left
 * @param limit the milliseconds that have passed, where that ended it
 */
export type Explain = (request: CallRequest, cause: unknown, isSent: boolean, limit: number | undefined) => SkylexError;

/** For platforms whose `fetch` does not say why it failed. */
const explainBriefly: Explain = ({ definition, service, attemptTimeout, body }, cause, isSent, limit) => {
  const { nsid, kind } = definition;
  const ambiguous = isSent && kind !== "query";
  const text = String((cause as Partial<Error> | undefined)?.message ?? cause);
  const retryable = !ambiguous && !(cause instanceof BodyTooLarge) && body?.replayable !== false;
  const details = { nsid, cause, retryable, ambiguous };
  if (limit === undefined) return new NetworkError(`${nsid}: the connection to ${service} broke (${text})`, details);
  const phase = limit < attemptTimeout ? "call" : "attempt";
  return new TimeoutError(`${nsid} at ${service} gave no answer within ${limit} ms`, {
    ...details,
    phase,
    retryable: retryable && phase === "attempt",
  });
};
