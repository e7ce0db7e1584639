import type { Command } from "commander";
import type { ComAtprotoSyncSubscribeRepos, Records, RepoEvent, RepoOp, StreamOptions } from "../index.ts";
import { Client } from "../index.ts";
import { StatusLine } from "./terminal.ts";

interface TailOptions {
  readonly collection?: readonly string[];
  readonly did?: readonly string[];
  readonly json?: true;
  readonly service?: string;
  readonly cursor?: number;
  readonly resume?: string;
  readonly limit?: number;
}

const examples = `
Examples:
  $ skylex tail --collection app.bsky.feed.post       posts, as they are written
  $ skylex tail --collection 'app.bsky.graph.*' --json | jq .record
  $ skylex tail --resume backup --json >> events.ndjson  goes on where it stopped last time`;

export function addTail(program: Command): void {
  program
    .command("tail")
    .description("follow the changes of all repositories as they happen")
    .option("-c, --collection <nsid...>", "only these kinds of records; app.bsky.* takes everything below a name")
    .option("-d, --did <did...>", "only these accounts")
    .option("--json", "one JSON object a line")
    .option("-s, --service <url>", "server to follow (default: the relay of the network)")
    .option("--cursor <number>", "start after this sequence number; 0 is the oldest the server has", wholeNumber)
    .option("-r, --resume <name>", "keep the position under this name, and go on from there")
    .option("-n, --limit <count>", "end after so many lines", wholeNumber)
    .addHelpText("after", examples)
    .action(tail);
}

function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new Error(`${JSON.stringify(text)} is not a whole number.`);
}

async function tail(options: TailOptions): Promise<void> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, end);
  // A reader that has enough, like head, is a reason to stop and none to complain.
  process.stdout.once("error", end);
  const client = new Client();
  const status = new StatusLine();
  const started = Date.now();
  let events = 0;
  let lines = 0;
  try {
    for await (const event of open(client, options, stop.signal)) {
      events++;
      status.show(() => rate(events, lines, started, event));
      for (const line of linesOf(event, options)) {
        status.clear();
        const room = process.stdout.write(`${line}\n`);
        if (!room && !stop.signal.aborted) await drained(stop.signal);
        if (++lines === options.limit) return;
      }
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    status.clear();
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, end);
    await client.close();
  }
}

function open(client: Client, { collection, service, cursor, resume }: TailOptions, signal: AbortSignal) {
  const options: StreamOptions = { collections: collection, service, signal };
  const stream = client.com.atproto.sync.subscribeRepos(cursor === undefined ? {} : { cursor }, options);
  return resume === undefined ? stream : stream.resume(resume);
}

const drained = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    process.stdout.once("drain", resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
  });

type Event = RepoEvent<ComAtprotoSyncSubscribeRepos.Message, Records>;

function* linesOf(event: Event, { json, did, collection }: TailOptions): Generator<string> {
  const commit = event.$type === "com.atproto.sync.subscribeRepos#commit" ? event : undefined;
  const account = commit?.repo ?? (event as { readonly did?: string }).did;
  if (did !== undefined && !did.includes(account ?? "")) return;
  if (commit === undefined) {
    // Who asks for records wants those.
    if (collection !== undefined) return;
    const { $type, time = "" } = event as { readonly $type: string; readonly time?: string };
    yield json ? JSON.stringify(event) : `${time} ${$type.replace(/^.*#/, "#").padEnd(10)} ${account ?? ""}`;
    return;
  }
  for (const op of commit.ops) {
    yield json
      ? JSON.stringify({ seq: commit.seq, time: commit.time, repo: commit.repo, ...op })
      : `${commit.time} ${op.action.padEnd(10)} ${op.uri}${summary(op)}`;
  }
}

/** The one text a person would want to see of a record. */
function summary(op: RepoOp<Records>): string {
  if (op.action === "unreadable") return ` (${op.reason})`;
  if (op.action === "delete") return "";
  const { text, subject } = op.record as { readonly text?: unknown; readonly subject?: unknown };
  const uri = subject !== null && typeof subject === "object" && "uri" in subject ? subject.uri : subject;
  const shown = typeof text === "string" ? text : typeof uri === "string" ? uri : "";
  return shown && `  ${shown.replace(/\s+/g, " ")}`;
}

function rate(events: number, lines: number, started: number, event: Event): string {
  const seconds = Math.max(0.001, (Date.now() - started) / 1000);
  const { time } = event as { readonly time?: string };
  const behind = time === undefined ? "" : `, ${((Date.now() - Date.parse(time)) / 1000).toFixed(1)} s behind`;
  return `${events} events, ${(events / seconds).toFixed(0)} a second, ${lines} lines${behind}`;
}
