import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import type { CallRow } from "../../index.ts";
import { count, examples, moment, wholeNumber } from "../arguments.ts";
import { type ClientFlags, databaseFlags, withClient } from "../client.ts";
import { callLine, callLines } from "../draw/call.ts";
import { cut, wrapHanging } from "../draw/columns.ts";
import { interrupt } from "../interrupt.ts";
import { LogTail } from "../log-tail.ts";
import { print, printJson } from "../output.ts";
import { UsageError } from "../print-error.ts";
import { tableWidth } from "../terminal.ts";

interface LogFlags extends ClientFlags {
  readonly failed?: true;
  readonly since?: Date;
  readonly until?: Date;
  readonly endpoint?: string;
  readonly did?: string;
  readonly limit: number;
  readonly follow?: true;
}

/** How often a log that is followed is looked at, in ms. */
const LOOK_EVERY = 500;

export function define(command: Command): void {
  // Options that both take may stand before or after the name of the subcommand.
  filterFlags(command.enablePositionalOptions())
    .option("-n, --limit <count>", "calls to show, the newest", count, 20)
    .option("-f, --follow", "go on with calls as they are made, by any process on the database")
    .action(list);
  examples(command, [
    ["skylex log --failed --since 2h", "what went wrong in the last two hours"],
    ["skylex log --endpoint com.atproto.repo.createRecord --json", "as JSON lines"],
    ["skylex log --follow", "calls as they are made"],
    ["skylex log show 1234", "all that is known of a call"],
    ["skylex log stats --since 7d", "charts of rate, errors, latency and write points"],
  ]);
  const showing = databaseFlags(
    command.command("show").description("show all that is known of a call").argument("<id>", "of its row", wholeNumber),
  ).action((id: number, flags: ClientFlags) => show(id, { ...command.opts(), ...flags }));
  examples(showing, [["skylex log show 1234", ""]]);
  const stats = filterFlags(
    command.command("stats").description("show rate, errors, latency and write points as charts"),
  )
    .option("--periods <count>", "columns of the charts (default: what fits, at most 48)", count)
    .action(async (flags: LogFlags & { readonly periods?: number }) =>
      (await import("./log-stats.ts")).showStats({ ...command.opts(), ...flags }),
    );
  examples(stats, [
    ["skylex log stats", "the last day"],
    ["skylex log stats --since 1h --endpoint app.bsky.feed.getTimeline --json", ""],
  ]);
}

function filterFlags(command: Command): Command {
  return databaseFlags(
    command
      .option("--failed", "only calls that failed, or of which nobody knows what became")
      .option("--since <when>", "only calls that began then or later: 2026-01-31, 15m, 2h, 7d", moment)
      .option("--until <when>", "only calls that began before", moment)
      .option("-e, --endpoint <nsid>", "only calls of this endpoint")
      .option("--did <did>", "only calls of this account"),
  );
}

/** What of the flags the log understands. */
export function filterOf({ failed, since, until, endpoint, did }: Omit<LogFlags, "limit">) {
  return {
    ...(failed !== undefined && { failed }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(endpoint !== undefined && { endpoint }),
    ...(did !== undefined && { did }),
  };
}

async function list(flags: LogFlags): Promise<void> {
  if (flags.follow && flags.database === false) throw new UsageError("--no-database leaves no log to follow.");
  await withClient(flags, "none", async (client) => {
    const tail = new LogTail(client.log, filterOf(flags), Date.now);
    if (flags.follow) await tail.start();
    const rows = await client.log.query({ ...filterOf(flags), limit: flags.limit });
    const shown = rows.toReversed();
    for (const row of shown) await tell(row, flags);
    if (flags.follow) await follow(tail, flags, new Set(shown.map(({ id }) => id)));
    else if (rows.length === 0 && !flags.json) process.stderr.write("No such calls.\n");
  });
}

const tell = (row: CallRow, { json }: LogFlags): Promise<void> =>
  json ? printJson(row) : print(cut(callLine(row), tableWidth()));

/** Shows rows as they are stored; those of writes once their calls have ended. */
async function follow(tail: LogTail, flags: LogFlags, shown: ReadonlySet<number>): Promise<void> {
  for (;;) {
    await sleep(LOOK_EVERY, undefined, { signal: interrupt });
    for (const row of await tail.next()) if (!shown.has(row.id)) await tell(row, flags);
  }
}

async function show(id: number, flags: ClientFlags): Promise<void> {
  await withClient(flags, "none", async (client) => {
    const row = await client.log.get(id);
    if (row === undefined) throw new UsageError(`The log has no row ${id}. skylex log shows which there are.`);
    if (flags.json) return printJson(row);
    for (const fact of callLines(row)) for (const line of wrapHanging(fact, tableWidth(), 10)) await print(line);
  });
}
