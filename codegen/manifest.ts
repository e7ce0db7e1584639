import { readFileSync } from "node:fs";
import type { LexiconDocument } from "./model.ts";
import { CodegenError } from "./problem.ts";

/** What the generated code was made from. */
export interface Manifest {
  /** The package that the official documents are taken from */
  readonly package: { readonly name: string; readonly version: string };
  readonly documents: Readonly<Record<string, { readonly source: string; readonly sha256: string }>>;
}

/** Reads a manifest; `undefined` when there is none. */
export function readManifest(file: string): Manifest | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as Manifest;
  } catch (cause) {
    throw new CodegenError(
      `${file} is not JSON. Restore it from version control, or delete it to have it written anew.`,
      { cause },
    );
  }
}

export function manifestOf(documents: readonly LexiconDocument[], pinned: Manifest["package"]): Manifest {
  return {
    package: pinned,
    documents: Object.fromEntries(documents.map(({ nsid, source, sha256 }) => [nsid, { source, sha256 }])),
  };
}

export const manifestText = (manifest: Manifest): string => `${JSON.stringify(manifest, null, 2)}\n`;

/** Digests of documents that were checked when the manifest was written. */
export const knownDigests = (manifest: Manifest | undefined): ReadonlySet<string> =>
  new Set(Object.values(manifest?.documents ?? {}).map(({ sha256 }) => sha256));
