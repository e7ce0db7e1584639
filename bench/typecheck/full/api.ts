import type { AppBskyFeedPost } from "@atproto/api";
import { AppBskyEmbedImages, AppBskyEmbedRecord, AppBskyFeedDefs, AtpAgent } from "@atproto/api";

const agent = new AtpAgent({ service: "http://localhost" });
const timeline = await agent.app.bsky.feed.getTimeline({ limit: 50 });
for (const { post } of timeline.data.feed) {
  const { embed } = post;
  if (AppBskyEmbedImages.isView(embed)) {
    const count: number = embed.images.length;
    console.log(count, embed.images[0]?.thumb);
  } else if (AppBskyEmbedRecord.isView(embed)) {
    if (AppBskyEmbedRecord.isViewRecord(embed.record)) console.log(embed.record.author.handle);
  }
  const author: string = post.author.handle;
  console.log(author);
}
const { data } = await agent.app.bsky.feed.getPostThread({ uri: "at://did:plc:abc/app.bsky.feed.post/1", depth: 3 });
if (AppBskyFeedDefs.isThreadViewPost(data.thread)) console.log(data.thread.post.uri, data.thread.replies?.length);
// Its types refuse a plain string as a date.
const record: AppBskyFeedPost.Record = {
  $type: "app.bsky.feed.post",
  text: "hi",
  createdAt: new Date().toISOString() as "2026-01-01T00:00:00.000Z",
};
const created = await agent.com.atproto.repo.createRecord({
  repo: "did:plc:abc",
  collection: "app.bsky.feed.post",
  record: { ...record },
});
console.log(created.data.uri);
