import type {} from "@atcute/atproto";
import type { AppBskyFeedPost } from "@atcute/bluesky";
import { Client, ok, simpleFetchHandler } from "@atcute/client";

const client = new Client({ handler: simpleFetchHandler({ service: "http://localhost" }) });
const timeline = await ok(client.get("app.bsky.feed.getTimeline", { params: { limit: 50 } }));
for (const { post } of timeline.feed) {
  const { embed } = post;
  if (embed?.$type === "app.bsky.embed.images#view") {
    const count: number = embed.images.length;
    console.log(count, embed.images[0]?.thumb);
  } else if (embed?.$type === "app.bsky.embed.record#view") {
    if (embed.record.$type === "app.bsky.embed.record#viewRecord") console.log(embed.record.author.handle);
  }
  const author: string = post.author.handle;
  console.log(author);
}
const { thread } = await ok(
  client.get("app.bsky.feed.getPostThread", {
    params: { uri: "at://did:plc:abc/app.bsky.feed.post/1", depth: 3 },
  }),
);
if (thread.$type === "app.bsky.feed.defs#threadViewPost") console.log(thread.post.uri, thread.replies?.length);
const record: AppBskyFeedPost.Main = {
  $type: "app.bsky.feed.post",
  text: "hi",
  createdAt: new Date().toISOString(),
};
const created = await ok(
  client.post("com.atproto.repo.createRecord", {
    input: { repo: "did:plc:abc", collection: "app.bsky.feed.post", record },
  }),
);
console.log(created.uri);
