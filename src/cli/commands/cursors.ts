import type { Command } from "commander";
import type { Client, CursorRow } from "../../index.ts";
import { examples } from "../arguments.ts";
import { type ClientFlags, databaseFlags, withClient } from "../client.ts";
import { counted } from "../../core/counted.ts";
import { columns, since, time, wrapHanging } from "../draw/columns.ts";
import { oneLine, print, printJson } from "../output.ts";
import { UsageError } from "../print-error.ts";
import { style, tableWidth } from "../terminal.ts";

interface CursorFlags extends Omit<ClientFlags, "account"> {
  /** Of the cursor, not of who asks */
  readonly account?: string;
}

export function define(command: Command): void {
  flagsOf(command.enablePositionalOptions()).action(list);
  examples(command, [
    ["skylex cursors", "how far every list has been read"],
    ["skylex cursors show app.bsky.graph.getFollows mailer", "one of them"],
    ["skylex cursors reset app.bsky.graph.getFollows mailer", "lets the next run begin at the beginning"],
  ]);
  const one = (name: string, description: string): Command =>
    flagsOf(
      command
        .command(name)
        .description(description)
        .argument("<nsid>", "endpoint whose list it is")
        .argument("<name>", "under which it is read: the key in skylex cursors"),
    );
  // Options that both take may stand before or after the name of the subcommand.
  const showing = one("show", "show all that is known of a cursor").action(
    (nsid: string, key: string, flags: CursorFlags) => show(nsid, key, { ...command.opts(), ...flags }),
  );
  examples(showing, [["skylex cursors show app.bsky.notification.listNotifications mail", ""]]);
  const resetting = one("reset", "let the next run begin at the beginning").action(
    (nsid: string, key: string, flags: CursorFlags) => reset(nsid, key, { ...command.opts(), ...flags }),
  );
  examples(resetting, [["skylex cursors reset app.bsky.notification.listNotifications mail", ""]]);
}

const flagsOf = (command: Command): Command =>
  databaseFlags(
    command
      .option("-a, --account <did>", "of this account; anonymous for nobody's")
      .option("-s, --service <url>", "of this server"),
  );

const bare = (endpoint: string): string => endpoint.replace(/^xrpc\//, "");

async function list(flags: CursorFlags): Promise<void> {
  await withDatabase(flags, async (client) => {
    const rows = await client.cursors.list(filterOf(flags));
    if (flags.json) {
      for (const row of rows) await printJson(row);
      return;
    }
    if (rows.length === 0) return print("No list has been read with --resume or .resume().");
    const table = rows.map((row) => [
      bare(row.endpoint),
      oneLine(row.key),
      oneLine(row.account),
      row.mode,
      String(row.items),
      row.state,
      since(row.updatedAt),
    ]);
    const heading = ["endpoint", "name", "account", "mode", "items", "state", "moved"];
    for (const line of columns(heading, table)) await print(line);
  });
}

async function show(nsid: string, key: string, flags: CursorFlags): Promise<void> {
  await withDatabase(flags, async (client) => {
    const row = await the(client, nsid, key, flags);
    if (flags.json) return printJson(row);
    const facts = {
      endpoint: bare(row.endpoint),
      name: row.key,
      account: row.account,
      server: row.service,
      mode: row.mode,
      state: row.state,
      cursor: row.cursor ?? "the beginning",
      read: `${counted(row.items, "item")} on ${counted(row.pages, "page")}`,
      remembers: `${counted(row.knownIds.length, "mark")} of what was delivered, ${row.pendingIds.length} of a walk under way`,
      changed: `${time(row.updatedAt)} UTC, ${counted(row.version, "time")}`,
      begun: `${time(row.createdAt)} UTC`,
    };
    for (const [title, value] of Object.entries(facts))
      for (const line of wrapHanging(`${style("dim", title.padEnd(10))} ${oneLine(value)}`, tableWidth(), 11))
        await print(line);
  });
}

async function reset(nsid: string, key: string, flags: CursorFlags): Promise<void> {
  await withDatabase(flags, async (client) => {
    const row = await the(client, nsid, key, flags);
    await client.cursors.reset(row);
    const { endpoint, account, service } = row;
    if (flags.json) return printJson({ endpoint, key, account, service, reset: true });
    await print(`The next run of ${bare(endpoint)} as ${key} (${account} at ${service}) begins at the beginning.`);
  });
}

/** The one cursor that is meant. */
async function the(client: Client, nsid: string, key: string, flags: CursorFlags): Promise<CursorRow> {
  const rows = await client.cursors.list({ ...filterOf(flags), endpoint: nsid, key });
  const [row] = rows;
  if (row === undefined)
    throw new UsageError(`No cursor ${key} of ${bare(nsid)}. skylex cursors shows which there are.`);
  if (rows.length === 1) return row;
  const which = rows.map(({ account, service }) => `--account ${account} --service ${service}`).join("\n  ");
  throw new UsageError(`Several cursors are called ${key}. Choose one:\n  ${which}`);
}

const filterOf = ({ account, service }: CursorFlags) => ({
  ...(account !== undefined && { account }),
  ...(service !== undefined && { service }),
});

/** The account is the cursor's here, and nobody acts for it. */
function withDatabase(flags: CursorFlags, work: (client: Client) => Promise<void>): Promise<void> {
  const { account: _account, service: _service, ...rest } = flags;
  return withClient(rest, "none", work);
}
