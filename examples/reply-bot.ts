/**
 * A bot that answers whoever mentions it: `node reply-bot.ts`, with `--once` to stop when there is nothing left.
 *
 * Where it stopped reading is kept in the database, and every answer has a key: killed at any moment and started again, it answers each
 * mention exactly once.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "skylex";

const once = process.argv.includes("--once");
await using client = new Client();

// The first run ever begins now: nobody wants an answer to what they wrote last year.
const mentions = client.app.bsky.notification.listNotifications({ reasons: ["mention"] });
console.log(`Answering as ${await client.did()}.`);

for (;;) {
  for await (const { uri, author, record } of mentions.resume("reply-bot", { start: "now", order: "oldest" })) {
    if (!client.app.bsky.feed.post.is(record)) continue;
    const words = record.text.split(/\s+/).filter(Boolean).length;
    const answer = await client.createPost(`@${author.handle} That was ${words} words, thank you for each of them.`, {
      replyTo: uri,
      key: `answer to ${uri}`,
      ifKeyExists: "return",
    });
    console.log(`${answer.existing ? "Answered before" : "Answered"}: @${author.handle} ${answer.url}`);
  }
  if (once) break;
  await sleep(20_000);
}
