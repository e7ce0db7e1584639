import type { Command } from "commander";
import type { Client, ComAtprotoSyncSubscribeRepos, Records, RepoEvent, RepoOp, StreamOptions } from "../../index.ts";
import { count, examples, wholeNumber } from "../arguments.ts";
import { checkResume, type ClientFlags, databaseFlags, withClient } from "../client.ts";
import { counted } from "../../core/counted.ts";
import { interrupt } from "../interrupt.ts";
import { json, oneLine, print } from "../output.ts";
import { StatusLine } from "../terminal.ts";

interface TailFlags extends Omit<ClientFlags, "account"> {
  readonly collection?: readonly string[];
  readonly did?: readonly string[];
  readonly cursor?: number;
  readonly resume?: string;
  readonly limit?: number;
}

export function define(command: Command): void {
  databaseFlags(
    command
      .option("-c, --collection <nsid...>", "only these kinds of records; app.bsky.* takes everything below a name")
      .option("-d, --did <did...>", "only these accounts")
      .option("-s, --service <url>", "server to follow (default: the relay of the network)")
      .option("--cursor <number>", "start after this sequence number; 0 is the oldest the server has", wholeNumber)
      .option("-r, --resume <name>", "keep the position under this name, and go on from there")
      .option("-n, --limit <count>", "end after so many lines", count),
  ).action(tail);
  examples(command, [
    ["skylex tail --collection app.bsky.feed.post", "posts, as they are written"],
    ["skylex tail --collection 'app.bsky.graph.*' --json | jq .record", ""],
    ["skylex tail --resume backup --json >> events.ndjson", "goes on where it stopped last time"],
  ]);
}

async function tail({ service, ...flags }: TailFlags): Promise<void> {
  checkResume(flags.resume, flags);
  const status = new StatusLine();
  const started = Date.now();
  let events = 0;
  let lines = 0;
  const { json: asJson, database } = flags;
  await withClient(
    { ...(asJson && { json: asJson }), ...(database !== undefined && { database }) },
    "none",
    async (client) => {
      try {
        for await (const event of open(client, { ...flags, ...(service !== undefined && { service }) })) {
          events++;
          status.show(() => rate(events, lines, started, event));
          for (const line of linesOf(event, flags)) {
            status.clear();
            await print(line);
            if (++lines === flags.limit) return;
          }
        }
      } finally {
        status.clear();
      }
    },
  );
}

function open(client: Client, { collection, service, cursor, resume }: TailFlags) {
  const options: StreamOptions = { collections: collection, service, signal: interrupt };
  const stream = client.com.atproto.sync.subscribeRepos(cursor === undefined ? {} : { cursor }, options);
  return resume === undefined ? stream : stream.resume(resume);
}

type Event = RepoEvent<ComAtprotoSyncSubscribeRepos.Message, Records>;

function* linesOf(event: Event, { json: asJson, did, collection }: TailFlags): Generator<string> {
  const commit = event.$type === "com.atproto.sync.subscribeRepos#commit" ? event : undefined;
  const account = commit?.repo ?? (event as { readonly did?: string }).did;
  if (did !== undefined && !did.includes(account ?? "")) return;
  if (commit === undefined) {
    // Who asks for records wants those.
    if (collection !== undefined) return;
    const { $type, time = "" } = event as { readonly $type: string; readonly time?: string };
    yield asJson
      ? json(event)
      : `${oneLine(time)} ${oneLine($type).replace(/^.*#/, "#").padEnd(10)} ${oneLine(account ?? "")}`;
    return;
  }
  for (const op of commit.ops) {
    yield asJson
      ? json({ seq: commit.seq, time: commit.time, repo: commit.repo, ...op })
      : `${oneLine(commit.time)} ${op.action.padEnd(10)} ${oneLine(op.uri)}${summary(op)}`;
  }
}

/** The one text a person would want to see of a record. */
function summary(op: RepoOp<Records>): string {
  if (op.action === "unreadable") return ` (${oneLine(op.reason)})`;
  if (op.action === "delete") return "";
  const { text, subject } = op.record as { readonly text?: unknown; readonly subject?: unknown };
  const uri = subject !== null && typeof subject === "object" && "uri" in subject ? subject.uri : subject;
  const shown = typeof text === "string" ? text : typeof uri === "string" ? uri : "";
  return shown && `  ${oneLine(shown)}`;
}

function rate(events: number, lines: number, started: number, event: Event): string {
  const seconds = Math.max(0.001, (Date.now() - started) / 1000);
  const { time } = event as { readonly time?: string };
  const behind = time === undefined ? "" : `, ${((Date.now() - Date.parse(time)) / 1000).toFixed(1)} s behind`;
  return `${counted(events, "event")}, ${(events / seconds).toFixed(0)} a second, ${counted(lines, "line")}${behind}`;
}
