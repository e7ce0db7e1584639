import type { Command } from "commander";
import { examples } from "../arguments.ts";
import { type ClientFlags, databaseFlags, placeOf, plainName, withClient } from "../client.ts";
import { print, printJson } from "../output.ts";
import { UsageError } from "../print-error.ts";

export function define(command: Command): void {
  databaseFlags(
    command
      .argument("[name]", "handle, DID or e-mail address (default: BSKY_AUTH_USERNAME, else the only one logged in)")
      .option("-s, --service <url>", "server the account logged in at"),
  ).action(logout);
  examples(command, [["skylex logout alice.bsky.social", "ends the session at the server and in the database"]]);
}

async function logout(name: string | undefined, flags: Omit<ClientFlags, "account">): Promise<void> {
  const account = name === undefined ? {} : { account: name };
  await withClient({ ...flags, ...account }, "one", async (client, only) => {
    const sessions = await client.sessions.list();
    const plain = plainName(name ?? process.env["BSKY_AUTH_USERNAME"] ?? "");
    const stored = only ?? sessions.find((one) => [one.did, one.handle, one.identifier].includes(plain));
    if (stored === undefined) {
      throw new UsageError(
        `${plain || "Nobody"} is not logged in in ${await placeOf(client)}. skylex accounts shows who is.`,
      );
    }
    await client.logout();
    const { did, handle, service } = stored;
    if (flags.json) return printJson({ did, handle, service, loggedOut: true });
    await print(
      `${handle ?? did} is logged out: its session is over at ${service}, and gone from ${await placeOf(client)}.`,
    );
  });
}
