import type { Command } from "commander";
import { examples } from "../arguments.ts";
import { type ClientFlags, databaseFlags, withClient } from "../client.ts";
import { columns, since } from "../draw/columns.ts";
import { oneLine, print, printJson } from "../output.ts";

export function define(command: Command): void {
  databaseFlags(command.option("--all", "also sessions that are over")).action(accounts);
  examples(command, [
    ["skylex accounts", ""],
    ["skylex accounts --all --json | jq .did", "sessions that are over, too, as JSON lines"],
  ]);
}

async function accounts(flags: ClientFlags & { readonly all?: true }): Promise<void> {
  await withClient(flags, "none", async (client) => {
    const sessions = await client.sessions.list({ includeDead: flags.all === true });
    if (flags.json) {
      for (const session of sessions) await printJson(session);
      return;
    }
    if (sessions.length === 0) return print("Nobody is logged in. skylex login changes that.");
    const rows = sessions.map(({ handle, did, pdsServiceEndpoint, service, updatedAt, exception }) => [
      oneLine(handle ?? ""),
      oneLine(did),
      oneLine(pdsServiceEndpoint ?? service),
      since(updatedAt),
      exception === null ? "logged in" : `over: ${oneLine(exception)}`,
    ]);
    for (const line of columns(["handle", "did", "server", "renewed", "session"], rows)) await print(line);
  });
}
