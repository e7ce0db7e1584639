// For everybody: the client and what its calls return.
export { Client } from "./client.ts";
export type { ClientSession } from "./auth/account-view.ts";
export type { ClientSessions } from "./auth/accounts.ts";
export type { ClientOptions, ViewOptions } from "./options.ts";
export type { LoginOptions } from "./auth/login.ts";
export type { ServiceAuthRequest } from "./auth/service-auth.ts";
export type { SessionInfo } from "./auth/session.ts";
export type { SessionEvent, SessionListener } from "./auth/session-events.ts";
export type { CallPromise, Result } from "./core/call-promise.ts";
export type { PagePromise } from "./core/page-promise.ts";
export type {
  Collection,
  CollectionLike,
  CreateRecordOptions,
  DeletedRecord,
  DeleteRecordOptions,
  GetRecordOptions,
  ListRecordsOptions,
  NsidCollection,
  PutRecordOptions,
  RecordEntry,
  RecordPage,
  SingleRecord,
  UpdateRecordOptions,
  WrittenRecord,
} from "./core/collection.ts";
export type { AccountOutlook } from "./auth/accounts.ts";
export type { Checks } from "./validate/checks.ts";
export type { ExplainedAuth, ExplainedBudget, ExplainedRepetition, Explanation } from "./explain/explanation.ts";
export type { ServiceOptions } from "./core/services.ts";
export type { RouteOption, ServiceAuthOption } from "./routing/own-routes.ts";
export type { CollectOptions } from "./core/paging.ts";
export { ZERO_CURSOR } from "./core/paging.ts";
export type {
  CursorMode,
  Delivery,
  ResumedList,
  ResumedPage,
  ResumeOptions,
  ResumeProgress,
} from "./core/resumed-list.ts";
export type { CursorName, CursorPosition, Cursors } from "./cursors/cursors.ts";
export type { CursorKey, CursorRow, CursorState, SessionSummary } from "./storage/ports.ts";
export type { StorageOption } from "./storage/create.ts";
export type { DatabaseOption, OwnConnection, PostgresSettings } from "./storage/mikro-orm/config.ts";
export type { Storage } from "./storage/ports.ts";
export type {
  CallOptions,
  HeaderInput,
  RetryDecision,
  RetryFailure,
  RetryOptions,
  ValidateOptions,
} from "./core/options.ts";
export type { BinaryInput } from "./core/input.ts";
export type { MediaOptions } from "./media/options.ts";
export type { MediaSource } from "./media/source.ts";
export type { ImageSlot } from "./media/image-slot.ts";
export type { PreparedImage } from "./media/image.ts";
export type { UploadBlobOptions, UploadProgress } from "./media/upload-blob.ts";
export type { UploadedImage, UploadImageOptions } from "./media/upload-image.ts";
export type { VideoCaption } from "./media/video-captions.ts";
export { prepareImage, probeVideo } from "./media/offline.ts";
export type { VideoProbe } from "./media/video-probe.ts";
export type { VideoProgress } from "./media/video-run.ts";
export type { UploadedVideo, UploadVideoOptions } from "./media/video-upload.ts";
export type { EventStream } from "./core/event-stream.ts";
export type { Jetstream, JetstreamParams, Labels, LabelsQuery } from "./subscriptions.ts";
export type {
  HandleOptions,
  ReconnectOptions,
  StreamNotices,
  StreamOptions,
  StreamResumeOptions,
} from "./core/stream-options.ts";
export type { BatchOptions, BatchResults } from "./records/batch.ts";
export type { BatchedDeletion, BatchedRecord, BatchWrite, BatchWrites } from "./records/batch-writes.ts";
export type { Batch } from "./records/create-batch.ts";
export type { ClientRecords } from "./records/records.ts";
export type { Profile, ProfileOptions, Profiles } from "./profiles/profiles.ts";

// For the database itself.
export type { ClientDatabase, DatabaseStatus } from "./storage/client-database.ts";

// For writing a lot.
export type { BudgetStatus, BudgetWindowStatus, ClientBudget } from "./budget/client-budget.ts";
export type { BudgetLimits, BudgetOptions } from "./budget/options.ts";
export type { BudgetDecision, BudgetPolicy, BudgetShortage } from "./core/budget-shortage.ts";

// For writing posts.
export { Post } from "./post/post.ts";
export { RichText } from "./richtext/rich-text.ts";
export type { ActionOptions, CreatePostOptions, CreateThreadOptions, Lists, Postable } from "./actions.ts";
export type * from "./post/content.ts";
export type { PostName } from "./post/read.ts";
export type { ActorReference } from "./social/actor.ts";
export type { SocialRef } from "./social/relation.ts";
export type { ListReference } from "./social/social.ts";

// For reading the log of calls.
export type { CallLog, LogFilter, LogOptions, LogPruneOptions, LogQuery, LogTimelineOptions } from "./log/call-log.ts";
export type { CallAttempt, CallPeriod, CallRow, CallState, CallStats, RateLimitSnapshot } from "./storage/ports.ts";

// For handling failures.
export {
  AuthenticationError,
  AuthFactorTokenRequiredError,
  IncompatibleMediaError,
  InsufficientScopeError,
  InvalidResponseError,
  isDeclaredError,
  MediaError,
  MediaTooLargeError,
  NetworkError,
  NotAuthenticatedError,
  RateLimitError,
  SessionError,
  SkylexError,
  TimeoutError,
  UploadError,
  UpstreamError,
  ValidationError,
  XrpcError,
} from "./core/errors.ts";
export { BatchError, RecordConflictError, UnsettledError } from "./core/write-errors.ts";
export { StreamError } from "./core/stream-error.ts";
export { RateLimitExceededError } from "./core/budget-shortage.ts";
export { StorageError } from "./storage/errors.ts";
export type { StorageErrorCode } from "./storage/errors.ts";
export { CursorError } from "./core/cursor-error.ts";
export type { CursorErrorReason } from "./core/cursor-error.ts";
export type { DeclaredError, HttpInfo, SessionErrorReason, UploadJob } from "./core/errors.ts";
export type { Issue, Rule } from "./core/issue.ts";

// For working with data: the types of every lexicon document, `AppBskyFeedDefs.PostView`, and what they are made of.
export type * from "../generated/types.ts";
export type * from "./core/formats.ts";
export type * from "./core/jetstream-events.ts";
export type * from "./core/stream-events.ts";
export { unknownMember } from "./core/definition.ts";

// For those who build on top: definitions, the tree of methods, and what can be injected.
export type {
  Definition,
  DefinitionModules,
  Documents,
  PagedQuery,
  Procedure,
  Query,
  RecordDefinition,
  RecordKeyKind,
  Subscription,
  Vocabulary,
} from "./core/definition.ts";
export type { Call, Caller } from "./core/namespace.ts";
export type { Clock } from "./core/clock.ts";
export type { Fetch, ResponseHeaders } from "./core/transport.ts";
export type { Logger, LogLevel } from "./core/logger.ts";
