import type { Command } from "commander";
import { examples } from "../arguments.ts";
import { type ClientFlags, clientFlags, withClient } from "../client.ts";
import { endpointCall, type EndpointFlags, endpointFlags } from "../endpoint-call.ts";
import { printJson, printLines } from "../output.ts";

export function define(command: Command): void {
  clientFlags(endpointFlags(command)).action(explain);
  examples(command, [
    ["skylex explain chat.bsky.convo.listConvos limit=10", "where it would go, as whom, with which headers"],
    [
      "skylex explain com.atproto.repo.createRecord -d @record.json",
      "what it would cost, and whether it would be refused",
    ],
  ]);
}

async function explain(nsid: string, words: readonly string[], flags: ClientFlags & EndpointFlags): Promise<void> {
  const { definition, argument, options } = await endpointCall(nsid, words, flags);
  await withClient(flags, "any", async (client) => {
    const explanation = await client.explain(definition, argument as object | undefined, options);
    await (flags.json ? printJson(explanation) : printLines(String(explanation)));
  });
}
