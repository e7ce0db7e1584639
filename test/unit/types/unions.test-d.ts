import { appBskyFeedGetPostThread, comAtprotoRepoGetRecord } from "../../../generated/definitions.ts";
import type {
  AppBskyEmbedImages,
  AppBskyFeedDefs,
  AppBskyFeedPost,
  AppBskyRichtextFacet,
  ComAtprotoRepoApplyWrites,
  UnknownMember,
  UnknownObject,
} from "../../../src/index.ts";
import { Client, isDeclaredError, unknownMember } from "../../../src/index.ts";
import { equal } from "./equal.ts";

const client = new Client();

/** Open unions narrow by `===`. */
export async function byEquality(): Promise<string> {
  const { thread } = await client.app.bsky.feed.getPostThread({ uri: "at://x" });
  if (thread.$type === "app.bsky.feed.defs#threadViewPost") {
    equal<typeof thread, AppBskyFeedDefs.$ThreadViewPost>(true);
    return thread.post.author.handle;
  }
  if (thread.$type === "app.bsky.feed.defs#notFoundPost") return thread.uri;
  // @ts-expect-error neither a blocked post nor an unknown member has a post
  void thread.post;
  // @ts-expect-error no member of the union
  if (thread.$type === "app.bsky.feed.defs#threadViewPots") return "";
  return thread.$type;
}

/** Open unions narrow by `switch`, and the default arm is reachable. */
export async function bySwitch(): Promise<string> {
  const { posts } = await client.app.bsky.feed.getPosts({ uris: [] });
  const embed = posts[0]?.embed;
  if (embed === undefined) return "no embed";
  switch (embed.$type) {
    case "app.bsky.embed.images#view":
      return embed.images.map(({ alt }) => alt).join();
    case "app.bsky.embed.external#view":
      return embed.external.title;
    case "app.bsky.embed.video#view":
    case "app.bsky.embed.gallery#view":
    case "app.bsky.embed.record#view":
    case "app.bsky.embed.recordWithMedia#view":
      return embed.$type;
    default:
      equal<typeof embed, UnknownMember>(true);
      return `newer than the lexicons: ${embed.$type}`;
  }
}

/** Closed unions are exhausted by their members. */
export function closed(result: ComAtprotoRepoApplyWrites.Output): string[] {
  return (result.results ?? []).map((one) => {
    switch (one.$type) {
      case "com.atproto.repo.applyWrites#createResult":
      case "com.atproto.repo.applyWrites#updateResult":
        return one.uri;
      case "com.atproto.repo.applyWrites#deleteResult":
        return "";
    }
  });
}

const image: AppBskyEmbedImages.Image = {
  alt: "",
  image: { $type: "blob", ref: { $link: "bafy" }, mimeType: "image/png", size: 1 },
};

/** Members of unions are checked, by what their $type says they are. */
export const posts: AppBskyFeedPost.Main[] = [
  {
    $type: "app.bsky.feed.post",
    text: "hi",
    createdAt: new Date().toISOString(),
    embed: { $type: "app.bsky.embed.images", images: [image] },
  },
  {
    $type: "app.bsky.feed.post",
    text: "hi",
    createdAt: "",
    embed: unknownMember({ $type: "com.example.embed", anything: 1 }),
  },
  // @ts-expect-error images are missing
  { $type: "app.bsky.feed.post", text: "hi", createdAt: "", embed: { $type: "app.bsky.embed.images", image: [image] } },
  // @ts-expect-error not known, and not said to be so
  { $type: "app.bsky.feed.post", text: "hi", createdAt: "", embed: { $type: "com.example.embed", anything: 1 } },
  // @ts-expect-error a member without $type
  { $type: "app.bsky.feed.post", text: "hi", createdAt: "", embed: { images: [image] } },
  // @ts-expect-error another collection's $type
  { $type: "app.bsky.feed.like", text: "hi", createdAt: "" },
];

/** Known values complete, other strings are accepted. */
export const facet: AppBskyRichtextFacet.Main = {
  index: { byteStart: 0, byteEnd: 1 },
  features: [{ $type: "app.bsky.richtext.facet#tag", tag: "x" }],
};

/** Declared errors narrow, from a value and from a catch. */
export async function errors(): Promise<void> {
  const result = await client.app.bsky.feed.getPostThread({ uri: "at://x" }).result();
  if (result.ok) {
    equal<typeof result.data.thread.$type extends string ? true : false, true>(true);
  } else if (result.declared) {
    equal<typeof result.error.error, "NotFound">(true);
  }
  const feed = await client.app.bsky.feed.getFeed({ feed: "at://x" }).result();
  // @ts-expect-error not an error of getFeed
  if (!feed.ok && feed.declared && feed.error.error === "NotFound") return;
  try {
    await client.com.atproto.repo.getRecord({ repo: "", collection: "", rkey: "" });
  } catch (error) {
    if (isDeclaredError(comAtprotoRepoGetRecord, error)) equal<typeof error.error, "RecordNotFound">(true);
    if (isDeclaredError(appBskyFeedGetPostThread, error)) equal<typeof error.error, "NotFound">(true);
  }
}

/** Records: a guard from the accessor, for the open places where views carry them. */
export async function records(): Promise<string | undefined> {
  const { posts: views } = await client.app.bsky.feed.getPosts({ uris: [] });
  const record = views[0]?.record;
  equal<typeof record, UnknownObject | undefined>(true);
  if (client.app.bsky.feed.post.is(record)) {
    equal<typeof record.text, string>(true);
    return record.text;
  }
  equal<typeof client.app.bsky.feed.post.nsid, string>(true);
  return undefined;
}
