import type { Command } from "commander";
import { examples, several } from "../arguments.ts";
import { lexiconLines } from "../draw/lexicon.ts";
import { Lexicons, officialFolder } from "../lexicons.ts";
import { print, printJson, printLines } from "../output.ts";
import { UsageError } from "../print-error.ts";

export function define(command: Command): void {
  const showing = command
    .command("show")
    .description("show what an endpoint takes, gives and refuses, or what a record or definition is made of")
    .argument("<nsid>", "of a document, or of a definition in it: NSID#name")
    .option("--lexicons <folder>", "lexicons of your own; may be repeated", several)
    .option("--json", "print the document")
    .action(show);
  examples(showing, [
    ["skylex lexicon show app.bsky.feed.getTimeline", ""],
    ["skylex lexicon show app.bsky.feed.defs#postView", "one definition of a document"],
    ["skylex lexicon show com.example.thing --lexicons lexicons", "of your own"],
  ]);
  const differing = command
    .command("diff")
    .description("show what differs between two versions, and what that asks of a version number")
    .argument("<before>", "folder with documents; with one folder: those of this package are what was before")
    .argument("[after]", "folder with documents")
    .option("--json", "print the changes as JSON")
    .action(diff);
  examples(differing, [
    ["skylex lexicon diff ../atproto/lexicons", "newer official documents beside those of this package"],
    ["skylex lexicon diff old/lexicons new/lexicons --json | jq .hint", ""],
  ]);
  examples(command, [
    ["skylex lexicon show app.bsky.feed.getTimeline", ""],
    ["skylex lexicon diff ../atproto/lexicons", ""],
  ]);
}

interface ShowFlags {
  readonly lexicons?: readonly string[];
  readonly json?: true;
}

async function show(name: string, flags: ShowFlags): Promise<void> {
  const lexicons = new Lexicons(flags.lexicons);
  const [nsid = "", part] = name.replace(/^xrpc\//, "").split("#");
  const document = lexicons.find(nsid);
  if (document === undefined) throw new UsageError(`There is no lexicon ${nsid}.${near(nsid, lexicons)}`);
  if (part !== undefined && document.defs[part] === undefined) {
    throw new UsageError(`${nsid} has no #${part}. It has ${Object.keys(document.defs).join(", ")}.`);
  }
  if (flags.json) return printJson(part === undefined ? document : document.defs[part]);
  for (const line of lexiconLines(document, part)) await print(line);
}

/** Names that somebody may have meant. */
function near(nsid: string, lexicons: Lexicons): string {
  const last = nsid.split(".").at(-1)?.toLowerCase() ?? "";
  const similar = lexicons
    .all()
    .map(({ id }) => id)
    .filter((id) => last.length > 2 && id.toLowerCase().includes(last));
  return similar.length === 0
    ? " skylex completion knows all names."
    : ` Did you mean ${similar.slice(0, 5).join(", ")}?`;
}

async function diff(before: string, after: string | undefined, { json }: { readonly json?: true }): Promise<void> {
  const { diffFolders } = await import("../../../codegen/diff.ts");
  const [old, next] = after === undefined ? [officialFolder(), before] : [before, after];
  const { changes, hint, text } = diffFolders(old, next);
  await (json ? printJson({ changes, hint }) : printLines(text));
}
