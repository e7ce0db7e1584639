import { Client, l } from "@atproto/lex";
import { app } from "lex-tree";

const client = new Client({ service: "http://localhost" });
const timeline = await client.call(app.bsky.feed.getTimeline, { limit: 50 });
for (const { post } of timeline.feed) {
  const { embed } = post;
  if (embed && app.bsky.embed.images.view.$isTypeOf(embed)) {
    const count: number = embed.images.length;
    console.log(count, embed.images[0]?.thumb);
  } else if (embed && app.bsky.embed.record.view.$isTypeOf(embed)) {
    if (app.bsky.embed.record.viewRecord.$isTypeOf(embed.record)) console.log(embed.record.author.handle);
  }
  const author: string = post.author.handle;
  console.log(author);
}
const { thread } = await client.call(app.bsky.feed.getPostThread, {
  uri: "at://did:plc:abc/app.bsky.feed.post/1",
  depth: 3,
});
if (app.bsky.feed.defs.threadViewPost.$isTypeOf(thread)) console.log(thread.post.uri, thread.replies?.length);
const created = await client.create(app.bsky.feed.post, { text: "hi", createdAt: l.currentDatetimeString() });
console.log(created.uri);
