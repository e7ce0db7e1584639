import type { Command } from "commander";
import type { AppBskyFeedDefs } from "../../index.ts";
import { count, examples, postUri, wholeNumber } from "../arguments.ts";
import { type ClientFlags, clientFlags, withClient } from "../client.ts";
import { postLines } from "../draw/post.ts";
import { type Branch, treeLines } from "../draw/tree.ts";
import { oneLine, print, printJson } from "../output.ts";
import { style, width } from "../terminal.ts";

interface ThreadFlags extends ClientFlags {
  readonly depth: number;
  readonly parents: number;
}

type Node = AppBskyFeedDefs.$ThreadViewPost | { readonly $type: string };

export function define(command: Command): void {
  clientFlags(command)
    .argument("<post>", "address of the post, https://bsky.app/profile/…/post/…, or its at:// URI")
    .option("--depth <count>", "answers to answers", wholeNumber, 6)
    .option("--parents <count>", "posts above it", count, 80)
    .action(thread);
  examples(command, [
    ["skylex thread https://bsky.app/profile/bsky.app/post/3l6oveex3ii2l", "drawn as a tree"],
    ["skylex thread at://did:plc:…/app.bsky.feed.post/3l6oveex3ii2l --json | jq .thread", ""],
  ]);
}

async function thread(post: string, flags: ThreadFlags): Promise<void> {
  const uri = postUri(post);
  const { depth, parents: parentHeight } = flags;
  await withClient(flags, "any", async (client) => {
    const answer = await client.app.bsky.feed.getPostThread({ uri, depth, parentHeight });
    if (flags.json) return printJson(answer);
    for (const line of treeLines(upwards(answer.thread, branch(answer.thread, 0, true)))) await print(line);
  });
}

const isPost = (node: Node | undefined): node is AppBskyFeedDefs.$ThreadViewPost =>
  node?.$type === "app.bsky.feed.defs#threadViewPost";

/** The posts above, each with the one that answers it below. */
function upwards(node: Node, below: Branch): Branch {
  const parent = isPost(node) ? (node.parent as Node | undefined) : undefined;
  return parent === undefined ? below : upwards(parent, { lines: linesOf(parent, 0, false), below: [below] });
}

function branch(node: Node, level: number, marked: boolean): Branch {
  const replies = isPost(node) ? ((node.replies ?? []) as readonly Node[]) : [];
  return { lines: linesOf(node, level, marked), below: replies.map((reply) => branch(reply, level + 1, false)) };
}

function linesOf(node: Node, level: number, marked: boolean): readonly string[] {
  if (isPost(node)) return postLines(node.post, Math.max(30, width() - 3 * level - 4), { marked });
  const why: Readonly<Record<string, string>> = {
    "app.bsky.feed.defs#notFoundPost": "(not found: deleted, or never there)",
    "app.bsky.feed.defs#blockedPost": "(blocked)",
  };
  return [style("dim", why[node.$type] ?? `(${oneLine(node.$type)})`)];
}
