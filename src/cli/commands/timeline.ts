import type { Command } from "commander";
import type { AppBskyFeedDefs } from "../../index.ts";
import { count, examples } from "../arguments.ts";
import { bareName, checkResume, type ClientFlags, clientFlags, withClient } from "../client.ts";
import { addressOf, postLines } from "../draw/post.ts";
import { oneLine, print, printJson } from "../output.ts";
import { UsageError } from "../print-error.ts";
import { style, width } from "../terminal.ts";

interface TimelineFlags extends ClientFlags {
  readonly limit: number;
  readonly feed?: string;
  readonly author?: string;
  readonly resume?: string;
}

export function define(command: Command): void {
  clientFlags(command)
    .option("-n, --limit <count>", "posts to show", count, 20)
    .option("--feed <uri>", "a feed in place of the home timeline: its at:// URI")
    .option("--author <name>", "the posts of one account in place of the home timeline: handle or DID")
    .option("-r, --resume <name>", "only what is new since the last time under this name")
    .action(timeline);
  examples(command, [
    ["skylex timeline", "the newest posts of those you follow"],
    ["skylex timeline --resume mine", "what is new since you looked last"],
    ["skylex timeline --author bsky.app --json | jq -r .post.record.text", ""],
  ]);
}

async function timeline(flags: TimelineFlags): Promise<void> {
  const { feed, author, resume, limit } = flags;
  if (feed !== undefined && author !== undefined) throw new UsageError("--feed and --author exclude each other.");
  checkResume(resume, flags);
  await withClient(flags, feed === undefined && author === undefined ? "one" : "any", async (client) => {
    const { bsky } = client.app;
    const page = { limit: Math.min(limit, 100) };
    const posts =
      feed !== undefined
        ? bsky.feed.getFeed({ ...page, feed })
        : author !== undefined
          ? bsky.feed.getAuthorFeed({ ...page, actor: bareName(author) })
          : bsky.feed.getTimeline(page);
    let shown = 0;
    for await (const item of resume === undefined ? posts : posts.resume(resume)) {
      await (flags.json ? printJson(item) : show(item));
      if (++shown === limit) return;
    }
  });
}

async function show({ post, reason }: AppBskyFeedDefs.FeedViewPost): Promise<void> {
  if (reason?.$type === "app.bsky.feed.defs#reasonRepost") {
    await print(style("dim", `⟳ by @${oneLine(reason.by.handle)}`));
  }
  for (const line of postLines(post, width())) await print(line);
  await print(style("dim", addressOf(post)));
  await print("");
}
