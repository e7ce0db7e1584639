import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { filesBelow } from "./files.ts";
import { sha256 } from "./digest.ts";
import type { DocumentModel, DocumentSummary } from "./model.ts";

/** What a document was resolved to, and what for. */
export interface RememberedDocument extends DocumentSummary {
  readonly key: string;
  /** Documents that were looked into */
  readonly consulted: readonly string[];
}

/** A generated file: what it was made from and what it holds. */
interface RememberedFile {
  readonly key: string;
  readonly sha256: string;
}

/**
 * What the last run made of what, so that the next one makes only what has to be made anew. Keys stand for everything that
 * documents and files are made from. Deleting it costs one full run, nothing else.
 */
export interface Memory {
  readonly documents: Readonly<Record<string, RememberedDocument>>;
  readonly files: Readonly<Record<string, RememberedFile>>;
}

interface Kept extends Memory {
  readonly version: string;
}

const nothing: Memory = { documents: {}, files: {} };

/** Stands for how outputs are made: codegen itself, the writer it uses, and what the run was told about outputs. */
export function versionOf(facts: readonly string[]): string {
  const sources = filesBelow(import.meta.dirname)
    .filter((name) => /\.[jt]s$/.test(name))
    .toSorted()
    .map((name) => `${name}\n${readFileSync(join(import.meta.dirname, name), "utf8")}`);
  const writer = readFileSync(new URL(import.meta.resolve("ts-morph/package.json")), "utf8");
  return sha256([...facts, writer, ...sources].join("\0"));
}

/** Reads what a run of the same version left behind; nothing when there is none, or none that can be read. */
export function readMemory(file: string | undefined, version: string): Memory {
  if (file === undefined) return nothing;
  try {
    const kept = JSON.parse(readFileSync(file, "utf8")) as Kept;
    return kept.version === version ? kept : nothing;
  } catch {
    return nothing;
  }
}

/** Keeping it is a convenience, so a folder that cannot be written is no reason to fail. It appears whole. */
export function writeMemory(file: string, version: string, memory: Memory): void {
  const draft = `${file}.${process.pid}.draft`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(draft, JSON.stringify({ version, ...memory } satisfies Kept));
    renameSync(draft, file);
  } catch {
    // The next run is a full one.
  }
}

/** What is to be remembered of a run. `files` are those that were made, `keys` those of all. */
export function remember(
  models: readonly DocumentModel[],
  keys: ReadonlyMap<string, string>,
  files: ReadonlyMap<string, string>,
  before: Memory,
): Memory {
  return {
    documents: Object.fromEntries(
      models.map(({ nsid, key, consulted, main, notes, blobSlots }) => [
        nsid,
        { key, consulted, main, notes, blobSlots },
      ]),
    ),
    files: Object.fromEntries(
      [...keys].map(([file, key]) => {
        const text = files.get(file);
        return [file, { key, sha256: text === undefined ? (before.files[file]?.sha256 ?? "") : sha256(text) }];
      }),
    ),
  };
}
