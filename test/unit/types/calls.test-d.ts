import { appBskyFeedGetTimeline, comAtprotoRepoCreateRecord } from "../../../generated/definitions.ts";
import type {
  AppBskyActorDefs,
  AppBskyFeedDefs,
  AppBskyFeedGetTimeline,
  AppBskyVideoDefs,
  AtUri,
  CallPromise,
  Datetime,
  Did,
  Handle,
  PagePromise,
} from "../../../src/index.ts";
import { Client } from "../../../src/index.ts";
import { equal } from "./equal.ts";

const client = new Client();
declare const text: string;
declare const did: Did;
declare const handle: Handle;
declare const uri: AtUri;

/** Results are what the lexicons say. */
export async function results(): Promise<void> {
  const timeline = client.app.bsky.feed.getTimeline({ limit: 10 });
  equal<typeof timeline, PagePromise<AppBskyFeedGetTimeline.Output, AppBskyFeedDefs.FeedViewPost, never>>(true);
  equal<Awaited<typeof timeline>, AppBskyFeedGetTimeline.Output>(true);
  for await (const item of timeline) {
    equal<typeof item, AppBskyFeedDefs.FeedViewPost>(true);
    equal<typeof item.post.uri, AtUri>(true);
    equal<typeof item.post.indexedAt, Datetime>(true);
  }
  for await (const { feed, cursor } of timeline.pages()) {
    equal<typeof feed, AppBskyFeedDefs.FeedViewPost[]>(true);
    equal<typeof cursor, string | undefined>(true);
  }
  const profile = await client.app.bsky.actor.getProfile({ actor: text });
  equal<typeof profile, AppBskyActorDefs.ProfileViewDetailed>(true);
  equal<typeof profile.did, Did>(true);
  equal<typeof profile.followersCount, number | undefined>(true);
  const bytes = await client.com.atproto.sync.getRepo({ did: text });
  equal<typeof bytes, Uint8Array>(true);
  const nothing = await client.app.bsky.actor.putPreferences({ preferences: [] });
  equal<typeof nothing, undefined>(true);
  const { data, http } = await client.app.bsky.actor.getProfile({ actor: text }).withResponse();
  equal<typeof data, AppBskyActorDefs.ProfileViewDetailed>(true);
  equal<typeof http.status, number>(true);
}

/** A method that does not page is no list. */
export async function notAList(): Promise<void> {
  // @ts-expect-error getProfile has no items
  for await (const _ of client.app.bsky.actor.getProfile({ actor: text }));
}

/** Plain strings are accepted wherever a format is asked for; formats are not mixed up. */
export function formats(): void {
  client.app.bsky.feed.getPostThread({ uri: text });
  client.app.bsky.feed.getPostThread({ uri });
  client.com.atproto.sync.getRepo({ did });
  client.com.atproto.sync.getRepo({ did: "did:plc:x" });
  client.app.bsky.actor.getProfile({ actor: did });
  client.app.bsky.actor.getProfile({ actor: handle });
  // @ts-expect-error a handle is no DID
  client.com.atproto.sync.getRepo({ did: handle });
  // @ts-expect-error an at:// URI is no account
  client.app.bsky.actor.getProfile({ actor: uri });
  const plain: string = did;
  void plain;
}

/** Wrong parameters do not compile. */
export function parameters(): void {
  // @ts-expect-error uri is required
  client.app.bsky.feed.getPostThread();
  // @ts-expect-error uri is required
  client.app.bsky.feed.getPostThread({});
  // @ts-expect-error limit is a number
  client.app.bsky.feed.getTimeline({ limit: "10" });
  // @ts-expect-error misspelt
  client.app.bsky.feed.getTimeline({ limits: 10 });
  // @ts-expect-error misspelt
  client.app.bsky.feed.getTimelime();
  // @ts-expect-error misspelt
  client.app.bsky.feeds.getTimeline();
  // @ts-expect-error not an option
  client.app.bsky.feed.getTimeline({}, { timeouts: 1 });
  // @ts-expect-error takes no parameters
  client.com.atproto.server.describeServer({ a: 1 });
  client.app.bsky.feed.getPosts({ uris: ["at://x"] as const });
  client.app.bsky.feed.getTimeline({ limit: undefined, cursor: undefined });
}

/** Input: bytes where bytes are taken, URL parameters where they are required. */
export function input(): void {
  client.com.atproto.repo.uploadBlob(new Uint8Array());
  client.com.atproto.repo.uploadBlob(new Blob([]), { encoding: "image/png" });
  // @ts-expect-error bytes are needed
  client.com.atproto.repo.uploadBlob({});
  // @ts-expect-error bytes are needed
  client.com.atproto.repo.uploadBlob();
  client.app.bsky.video.uploadVideo(new Uint8Array(), { params: { did: text, name: "a.mp4" } });
  // L6: as the video service answers, not as the lexicon says
  const upload = client.app.bsky.video.uploadVideo(new Uint8Array());
  equal<Awaited<typeof upload>, AppBskyVideoDefs.JobStatus>(true);
  client.app.bsky.video.uploadVideo(new Uint8Array(), { params: { did: text } });
  // @ts-expect-error bytes are needed
  client.app.bsky.video.uploadVideo();
  client.com.atproto.repo.createRecord({ repo: text, collection: "app.bsky.feed.post", record: { text: "x" } });
  // @ts-expect-error a record is an object
  client.com.atproto.repo.createRecord({ repo: text, collection: "app.bsky.feed.post", record: "x" });
  client.com.atproto.server.deleteSession();
  client.com.atproto.server.refreshSession(undefined, { headers: { authorization: "Bearer x" } });
  // @ts-expect-error takes no input
  client.com.atproto.server.refreshSession({ a: 1 });
}

/** Calls by name: typed for known literals, untyped for any other string, an error for a name that must be a mistake. */
export async function byName(): Promise<void> {
  const thread = client.get("app.bsky.feed.getPostThread", { uri: text });
  equal<typeof thread, ReturnType<typeof client.app.bsky.feed.getPostThread>>(true);
  const prefixed = client.get("xrpc/app.bsky.feed.getTimeline", { limit: 1 });
  equal<typeof prefixed, ReturnType<typeof client.app.bsky.feed.getTimeline>>(true);
  const created = client.post("com.atproto.repo.createRecord", { repo: text, collection: text, record: {} });
  equal<typeof created, ReturnType<typeof client.com.atproto.repo.createRecord>>(true);
  client.post("app.bsky.video.uploadPart", new Uint8Array(), { params: { jobId: "1", partNumber: 1 } });
  // @ts-expect-error uri is required
  client.get("app.bsky.feed.getPostThread", {});
  // @ts-expect-error misspelt parameter
  client.get("app.bsky.feed.getPostThread", { url: text });
  // @ts-expect-error misspelt NSID
  client.get("app.bsky.feed.getPostThred", { uri: text });
  // @ts-expect-error misspelt NSID
  client.get("xrpc/com.atproto.repo.getRecrod", { uri: text });
  // @ts-expect-error a procedure
  client.get("com.atproto.repo.createRecord", { repo: text, collection: text, record: {} });
  // @ts-expect-error a query
  client.post("app.bsky.feed.getTimeline", {});

  equal<Awaited<ReturnType<typeof untyped>>, unknown>(true);
  await client.get("com.example.find", { anything: [1, true, "x"] });
  await client.get("app.bsky.feed.newerThanThese" as string, { uri: text });
  await client.post("com.example.put", new Uint8Array(), { encoding: "image/png", params: { a: 1 } });
}
const untyped = (): CallPromise<unknown> => client.get(text, { a: 1 });

/** Calls by definition are typed like methods. */
export function byDefinition(): void {
  const timeline = client.call(appBskyFeedGetTimeline, { limit: 1 });
  equal<typeof timeline, ReturnType<typeof client.app.bsky.feed.getTimeline>>(true);
  const created = client.call(comAtprotoRepoCreateRecord, { repo: text, collection: text, record: {} });
  equal<typeof created, ReturnType<typeof client.com.atproto.repo.createRecord>>(true);
  // @ts-expect-error limit is a number
  client.call(appBskyFeedGetTimeline, { limit: "1" });
  // @ts-expect-error repo is missing
  client.call(comAtprotoRepoCreateRecord, { collection: text, record: {} });
}
