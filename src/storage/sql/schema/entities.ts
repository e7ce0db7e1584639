import type { EntitySchema } from "@mikro-orm/core";
import { defineEntity, p } from "@mikro-orm/core";
import { FAILED_STATES } from "../../shared/call-rows.ts";
import { BigIntegerType, FlagType, TimestampType } from "./column-types.ts";
import type { Dialect } from "../connection/drivers.ts";

const id = () => p.type(BigIntegerType).primary().autoincrement();
const text = () => p.text();
const instant = () => p.type(TimestampType);

/** One row per call: successes, errors, local refusals. Keeps pysky's columns, adds after them. */
const callSchema = (dialect: Dialect) =>
  defineEntity({
    name: "SkylexCall",
    tableName: "bsky_api_call_log",
    properties: {
      id: id(),
      timestamp: instant(),
      hostname: text(),
      endpoint: text(),
      requestDid: text().nullable(),
      cursorKey: text().nullable(),
      cursorPassed: text().nullable(),
      cursorReceived: text().nullable(),
      method: text().nullable(),
      httpStatusCode: p.integer().nullable(),
      params: text().nullable(),
      exceptionClass: text().nullable(),
      exceptionText: text().nullable(),
      exceptionResponse: text().nullable(),
      responseKeys: text().nullable(),
      writeOpPointsConsumed: p.integer().default(0),
      sessionWasRefreshed: p.type(FlagType).nullable(),
      durationMicroseconds: p.type(BigIntegerType).nullable(),
      callId: text().nullable(),
      state: text(),
      attempts: p.integer().default(0),
      attemptLog: text().nullable(),
      retryWaitMs: p.integer().default(0),
      service: text().nullable(),
      proxy: text().nullable(),
      subjectUri: text().nullable(),
      requestBytes: p.type(BigIntegerType).nullable(),
      responseBytes: p.type(BigIntegerType).nullable(),
      rateLimit: text().nullable(),
      budgetKey: text().nullable(),
      budgetPoints: p.integer().nullable(),
      budgetAt: instant().nullable(),
    },
    indexes: [
      {
        name: "bsky_api_call_log_budget_idx",
        properties: ["budgetKey", "budgetAt", "budgetPoints"],
        where: { budgetKey: { $ne: null } },
      },
      {
        name: "bsky_api_call_log_failed_idx",
        properties: ["timestamp", "id"],
        where: { state: { $in: [...FAILED_STATES] } },
      },
      { name: "bsky_api_call_log_timestamp_idx", properties: ["timestamp"] },
      {
        name: "bsky_api_call_log_endpoint_idx",
        properties: dialect === "sqlite" ? ["endpoint", "timestamp"] : ["endpoint"],
      },
      { name: "bsky_api_call_log_did_timestamp_idx", properties: ["requestDid", "timestamp"] },
    ],
  });

/** One row per (service, account): the newest session, alive, or dead with its reason in `exception`. */
const SessionSchema = defineEntity({
  name: "SkylexSession",
  tableName: "bsky_session",
  properties: {
    id: id(),
    service: text(),
    did: text(),
    handle: text().nullable(),
    bskyAuthUsername: text().nullable(),
    accessJwt: text(),
    refreshJwt: text(),
    createMethod: p.integer(),
    pdsServiceEndpoint: text().nullable(),
    accessExpiresAt: instant().nullable(),
    refreshExpiresAt: instant().nullable(),
    generation: p.integer(),
    exception: text().nullable(),
    createdAt: instant(),
    updatedAt: instant(),
  },
  uniques: [{ name: "bsky_session_service_did_unique", properties: ["service", "did"] }],
});

/** A name, for instance one account's session, held by one process at a time until `expiresAt` (epoch ms by the database's clock). */
const LeaseSchema = defineEntity({
  name: "SkylexLease",
  tableName: "skylex_lease",
  properties: {
    name: p.text().primary(),
    token: text(),
    expiresAt: p.type(BigIntegerType),
  },
});

/** One row per window of a budget: what its rows in the log add up to, and what the server says of it. Locked by who claims. */
const BudgetSchema = defineEntity({
  name: "SkylexBudget",
  tableName: "bsky_write_budget",
  properties: {
    budgetKey: p.text().primary(),
    seconds: p.integer().primary(),
    used: p.integer(),
    since: instant(),
    countedAt: instant().nullable(),
    warnedAt: instant().nullable(),
    serverLimit: p.integer().nullable(),
    serverRemaining: p.integer().nullable(),
    serverResetAt: instant().nullable(),
    updatedAt: instant(),
  },
});

/** One row per account that was looked up; `error` says why there is no profile. */
const ProfileSchema = defineEntity({
  name: "SkylexProfile",
  tableName: "bsky_user_profile",
  properties: {
    id: id(),
    did: text().nullable(),
    handle: text().nullable(),
    displayName: text().nullable(),
    followersCount: p.integer().nullable(),
    followsCount: p.integer().nullable(),
    postsCount: p.integer().nullable(),
    labels: text().nullable(),
    description: text().nullable(),
    avatar: text().nullable(),
    createdAt: instant().nullable(),
    updatedAt: instant(),
    associatedLists: p.integer().nullable(),
    associatedFeedgens: p.integer().nullable(),
    associatedStarterPacks: p.integer().nullable(),
    associatedLabeler: p.type(FlagType).nullable(),
    viewerDid: text().nullable(),
    viewerMuted: p.type(FlagType).nullable(),
    viewerBlockedBy: p.type(FlagType).nullable(),
    viewerBlocking: text().nullable(),
    error: text().nullable(),
    errorName: text().nullable(),
    errorAt: instant().nullable(),
    fetchedAt: instant().nullable(),
  },
  uniques: [{ name: "bsky_user_profile_did_unique", properties: ["did"] }],
  indexes: [{ name: "bsky_user_profile_handle_idx", properties: ["handle"] }],
});

/** How far something has been read: one row per (account, service, endpoint, key). Lists of marks are JSON. */
const CursorSchema = defineEntity({
  name: "SkylexCursor",
  tableName: "bsky_cursor",
  properties: {
    id: id(),
    account: text(),
    service: text(),
    endpoint: text(),
    key: text(),
    mode: text(),
    paramsHash: text().nullable(),
    cursor: text().nullable(),
    state: text(),
    lastPageIds: text().nullable(),
    knownIds: text().nullable(),
    pendingIds: text().nullable(),
    pages: p.type(BigIntegerType),
    items: p.type(BigIntegerType),
    version: p.type(BigIntegerType),
    createdAt: instant(),
    updatedAt: instant(),
  },
  uniques: [{ name: "bsky_cursor_key_unique", properties: ["account", "service", "endpoint", "key"] }],
});

/** One row per post of an account of ours; `clientUniqueKey` is the user's own name for it. */
const postSchema = (CallSchema: ReturnType<typeof callSchema>) =>
  defineEntity({
    name: "SkylexPost",
    tableName: "bsky_post",
    properties: {
      id: id(),
      apilogId: () => p.manyToOne(CallSchema).nullable().fieldName("apilog_id").mapToPk().deleteRule("set null"),
      repo: text(),
      rkey: text(),
      uri: text(),
      cid: text().nullable(),
      clientUniqueKey: text().nullable(),
      contentHash: text().nullable(),
      replyTo: text().nullable(),
      rootUri: text().nullable(),
      rootCid: text().nullable(),
      state: text(),
      createdAt: instant(),
      updatedAt: instant(),
    },
    uniques: [
      { name: "bsky_post_uri_unique", properties: ["uri"] },
      { name: "bsky_post_repo_key_unique", properties: ["repo", "clientUniqueKey"] },
    ],
    indexes: [{ name: "bsky_post_apilog_id_idx", properties: ["apilogId"] }],
  });
/** One row per file of an account that is on its way to the video service in parts. */
const UploadSchema = defineEntity({
  name: "SkylexUpload",
  tableName: "bsky_upload",
  properties: {
    id: id(),
    did: text(),
    contentHash: text(),
    size: p.type(BigIntegerType),
    jobId: text(),
    partSize: p.type(BigIntegerType),
    partCount: p.type(BigIntegerType),
    expiresAt: instant(),
    createdAt: instant(),
    updatedAt: instant(),
  },
  uniques: [{ name: "bsky_upload_content_unique", properties: ["did", "contentHash", "size"] }],
});

/** The tables of a database. The index of endpoints is not the same in both: see migration 0007. */
export function entitiesOf(dialect: Dialect): readonly EntitySchema[] {
  const CallSchema = callSchema(dialect);
  return [
    SessionSchema,
    CallSchema,
    BudgetSchema,
    ProfileSchema,
    CursorSchema,
    postSchema(CallSchema),
    UploadSchema,
    LeaseSchema,
  ];
}
