#!/usr/bin/env node
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { chosenBy } from "./choice.ts";
import { sha256 } from "./digest.ts";
import { readManifest } from "./manifest.ts";
import type { RunOptions, RunResult } from "./run.ts";
import { fingerprint, readStamp, writeStamp } from "./stamp.ts";

const usage = `Generates types and methods from lexicon documents.

  codegen [--from DIR]... [--only NSID]... [--items NSID=PROPERTY]... [--out DIR] [--runtime MODULE] [--extension js] [--check]

  --from DIR        also read the documents below DIR; they replace official ones of the same NSID
  --only NSID       generate only this and what it needs; NSID.* takes everything below a name
  --items NSID=PROPERTY
                    which array of a query's output is the list that it pages through, where there are several
  --pinned          forget --from, --only and --items of an earlier run without --out, which lexicons/manifest.json remembers
  --out DIR         write into DIR instead of this package: your own lexicons of --from and what they need
  --runtime MODULE  where generated code imports the runtime from (default with --out: skylex/runtime)
  --extension js    generated files import each other as .js, for compilers that do not take .ts (default ts)
  --check           write nothing, exit 1 when a run would change something
  --quiet           print only changes and errors

A document that is wrong is listed and the others are generated: the exit code is 1 then.
`;

/** The package codegen belongs to, as sources or built. */
function packageRoot(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const file = join(folder, "package.json");
    if (existsSync(file) && (JSON.parse(readFileSync(file, "utf8")) as { name?: string }).name === "skylex")
      return folder;
    if (dirname(folder) === folder) throw new Error("codegen does not find the package it belongs to");
  }
}

function readArguments(argv: readonly string[]): { options: RunOptions; quiet: boolean; help: boolean } {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      from: { type: "string", multiple: true },
      only: { type: "string", multiple: true },
      items: { type: "string", multiple: true },
      pinned: { type: "boolean" },
      out: { type: "string" },
      runtime: { type: "string" },
      extension: { type: "string", default: "ts" },
      check: { type: "boolean" },
      quiet: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  const { quiet = false, help = false, from, only, items, pinned, out, runtime, check, extension } = values;
  if (extension !== "ts" && extension !== "js") throw new TypeError(`--extension is ts or js, not ${extension}.`);
  return {
    options: {
      root: packageRoot(),
      from,
      only: only?.flatMap((one) => one.split(",")),
      items: items && readItems(items),
      pinned,
      out,
      runtime,
      check,
      extension: `.${extension}`,
    },
    quiet,
    help,
  };
}

function readItems(items: readonly string[]): Readonly<Record<string, string>> {
  const pairs = items.map((item) => {
    const [nsid = "", property = ""] = item.split("=", 2);
    if (nsid === "" || property === "") throw new TypeError(`--items is NSID=PROPERTY, not ${item}.`);
    return [nsid, property] as const;
  });
  return Object.fromEntries(pairs);
}

/** Runs codegen with command line arguments and gives the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  let parsed: ReturnType<typeof readArguments>;
  try {
    parsed = readArguments(argv);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  const { options, quiet, help } = parsed;
  if (help) {
    process.stdout.write(usage);
    return 0;
  }
  const { root, out, check = false } = options;
  const home = out === undefined ? root : process.cwd();
  const cache = join(home, "node_modules/.cache/skylex");
  const target = out === undefined ? join(root, "generated") : resolve(out);
  const facts = [process.version, JSON.stringify({ ...options, check: undefined }), process.cwd()];
  const stampFile = join(cache, `codegen-${sha256(target).slice(0, 12)}`);
  const inputs = [
    import.meta.dirname,
    join(root, "package.json"),
    join(root, "lexicons/custom"),
    join(root, "node_modules/@atproto/api/package.json"),
    ...foldersOf(options),
  ];
  const written = (): string => fingerprint([join(root, "lexicons"), target], []);
  const given = fingerprint(inputs, facts);
  const stamp = check ? undefined : readStamp(stampFile);
  // The outputs are looked at only when nothing else has changed.
  if (stamp?.startsWith(given) === true && stamp === given + written()) {
    if (!quiet) process.stdout.write("Nothing changed.\n");
    return 0;
  }
  const isInstalled = existsSync(join(home, "node_modules"));
  if (isInstalled) enableCompileCache(join(cache, "compile"));
  try {
    const { run } = await import("./run.ts");
    const memory = isInstalled ? `${stampFile}.json` : undefined;
    const result = await run({ ...options, memory, onProgress: progressBar(quiet) });
    await report(result, { quiet, check, target, isOwn: out !== undefined });
    if (hasProblems(result)) return 1;
    if (check) return result.clean ? 0 : 1;
    // What changed during the run is for the next one.
    if (isInstalled && fingerprint(inputs, facts) === given) writeStamp(stampFile, given + written());
    return 0;
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    return 1;
  }
}

/** Folders with documents that a run would read; none when that cannot be told, which the run itself will say. */
function foldersOf(options: RunOptions): readonly string[] {
  try {
    return chosenBy(options, readManifest(join(options.root, "lexicons/manifest.json"))).from ?? [];
  } catch {
    return [];
  }
}

const hasProblems = ({ refusals, notes }: RunResult): boolean =>
  refusals.length > 0 || notes.some(({ kind }) => kind === "gap");

interface ReportOptions {
  readonly quiet: boolean;
  readonly check: boolean;
  readonly target: string;
  /** The code is that of somebody's own project */
  readonly isOwn: boolean;
}

async function report(result: RunResult, { quiet, check, target, isOwn }: ReportOptions): Promise<void> {
  const count = (of: (plan: RunResult["plans"][number]) => number): number =>
    result.plans.reduce((sum, plan) => sum + of(plan), 0);
  const [created, updated, removed] = [
    count(({ create }) => create.size),
    count(({ update }) => update.size),
    count(({ remove }) => remove.length),
  ];
  if (result.changes.length > 0) {
    const { formatChanges } = await import("./report.ts");
    process.stdout.write(`${formatChanges(result.changes, result.hint)}\n\n`);
  }
  const { refusals, notes } = result;
  if (refusals.length > 0 || notes.length > 0) {
    const { formatFindings } = await import("./report.ts");
    if (!quiet || hasProblems(result)) process.stderr.write(formatFindings(refusals, notes));
  }
  if (check && !result.clean) {
    const stale = result.plans.flatMap((plan) =>
      [...plan.create.keys(), ...plan.update.keys(), ...plan.remove].map((file) => join(plan.folder, file)),
    );
    process.stderr.write(
      `${stale.length} ${stale.length === 1 ? "file is" : "files are"} not what codegen would write. Run ${isOwn ? "skylex-codegen with the same arguments, but without --check" : "npm run codegen"}.\n  ${stale.slice(0, 10).join("\n  ")}\n`,
    );
  } else if (!quiet) {
    process.stdout.write(
      `${result.documents} ${result.documents === 1 ? "document" : "documents"}${refusals.length > 0 ? ` (${refusals.length} more refused)` : ""}, ${created} ${created === 1 ? "file" : "files"} created, ${updated} updated, ${removed} deleted in ${target}\n`,
    );
  }
}

/** A bar on a terminal, nothing elsewhere. */
function progressBar(quiet: boolean): RunOptions["onProgress"] {
  if (quiet || !process.stdout.isTTY) return undefined;
  return (done, total) => {
    const filled = Math.round((30 * done) / total);
    process.stdout.write(
      `\r${"█".repeat(filled)}${"░".repeat(30 - filled)} ${done}/${total}${done === total ? "\r\x1b[K" : ""}`,
    );
  };
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "LexiconError" || error.name === "CodegenError") return error.message;
  const missing = /Cannot find package '([^']+)'/.exec(error.message)?.[1];
  if (missing !== undefined) return `codegen needs the package ${missing}: npm install --save-dev ${missing}`;
  return error.stack ?? error.message;
}

/** Node tells so itself from version 24.2 on. The command is a link to this file. */
function isMain(): boolean {
  const [, script] = process.argv;
  return script !== undefined && existsSync(script) && realpathSync(script) === import.meta.filename;
}

if (isMain()) process.exitCode = await main(process.argv.slice(2));
