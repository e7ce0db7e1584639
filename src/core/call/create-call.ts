import { CallPromise } from "./call-promise.ts";
import type { Clock } from "../clock.ts";
import { copyOfParams } from "./params.ts";
import { defaults, given } from "./defaults.ts";
import type { Endpoint, Query } from "../lexicon/definition.ts";
import { SkylexError, ValidationError } from "../errors/index.ts";
import type { Call } from "../lexicon/namespace.ts";
import type { CallOptions, ValidateOptions } from "./options.ts";
import { PagePromise } from "./page-promise.ts";
import type { CallRequest, CallResult, Next } from "../pipeline.ts";
import { isJson, mergeHeaders } from "../http/request.ts";
import type { Resume, ResumeOptions } from "./resumed-list.ts";

export interface CallContext {
  readonly handler: Next;
  readonly clock: Clock;
  readonly random: () => number;
  /** Options of the client; those of a call win, one by one */
  readonly options: CallOptions;
  readonly userAgent: string;
  /** Reads lists on. Absent: lists can only be read from their start */
  readonly resume?: Resume;
}

/** Most calls bring none. */
const noOptions: CallOptions = {};

/** Calls queries for one answer. */
export type QueryCall = <Params, Output, ErrorName extends string>(
  definition: Query<Params, Output, ErrorName>,
  params?: Params,
  options?: CallOptions,
) => CallPromise<Output, ErrorName>;

/** What {@link createCall} makes, for queries of which the first page is enough: a program that has no others is a third smaller. */
export function createQuery(config: CallContext): QueryCall {
  const call = (definition: Query, given?: unknown, options = noOptions): CallPromise<unknown> => {
    const params = copyOfParams(given as object | undefined);
    return new CallPromise(() => run(config, definition, params, undefined, options), definition.errors);
  };
  return call as QueryCall;
}

/** Makes the function under every method: it turns a definition and its arguments into a request and a promise. */
export function createCall(config: CallContext): Call {
  const call = (
    definition: Endpoint,
    argument: object | undefined,
    options: CallOptions = noOptions,
  ): CallPromise<unknown> => {
    const errors = definition.errors ?? [];
    if (definition.kind === "procedure") {
      const promise = new CallPromise(() => run(config, definition, options.params, argument, options), errors);
      // An effect that nobody waits for must happen all the same; the promise keeps its outcome for whoever asks.
      void promise.start();
      return promise;
    }
    // Read when the call is made, not when each page of it is asked for.
    const params: (object & { readonly cursor?: unknown }) | undefined = copyOfParams(argument);
    const begin = params?.cursor;
    const cursor = typeof begin === "string" ? begin : undefined;
    const { nsid } = definition;
    const items = options.items ?? definition.items;
    const fetchPage = (at: string | undefined, cursorKey?: string): Promise<CallResult> =>
      run(config, definition, at === cursor ? params : { ...params, cursor: at }, undefined, options, cursorKey);
    const resume = <Item>(name: string | undefined, how: ResumeOptions<Item>) => {
      if (config.resume === undefined) throw new ValidationError(`${nsid} cannot be resumed here.`, { nsid });
      const request = (): CallRequest => requestOf(config, definition, params, undefined, options);
      const { signal } = mergeOptions(config.options, options);
      return config.resume({ nsid, params, items, cursor, signal, fetchPage, request }, name, how);
    };
    return new PagePromise({ nsid, items, cursor, fetchPage, resume }, errors);
  };
  return call as unknown as Call;
}

/** A call before its first layer. */
export function requestOf(
  { clock, random, options: clientOptions, userAgent }: CallContext,
  definition: Endpoint,
  params: object | undefined,
  input: unknown,
  callOptions: CallOptions,
): CallRequest {
  const options = mergeOptions(clientOptions, callOptions);
  const transfers = [definition.input, definition.output].some(
    (encoding) => encoding !== undefined && !isJson(encoding),
  );
  const longest = transfers ? defaults.transferTimeout : undefined;
  const startedAt = clock.now();
  return {
    id: callId(clock, random),
    definition,
    params,
    input,
    options,
    headers:
      clientOptions.headers === undefined && callOptions.headers === undefined
        ? { "user-agent": userAgent }
        : mergeHeaders({ "user-agent": userAgent }, clientOptions.headers, callOptions.headers),
    signal: options.signal,
    deadline: startedAt + (options.timeout ?? longest ?? defaults.timeout),
    attemptTimeout: options.attemptTimeout ?? longest ?? defaults.attemptTimeout,
    trace: { startedAt, attempts: [] },
    account: undefined,
    path: "",
    body: undefined,
    service: "",
    auth: "none",
  };
}

async function run(
  config: CallContext,
  definition: Endpoint,
  params: object | undefined,
  input: unknown,
  options: CallOptions,
  cursorKey?: string,
): Promise<CallResult> {
  const request = requestOf(config, definition, params, input, options);
  if (cursorKey !== undefined) request.trace.cursorKey = cursorKey;
  try {
    return await config.handler(request);
  } catch (error) {
    if (error instanceof SkylexError) {
      error.callId = request.id;
      error.attempts = request.trace.attempts.length;
      error.logId = request.trace.logId;
    }
    throw error;
  }
}

/** Options of the call over options of the client. An `undefined` in the call does not hide the client's. */
function mergeOptions(client: CallOptions, call: CallOptions): CallOptions {
  if (call === noOptions) return client;
  const retry = client.retry && call.retry ? { ...client.retry, ...given(call.retry) } : undefined;
  // The signal of a view ends all calls made by it, also those that bring their own.
  const signal = client.signal && call.signal ? AbortSignal.any([client.signal, call.signal]) : undefined;
  const validate = mergeValidate(client.validate, call.validate);
  return {
    ...client,
    ...given(call),
    ...(retry && { retry }),
    ...(signal && { signal }),
    ...(validate && { validate }),
  };
}

type Validate = ValidateOptions | false | undefined;

const nothing: ValidateOptions = { input: false, params: false, output: false };

/** What a view or call says is checked, over what the client says, field by field; `false` turns all off. */
export function mergeValidate(client: Validate, call: Validate): Validate {
  if (call === undefined || call === false) return call ?? client;
  return { ...(client === false ? nothing : client), ...given(call) };
}

/** Sorts by time in the log, and differs between calls of one millisecond. */
function callId(clock: Clock, random: () => number): string {
  const noise = Math.floor(random() * 36 ** 8).toString(36);
  return `${clock.now().toString(36)}${noise.padStart(8, "0")}`;
}
