import type { AppBskyFeedPost } from "skylex";
import { Client } from "skylex";

const client = new Client({ service: "http://localhost" });
const timeline = await client.app.bsky.feed.getTimeline({ limit: 50 });
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
const { thread } = await client.app.bsky.feed.getPostThread({ uri: "at://did:plc:abc/app.bsky.feed.post/1", depth: 3 });
if (thread.$type === "app.bsky.feed.defs#threadViewPost") console.log(thread.post.uri, thread.replies?.length);
const record: AppBskyFeedPost.Main = {
  $type: "app.bsky.feed.post",
  text: "hi",
  createdAt: new Date().toISOString(),
};
const created = await client.com.atproto.repo.createRecord({
  repo: "did:plc:abc",
  collection: "app.bsky.feed.post",
  record,
});
console.log(created.uri);
