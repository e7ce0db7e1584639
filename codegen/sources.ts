import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "./digest.ts";
import { jsonText, loadFolder } from "./load.ts";
import type { Manifest } from "./manifest.ts";
import { knownDigests } from "./manifest.ts";
import type { Json, JsonObject, LexiconDocument } from "./model.ts";
import { apply, planFiles } from "./plan.ts";
import { CodegenError, LexiconError } from "./errors.ts";

/** The package whose documents are the official ones. */
export const officialPackage = "@atproto/api";

/** Version of the pinned package beside the project; `undefined` where it is not installed, as in the published package. */
export function installedVersion(root: string): string | undefined {
  const file = join(root, "node_modules", officialPackage, "package.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version : undefined;
}

export interface Official {
  readonly documents: readonly LexiconDocument[];
  readonly package: Manifest["package"];
  /** What stood on disk before, for the changelog */
  readonly previous: readonly LexiconDocument[];
}

/**
 * The official documents as pristine JSON under `folder`: what is there if it is what the manifest promises, otherwise
 * written anew from the pinned package. Those that are `replaced` by a folder of the user's are of no account.
 */
export async function loadOfficial(
  root: string,
  folder: string,
  manifest: Manifest | undefined,
  replaced: ReadonlySet<string>,
): Promise<Official> {
  const present = existsSync(folder) ? loadPresent(folder, knownDigests(manifest)) : [];
  const installed = installedVersion(root);
  const isCurrent = manifest !== undefined && (installed ?? manifest.package.version) === manifest.package.version;
  if (isCurrent && isPromised(present, manifest, replaced)) {
    return { documents: present, package: manifest.package, previous: present };
  }
  if (installed === undefined) {
    throw new CodegenError(
      `The official lexicons under ${folder} are not those of the manifest, and ${officialPackage}, which has them, is not installed. Run npm install.`,
    );
  }
  const documents = await materialise(folder);
  return { documents, package: { name: officialPackage, version: installed }, previous: present };
}

/** What stands on disk; nothing when a file of it is torn, so that all are written anew. */
function loadPresent(folder: string, known: ReadonlySet<string>): LexiconDocument[] {
  try {
    return loadFolder(folder, officialPackage, { known });
  } catch (error) {
    if (error instanceof LexiconError) return [];
    throw error;
  }
}

/** Every official document of the manifest is there, and there is no other whose digest nobody knows. */
function isPromised(
  present: readonly LexiconDocument[],
  { documents }: Manifest,
  replaced: ReadonlySet<string>,
): boolean {
  const here = new Set(present.map(({ nsid }) => nsid));
  const promised = Object.keys(documents).filter((nsid) => documents[nsid]?.source === officialPackage);
  return (
    promised.length > 0 &&
    promised.every((nsid) => here.has(nsid)) &&
    present.every(({ nsid, sha256: digest }) => {
      const entry = documents[nsid];
      return replaced.has(nsid) || (entry?.source === officialPackage && entry.sha256 === digest);
    })
  );
}

async function materialise(folder: string): Promise<LexiconDocument[]> {
  const { schemas } = await import("@atproto/api");
  const texts = new Map(
    (schemas as unknown as readonly JsonObject[]).map((schema) => {
      const nsid = String(schema.id);
      return [nsid, jsonText(unresolve(nsid, schema) as JsonObject)] as const;
    }),
  );
  const files = new Map([...texts].map(([nsid, text]) => [`${nsid.replaceAll(".", "/")}.json`, text]));
  // The folder is codegen's alone and not in version control.
  apply(planFiles(folder, files, { owned: () => true }));
  return [...texts].map(([nsid, text]) => ({
    nsid,
    source: officialPackage,
    sha256: sha256(text),
    json: JSON.parse(text) as JsonObject,
  }));
}

/**
 * Takes back what the package did to its documents: every reference in it is absolute, `lex:NSID#name`. In the documents
 * themselves a reference within a document is `#name`, and one to a main definition is the NSID alone.
 */
export function unresolve(nsid: string, value: Json): Json {
  if (Array.isArray(value)) return value.map((item) => unresolve(nsid, item));
  if (value === null || typeof value !== "object") return value;
  const members = Object.entries(value).map(([key, member]) => {
    if (key === "ref" && typeof member === "string") return [key, shorten(nsid, member)] as const;
    if (key === "refs" && Array.isArray(member)) return [key, member.map((ref) => shorten(nsid, String(ref)))] as const;
    return [key, unresolve(nsid, member)] as const;
  });
  return Object.fromEntries(members);
}

function shorten(nsid: string, ref: string): string {
  const [document, name = "main"] = ref.replace(/^lex:/, "").split("#", 2);
  if (document === nsid) return `#${name}`;
  return name === "main" ? String(document) : `${document}#${name}`;
}
