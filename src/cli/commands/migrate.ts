import type { Command } from "commander";
import { examples } from "../arguments.ts";
import { type ClientFlags, databaseFlags, withClient } from "../client.ts";
import { exitCodes } from "../exit-codes.ts";
import { print, printJson } from "../output.ts";
import { UsageError } from "../print-error.ts";

export function define(command: Command): void {
  databaseFlags(command.option("--check", "change nothing, and exit with 1 if something is missing")).action(migrate);
  command.addHelpText(
    "after",
    "\nThe first call of any program does the same by itself; this is for those who want to do it before.",
  );
  examples(command, [
    ["skylex migrate", "makes the tables, or brings them up to date"],
    ["skylex migrate --check", "says what has run and what is missing"],
    ["skylex migrate --database postgres://app@db.example.com/app", "of another database"],
  ]);
}

async function migrate(flags: ClientFlags & { readonly check?: true }): Promise<void> {
  if (flags.database === false) throw new UsageError("--no-database leaves nothing to migrate.");
  await withClient(flags, "none", async (client) => {
    if (flags.check) {
      const status = await client.database.status();
      if (status.pending.length > 0) process.exitCode = exitCodes.failed;
      if (flags.json) return printJson(status);
      await print(`${status.location} (${status.kind})${status.exists ? "" : " is not there yet"}`);
      for (const name of status.applied) await print(`  has    ${name}`);
      for (const name of status.pending) await print(`  lacks  ${name}`);
      return;
    }
    const ran = await client.database.migrate();
    const { location } = await client.database.status();
    if (flags.json) return printJson({ location, ran });
    for (const name of ran) await print(`ran ${name}`);
    await print(`${location} is up to date.`);
  });
}
