// For everybody: the client and what its calls return.
export { Client } from "./client.ts";
export type { ClientOptions } from "./options.ts";
export type { CallPromise, Result } from "./core/call-promise.ts";
export type { PagePromise } from "./core/page-promise.ts";
export type { CallOptions, HeaderInput, RetryOptions } from "./core/options.ts";
export type { BinaryInput } from "./core/request.ts";

// For reading the log of calls.
export type { CallLog, LogFilter, LogOptions, LogPruneOptions, LogQuery } from "./log/call-log.ts";
export type { CallAttempt, CallRow, CallState, CallStats, RateLimitSnapshot } from "./storage/ports.ts";

// For handling failures.
export {
  AuthenticationError,
  InvalidResponseError,
  isDeclaredError,
  NetworkError,
  NotAuthenticatedError,
  RateLimitError,
  SkylexError,
  TimeoutError,
  UpstreamError,
  ValidationError,
  XrpcError,
} from "./core/errors.ts";
export type { DeclaredError, HttpInfo, Issue } from "./core/errors.ts";

// For working with data: the types of every lexicon document, `AppBskyFeedDefs.PostView`, and what they are made of.
export type * from "../generated/types.ts";
export type * from "./core/formats.ts";
export { unknownMember } from "./core/definition.ts";

// For those who build on top: definitions, the tree of methods, and what can be injected.
export type {
  Definition,
  PagedQuery,
  Procedure,
  Query,
  RecordDefinition,
  RecordKeyKind,
  Subscription,
} from "./core/definition.ts";
export type { Call, Caller, Collection } from "./core/namespace.ts";
export type { Clock } from "./core/clock.ts";
export type { Fetch } from "./core/exchange.ts";
export type { Logger, LogLevel } from "./core/logger.ts";
