import type { Command } from "commander";
import { examples } from "../arguments.ts";
import { bareName, type ClientFlags, clientFlags, withClient } from "../client.ts";
import { wrap } from "../draw/columns.ts";
import { oneLine, print, printJson } from "../output.ts";
import { style, width } from "../terminal.ts";

export function define(command: Command): void {
  clientFlags(command).argument("[name]", "handle, DID, or address of a profile (default: your own)").action(profile);
  examples(command, [
    ["skylex profile bsky.app", ""],
    ["skylex profile --json | jq .followersCount", "your own"],
  ]);
}

async function profile(name: string | undefined, flags: ClientFlags): Promise<void> {
  await withClient(flags, name === undefined ? "one" : "any", async (client) => {
    const actor = name === undefined ? await client.did() : actorOf(name);
    const found = await client.app.bsky.actor.getProfile({ actor });
    if (flags.json) return printJson(found);
    const { displayName, handle, did, description, followersCount, followsCount, postsCount, createdAt, viewer } =
      found;
    await print(
      `${style("bold", oneLine(displayName ?? "") || oneLine(handle))} ${style("cyan", `@${oneLine(handle)}`)}`,
    );
    await print(style("dim", oneLine(did)));
    if (description) for (const line of wrap(description, width())) await print(line);
    const figures = [
      [followersCount, "followers"],
      [followsCount, "following"],
      [postsCount, "posts"],
    ] as const;
    await print(figures.map(([count = 0, what]) => `${style("bold", oneLine(count))} ${what}`).join(", "));
    if (createdAt !== undefined) await print(style("dim", `since ${oneLine(createdAt).slice(0, 10)}`));
    const relations = [
      viewer?.following && "you follow this account",
      viewer?.followedBy && "it follows you",
      viewer?.muted && "muted",
      viewer?.blocking && "blocked",
      viewer?.blockedBy && "it blocks you",
    ].filter(Boolean);
    if (relations.length > 0) await print(relations.join(", "));
  });
}

const actorOf = (name: string): string => bareName(/^https?:\/\/[^/]+\/profile\/([^/?#]+)/.exec(name)?.[1] ?? name);
