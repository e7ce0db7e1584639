import type { Command } from "commander";
import type { Client, PagePromise } from "../../index.ts";
import { count, examples } from "../arguments.ts";
import { checkResume, type ClientFlags, clientFlags, withClient } from "../client.ts";
import { type EndpointCall, endpointCall, type EndpointFlags, endpointFlags } from "../endpoint-call.ts";
import { counted } from "../../core/counted.ts";
import { interrupt } from "../interrupt.ts";
import { json, oneLine, printJson, printLines, write } from "../output.ts";
import { UsageError, warn } from "../print-error.ts";
import { StatusLine } from "../terminal.ts";

interface CallFlags extends ClientFlags, EndpointFlags {
  readonly all?: true;
  readonly resume?: string;
  readonly limit?: number;
  readonly items?: string;
  readonly out?: string;
  readonly verbose?: true;
}

export function define(command: Command): void {
  clientFlags(endpointFlags(command))
    .option("--all", "of a list, every item of every page, one a line")
    .option("-r, --resume <name>", "of a list, what is new since the last call under this name, one a line")
    .option("-n, --limit <count>", "end a list after so many items", count)
    .option("--items <property>", "where the items of a list are, if the lexicons do not say")
    .option("-o, --out <file>", "write the answer to a file")
    .option("-v, --verbose", "tell status, time and URL on standard error")
    .action(call);
  examples(command, [
    ["skylex call app.bsky.actor.getProfile actor=bsky.app", "a read of the public AppView"],
    ["skylex call app.bsky.actor.getProfiles actors=bsky.app actors=atproto.com", "a repeated key is a list"],
    ["skylex call app.bsky.graph.getFollows actor=bsky.app --all | jq -r .handle", "every page"],
    ["skylex call app.bsky.notification.listNotifications --resume mail", "what is new since last time"],
    ["skylex call com.atproto.repo.createRecord -d @record.json", "input from a file"],
    ["skylex call com.atproto.repo.uploadBlob -d @me.jpg", "bytes"],
    ["skylex call com.atproto.sync.getRepo did=did:plc:… -o repo.car", "bytes, too"],
  ]);
}

async function call(nsid: string, words: readonly string[], flags: CallFlags): Promise<void> {
  const request = await endpointCall(nsid, words, flags);
  const isList = flags.all === true || flags.resume !== undefined;
  if (isList && request.definition.kind !== "query") throw new UsageError(`${nsid} is a procedure, and gives no list.`);
  if (flags.limit !== undefined && !isList)
    throw new UsageError("--limit goes with --all or --resume. A page's size is limit=….");
  if (isList && flags.out !== undefined)
    throw new UsageError("--out is for one answer. Send a list to a file with > FILE.");
  checkResume(flags.resume, flags);
  await withClient(flags, "any", (client) => (isList ? list(client, request, flags) : once(client, request, flags)));
}

/** The call as the client makes it. What it gives is known to the lexicon only; of a query it is always a list, too. */
function start(
  client: Client,
  { definition, argument, options }: EndpointCall,
  flags: CallFlags,
): PagePromise<unknown> {
  const all = { ...options, ...(flags.items !== undefined && { items: flags.items }) };
  const promise =
    definition.kind === "query" ? client.call(definition, argument, all) : client.call(definition, argument, all);
  return promise as PagePromise<unknown>;
}

async function once(client: Client, request: EndpointCall, flags: CallFlags): Promise<void> {
  const { data: answer, http } = await start(client, request, flags).withResponse();
  const data = withoutTokens(answer);
  if (flags.verbose)
    process.stderr.write(`${http.status} in ${http.elapsed.toFixed(0)} ms from ${oneLine(http.url)}\n`);
  if (data instanceof Uint8Array) return bytes(data, flags);
  if (flags.out !== undefined) return toFile(`${json(data, 2)}\n`, flags.out);
  if (flags.json) await printJson(data);
  else if (data !== undefined) await printLines(json(data, 2));
}

/** Tokens of a session do not belong on a screen, nor into a file by chance: skylex login keeps them. */
function withoutTokens(data: unknown): unknown {
  if (typeof data !== "object" || data === null || !("accessJwt" in data || "refreshJwt" in data)) return data;
  warn("this answer has tokens, which are not printed. skylex login keeps them for you.");
  return { ...data, accessJwt: "[redacted]", refreshJwt: "[redacted]" };
}

async function bytes(data: Uint8Array, { out }: CallFlags): Promise<void> {
  if (out !== undefined) return toFile(data, out);
  if (process.stdout.isTTY)
    throw new UsageError(`The answer is ${counted(data.length, "byte")}, not text: --out FILE, or a pipe.`);
  await write(data);
}

async function toFile(content: string | Uint8Array, file: string): Promise<void> {
  const { writeFile } = await import("node:fs/promises");
  await writeFile(file, content, { signal: interrupt });
}

async function list(client: Client, request: EndpointCall, flags: CallFlags): Promise<void> {
  const pages = start(client, request, flags);
  const items = flags.resume === undefined ? pages : pages.resume(flags.resume);
  const status = new StatusLine();
  let found = 0;
  try {
    for await (const item of items) {
      status.clear();
      await printJson(item);
      found++;
      if (found === flags.limit) return;
      if (!process.stdout.isTTY) status.show(() => counted(found, "item"));
    }
  } finally {
    status.clear();
  }
}
