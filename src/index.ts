// For everybody: the client and what its calls return.
export { Client } from "./client/client.ts";
export type { ClientSession } from "./auth/current-account.ts";
export type { ClientSessions } from "./auth/accounts.ts";
export type { ClientOptions, ViewOptions } from "./client/options.ts";
export type { LoginOptions } from "./auth/login.ts";
export type { ServiceAuthRequest } from "./auth/service-tokens.ts";
export type { SessionInfo } from "./auth/session/session.ts";
export type { SessionEvent, SessionListener } from "./auth/session/session-events.ts";
export type { CallPromise, Result } from "./core/call/call-promise.ts";
export type { PagePromise } from "./core/call/page-promise.ts";
export type { Collection, NsidCollection, SingletonRecord } from "./core/lexicon/collection.ts";
export type { AccountPreview } from "./auth/accounts.ts";
export type { Checks } from "./validate/checks.ts";
export type { ExplainedAuth, ExplainedBudget, ExplainedRepetition, Explanation } from "./explain/explanation.ts";
export type { ServiceOptions } from "./core/services.ts";
export type { RouteOption, ServiceAuthOption } from "./routing/custom-routes.ts";
export type { CollectOptions } from "./core/call/paging.ts";
export { ZERO_CURSOR } from "./core/call/paging.ts";
export type {
  CursorMode,
  Delivery,
  ResumedList,
  ResumedPage,
  ResumeOptions,
  ResumeProgress,
} from "./core/call/resumed-list.ts";
export type { CursorName, CursorPosition, Cursors } from "./cursors/cursors.ts";
export type { CursorKey, CursorRow, CursorState, SessionSummary } from "./storage/ports/index.ts";
export type { StorageOption } from "./storage/create.ts";
export type { DatabaseOption, OwnConnection, PostgresSettings } from "./storage/sql/connection/config.ts";
export type { Storage } from "./storage/ports/index.ts";
export type {
  CallOptions,
  HeaderInput,
  RetryDecision,
  RetryFailure,
  RetryOptions,
  ValidateOptions,
} from "./core/call/options.ts";
export type { BinaryInput } from "./core/call/input.ts";
export type { MediaOptions } from "./media/options.ts";
export type { MediaSource } from "./media/source/source.ts";
export type { ImageSlot } from "./media/image/image-slot.ts";
export type { UploadBlobOptions, UploadProgress } from "./media/upload-blob.ts";
export type { UploadedImage, UploadImageOptions } from "./media/image/upload-image.ts";
export type { VideoCaption } from "./media/video/captions.ts";
export { prepareImage, probeVideo } from "./media/prepare.ts";
export type { VideoProgress } from "./media/video/video-run.ts";
export type { UploadedVideo, UploadVideoOptions } from "./media/video/upload-video.ts";
export type { EventStream } from "./core/streams/event-stream.ts";
export type { Jetstream, JetstreamParams, Labels, LabelsQuery } from "./streams/subscribe.ts";
export type {
  HandleOptions,
  ReconnectOptions,
  StreamNotices,
  StreamOptions,
  StreamResumeOptions,
} from "./core/streams/stream-options.ts";
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
export type {
  BudgetDecision,
  BudgetPolicy,
  BudgetShortage,
  CursorErrorReason,
  DeclaredError,
  HttpInfo,
  SessionErrorReason,
  StorageErrorCode,
  UploadJob,
} from "./core/errors/index.ts";

// For writing posts.
export { Post } from "./posts/post.ts";
export { RichText } from "./richtext/rich-text.ts";
export type { ActionOptions, CreatePostOptions, CreateThreadOptions, Lists } from "./client/actions.ts";
export type * from "./posts/content.ts";
export type { Postable } from "./posts/take-content.ts";
export type { PostName } from "./posts/read.ts";
export type { ActorReference } from "./social/actor.ts";
export type { SocialRef } from "./social/relation.ts";
export type { ListReference } from "./social/social.ts";

// For reading the log of calls.
export type { CallLog, LogFilter, LogOptions, LogPruneOptions, LogQuery, LogTimelineOptions } from "./log/call-log.ts";
export type {
  CallAttempt,
  CallPeriod,
  CallRow,
  CallState,
  CallStats,
  RateLimitSnapshot,
} from "./storage/ports/index.ts";

// For handling failures.
export {
  AuthFactorTokenRequiredError,
  AuthenticationError,
  BatchError,
  CursorError,
  IncompatibleMediaError,
  InsufficientScopeError,
  InvalidResponseError,
  MediaError,
  MediaTooLargeError,
  NetworkError,
  NotAuthenticatedError,
  RateLimitError,
  RateLimitExceededError,
  RecordConflictError,
  SessionError,
  SkylexError,
  StorageError,
  StreamError,
  TimeoutError,
  UnsettledError,
  UploadError,
  UpstreamError,
  ValidationError,
  XrpcError,
  isDeclaredError,
} from "./core/errors/index.ts";
export type { Issue, Rule } from "./core/lexicon/issue.ts";

// For working with data: the types of every lexicon document, `AppBskyFeedDefs.PostView`, and what they are made of.
export type * from "../generated/types.ts";
export type * from "./core/lexicon/formats.ts";
export type * from "./core/streams/custom-records.ts";
export type * from "./core/streams/jetstream-events.ts";
export type * from "./core/streams/stream-events.ts";
export { unknownMember } from "./core/lexicon/definition.ts";

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
} from "./core/lexicon/definition.ts";
export type { Call, NamespaceOwner, Subscribe } from "./core/lexicon/namespace.ts";
export type { NamedArguments, NamedEndpoint, NamedResult, Unsaid } from "./client/endpoint-lookup.ts";
export type { Clock } from "./core/clock.ts";
export type { Fetch, ResponseHeaders } from "./core/http/transport.ts";
export type { Logger, LogLevel } from "./core/logger.ts";
export type {
  CollectionLike,
  CreateRecordOptions,
  DeletedRecord,
  DeleteRecordOptions,
  GetRecordOptions,
  ListRecordsOptions,
  PutRecordOptions,
  RecordEntry,
  RecordPage,
  UpdateRecordOptions,
  WrittenRecord,
} from "./core/lexicon/record-calls.ts";
export type { PreparedImage } from "./media/image/prepared-image.ts";
export type { VideoProbe } from "./media/video/video-probe.ts";
