import { readFileSync } from "node:fs";
import type { JsonObject, LexiconDocument } from "./model.ts";
import { CodegenError } from "./errors.ts";

/** What was chosen for the code of the package itself. Every later run begins with it, so that it lasts. */
export interface Choice {
  /** Folders with documents, relative to the package */
  readonly from?: readonly string[] | undefined;
  readonly only?: readonly string[] | undefined;
  readonly items?: Readonly<Record<string, string>> | undefined;
}

/** What the generated code was made from. */
export interface Manifest {
  /** The package that the official documents are taken from */
  readonly package: { readonly name: string; readonly version: string };
  /** Arguments that every later run begins with */
  readonly chosen?: Choice | undefined;
  readonly documents: Readonly<Record<string, ManifestEntry>>;
}

interface ManifestEntry {
  readonly source: string;
  readonly sha256: string;
  /** Kept of documents that are in no package, so that the next run can tell what changed in them */
  readonly document?: JsonObject | undefined;
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
  const manifest = parseManifest(text);
  if (manifest !== undefined) return manifest;
  throw new CodegenError(
    `${file} is not a manifest of codegen. If it was one, restore it or delete it to have it written anew; if it is another file, choose another --out.`,
  );
}

/** A manifest out of its text; `undefined` when it is something else. */
export function parseManifest(text: string): Manifest | undefined {
  let json: { package?: Partial<Manifest["package"]>; documents?: unknown } | null;
  try {
    json = JSON.parse(text) as typeof json;
  } catch {
    return undefined;
  }
  const { name, version } = json?.package ?? {};
  const documents = json?.documents;
  if (typeof name !== "string" || typeof version !== "string") return undefined;
  if (documents === null || typeof documents !== "object" || !Object.values(documents).every(isEntry)) return undefined;
  return json as Manifest;
}

const isEntry = (value: unknown): boolean =>
  value !== null && typeof value === "object" && "source" in value && "sha256" in value;

export function manifestOf(
  documents: readonly LexiconDocument[],
  pinned: Manifest["package"],
  chosen?: Choice,
): Manifest {
  const entry = ({ source, sha256, json, whole = json }: LexiconDocument): ManifestEntry =>
    source === pinned.name ? { source, sha256 } : { source, sha256, document: whole };
  return {
    package: pinned,
    ...(chosen === undefined ? {} : { chosen }),
    documents: Object.fromEntries(documents.map((document) => [document.nsid, entry(document)])),
  };
}

/** The documents that a manifest itself has. */
export const documentsOf = ({ documents }: Manifest): readonly LexiconDocument[] =>
  Object.entries(documents).flatMap(([nsid, { source, sha256, document }]) =>
    document === undefined ? [] : { nsid, source, sha256, json: document },
  );

export const manifestText = (manifest: Manifest): string => `${JSON.stringify(manifest, null, 2)}\n`;

/** Digests of documents that were checked when the manifest was written. */
export const knownDigests = (manifest: Manifest | undefined): ReadonlySet<string> =>
  new Set(Object.values(manifest?.documents ?? {}).map(({ sha256 }) => sha256));
