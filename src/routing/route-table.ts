import type { ServiceTokenRequest } from "../core/call/call-account.ts";
import { accountsServer } from "../core/call/call-account.ts";
import type { Services } from "../core/services.ts";

/** Where a call goes: the account's own server, the server it logs in at, or an origin. */
export type Host = "account" | "login" | `http${string}`;

/** What is known of a kind of endpoint: where it is, and how it wants to be asked. */
export interface Route {
  /** NSID, or a namespace that ends in `.*`; `*` is for all others */
  readonly nsid: string;
  readonly kind?: "query" | "procedure";
  /** Host with an account */
  readonly host: Host;
  /** Host without an account; absent where there must be one */
  readonly anonymous?: Host;
  /** What proves who is asking. `session`, the default: the access token */
  readonly token?: "session" | "refresh" | "none" | ServiceTokenRequest;
  /** Service that the account's server passes the call on to, `did#id` */
  readonly proxy?: string | undefined;
  /** What must be configured before such a call makes sense */
  readonly needs?: string;
  /** Parameter that names a repository: the call goes to the server that has it, if that is not the account's own */
  readonly repo?: string;
  /** In one sentence, for people */
  readonly why: string;
  /** Where that can be looked up */
  readonly source: string;
}

const pdsSource = "https://github.com/bluesky-social/atproto/tree/main/packages/pds/src";
const directory = "https://docs.bsky.app/docs/advanced-guides/api-directory";
const videoTutorial = "https://docs.bsky.app/docs/tutorials/video";
const videoApp = "https://github.com/bluesky-social/social-app/tree/main/src/lib/media/video";

/** Seconds, as the public app asks for: a video is stored when it has been processed, with the token it came with. */
const uploadSeconds = 30 * 60;

/**
 * Reads of the AppView about whoever asks: it answers them with 401 where nobody signs in. Lexicons say so of most, in their
 * descriptions; the AppView's own code says it of all.
 */
const aboutTheViewer = [
  "actor.getPreferences",
  "ageassurance.getState",
  "bookmark.getBookmarks",
  "contact.getMatches",
  "contact.getSyncStatus",
  "draft.getDrafts",
  "feed.getActorLikes",
  "feed.getTimeline",
  "graph.getBlocks",
  "graph.getKnownFollowers",
  "graph.getListBlocks",
  "graph.getListMutes",
  "graph.getListsWithMembership",
  "graph.getMutes",
  "graph.getStarterPacksWithMembership",
  "notification.getPreferences",
  "notification.getUnreadCount",
  "notification.listActivitySubscriptions",
  "notification.listNotifications",
  "unspecced.getAgeAssuranceState",
];

/**
 * Where calls go when nobody says otherwise. The most specific row counts: a whole NSID, then the longest namespace.
 */
export function publicRoutes({ appview, chat, ozone, video }: Services): readonly Route[] {
  // The service stores the video in the account's name, and takes the same token for all that leads there.
  const upload = { aud: accountsServer, lxm: "com.atproto.repo.uploadBlob", seconds: uploadSeconds };
  // What is handed over last is what the video is stored with, minutes later.
  const store = { ...upload, left: uploadSeconds - 5 * 60 };
  const toVideo = (name: string, token: "none" | ServiceTokenRequest, source: string, why: string): Route => ({
    nsid: `app.bsky.video.${name}`,
    host: video.url as Host,
    ...(token === "none" && { anonymous: video.url as Host }),
    token,
    why,
    source,
  });
  const stores = "video: the service stores it at the account's own server, with a token for that server";
  return [
    ...["createAccount", "createSession", "requestPasswordReset", "reserveSigningKey", "resetPassword"].map(
      (name): Route => ({
        nsid: `com.atproto.server.${name}`,
        host: "login",
        anonymous: "login",
        token: "none",
        why: "makes or mends an account or its session, so it works without one",
        source: `${pdsSource}/api/com/atproto/server`,
      }),
    ),
    ...["refreshSession", "deleteSession"].map((name): Route => ({
      nsid: `com.atproto.server.${name}`,
      host: "account",
      token: "refresh",
      why: "takes the refresh token in place of the access token",
      source: "https://docs.bsky.app/docs/api/com-atproto-server-refresh-session",
    })),
    {
      nsid: "com.atproto.server.describeServer",
      host: "account",
      anonymous: "login",
      why: "a server describes itself to anybody",
      source: "https://docs.bsky.app/docs/api/com-atproto-server-describe-server",
    },
    {
      nsid: "com.atproto.server.*",
      host: "account",
      why: "about the account itself",
      source: `${pdsSource}/api/com/atproto/server`,
    },
    {
      nsid: "com.atproto.admin.*",
      host: "account",
      why: "administration of the server itself",
      source: `${pdsSource}/api/com/atproto/admin`,
    },
    ...["getRecord", "listRecords", "describeRepo"].map((name): Route => ({
      nsid: `com.atproto.repo.${name}`,
      host: "account",
      anonymous: appview as Host,
      repo: "repo",
      why: "a repository is read where it is",
      source: directory,
    })),
    ...["getBlob", "getBlocks", "getLatestCommit", "getRecord", "getRepo", "getRepoStatus", "listBlobs"].map(
      (name): Route => ({
        nsid: `com.atproto.sync.${name}`,
        host: "account",
        anonymous: appview as Host,
        repo: "did",
        why: "a repository is read where it is",
        source: directory,
      }),
    ),
    ...["identity.getRecommendedDidCredentials", "repo.listMissingBlobs"].map((name): Route => ({
      nsid: `com.atproto.${name}`,
      host: "account",
      why: "about the account itself",
      source: `${pdsSource}/api/com/atproto`,
    })),
    {
      nsid: "com.atproto.moderation.createReport",
      host: "account",
      proxy: ozone,
      why: "reports go to the moderation service, by the account's server",
      source: "https://atproto.com/guides/subscriptions",
    },
    {
      nsid: "tools.ozone.*",
      host: "account",
      proxy: ozone,
      needs: "services.ozone",
      why: "the work of a moderation service, reached through the account's server",
      source: `${pdsSource}/pipethrough.ts`,
    },
    {
      nsid: "chat.bsky.*",
      host: "account",
      proxy: chat,
      why: "direct messages are a service of their own, reached through the account's server",
      source: directory,
    },
    toVideo("getJobStatus", "none", videoTutorial, "video: the state of a job is public"),
    toVideo(
      "getUploadLimits",
      { aud: video.did, lxm: undefined },
      videoTutorial,
      "video: the service itself is asked, with a token for it",
    ),
    toVideo("uploadVideo", store, videoTutorial, stores),
    ...["startUpload", "uploadPart", "getUploadStatus", "abortUpload"].map((name) =>
      toVideo(name, upload, `${videoApp}/multipart`, stores),
    ),
    toVideo("finishUpload", store, `${videoApp}/multipart`, stores),
    toVideo("*", { aud: video.did, lxm: undefined }, directory, "video: a service of its own, with a token for it"),
    ...aboutTheViewer.map((name): Route => ({
      nsid: `app.bsky.${name}`,
      host: "account",
      why: "about the account that asks, so there must be one",
      source: "https://github.com/bluesky-social/atproto/tree/main/packages/bsky/src/api/app/bsky",
    })),
    {
      nsid: "*",
      kind: "query",
      host: "account",
      anonymous: appview as Host,
      why: "reads go to the account's server, which asks the AppView; without an account to the public AppView",
      source: directory,
    },
    {
      nsid: "*",
      kind: "procedure",
      host: "account",
      why: "writes go to the account's server",
      source: directory,
    },
  ];
}
