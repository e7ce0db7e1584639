import type { Command } from "commander";
import { duration, examples } from "../arguments.ts";
import { type ClientFlags, databaseFlags, placeOf, withClient } from "../client.ts";
import { counted } from "../../core/counted.ts";
import { print, printJson } from "../output.ts";

interface PruneFlags extends ClientFlags {
  readonly olderThan: number;
  readonly keepCursorRows?: true;
  readonly dryRun?: true;
}

export function define(command: Command): void {
  databaseFlags(
    command
      .requiredOption("--older-than <age>", "rows of calls older than this go: 30d, 4w, 12h", duration)
      .option("--keep-cursor-rows", "keep rows that received a cursor")
      .option("--dry-run", "only count them"),
  ).action(prune);
  command.addHelpText("after", "\nRows that spent write points in the last 24 hours stay, since budgets count them.");
  examples(command, [
    ["skylex prune --older-than 30d --dry-run", "how many would go"],
    ["skylex prune --older-than 30d", ""],
  ]);
}

async function prune(flags: PruneFlags): Promise<void> {
  await withClient(flags, "none", async (client) => {
    const { olderThan, keepCursorRows = false, dryRun = false } = flags;
    const rows = await client.log.prune({ olderThan, keepCursorRows, dryRun });
    const place = await placeOf(client);
    if (flags.json) return printJson({ rows, dryRun, database: place, before: new Date(Date.now() - olderThan) });
    await print(
      `${counted(rows, "row")} of the log ${dryRun ? "would be" : rows === 1 ? "was" : "were"} deleted from ${place}.`,
    );
  });
}
