import type { Command } from "commander";
import type { BudgetWindowStatus } from "../../index.ts";
import { examples } from "../arguments.ts";
import { type ClientFlags, clientFlags, withClient } from "../client.ts";
import { since, wrapHanging } from "../draw/columns.ts";
import { print, printJson } from "../output.ts";
import { bar, style, tableWidth } from "../terminal.ts";

export function define(command: Command): void {
  clientFlags(command).action(budget);
  examples(command, [
    ["skylex budget", "write points, uploads and changes of handle, by window"],
    ["skylex budget --json | jq .writes[0].remaining", ""],
  ]);
}

async function budget(flags: ClientFlags): Promise<void> {
  await withClient(flags, "one", async (client) => {
    const { account, ...kinds } = await client.budget.status();
    if (flags.json) return printJson({ account, ...kinds });
    await print(style("bold", account));
    const titles = { writes: "write points", uploads: "uploads", handles: "handle changes" };
    for (const [kind, title] of Object.entries(titles)) {
      for (const window of kinds[kind as keyof typeof kinds]) {
        for (const line of wrapHanging(windowLine(title, window), tableWidth(), 24)) await print(line);
      }
    }
  });
}

function windowLine(title: string, { window, used, budget, remaining, freesAt, server }: BudgetWindowStatus): string {
  const name = `${title.padEnd(14)} ${window.padEnd(8)}`;
  if (budget === Infinity) return `${name} ${used} used, not limited`;
  const share = used / budget;
  const chart = style(share > 0.95 ? "red" : share > 0.75 ? "yellow" : "green", bar(share, 20).padEnd(26));
  const facts = [
    `${used} of ${budget} used, ${remaining} left`,
    freesAt === undefined ? "" : `the oldest comes back ${since(freesAt)}`,
    server === undefined ? "" : `the server says ${server.remaining} of ${server.limit} left`,
  ];
  return `${name} ${chart} ${facts.filter(Boolean).join("; ")}`;
}
