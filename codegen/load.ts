import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "./digest.ts";
import { filesBelow } from "./files.ts";
import type { Json, JsonObject, LexiconDocument } from "./model.ts";
import { CodegenError, LexiconError } from "./errors.ts";
import { isWellFormed } from "./well-formed.ts";

/**
 * Reads every lexicon document below a folder.
 *
 * @throws LexiconError for a file that is not a document, CodegenError when the folder cannot be read
 */
export function loadFolder(folder: string, source: string): LexiconDocument[] {
  let names: string[];
  try {
    names = filesBelow(folder);
  } catch (cause) {
    throw new CodegenError(`The folder ${folder} cannot be read. Give --from a folder with lexicon documents.`, {
      cause,
    });
  }
  const files = names.filter((name) => name.endsWith(".json")).toSorted();
  return files.map((name) => parse(readFileSync(`${folder}/${name}`, "utf8"), name, source));
}

function parse(text: string, file: string, source: string): LexiconDocument {
  const at = join(source, file);
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch (cause) {
    throw new LexiconError(at, [], `is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  if (json === null || typeof json !== "object" || Array.isArray(json))
    throw new LexiconError(at, [], "must be an object");
  const document = json as JsonObject;
  if (document.lexicon !== 1)
    throw new LexiconError(at, ["lexicon"], "must be 1, the version of the language codegen knows");
  if (typeof document.id !== "string") throw new LexiconError(at, ["id"], "must be an NSID");
  return { nsid: document.id, source, file: at, sha256: sha256(text), json: document };
}

/** By NSID in code-unit order, which is the same on every machine. */
export const sortDocuments = (documents: readonly LexiconDocument[]): LexiconDocument[] =>
  documents.toSorted((a, b) => (a.nsid < b.nsid ? -1 : a.nsid > b.nsid ? 1 : 0));

/**
 * Puts sources together. A later group replaces documents of an earlier one; inside one group an NSID may appear once.
 *
 * @throws LexiconError when a group holds an NSID twice with different content
 */
export function mergeSources(...groups: readonly (readonly LexiconDocument[])[]): LexiconDocument[] {
  const merged = new Map<string, LexiconDocument>();
  for (const group of groups) {
    const own = new Map<string, LexiconDocument>();
    for (const document of group) {
      const other = own.get(document.nsid);
      if (other !== undefined && other.sha256 !== document.sha256) {
        throw new LexiconError(
          document.nsid,
          ["id"],
          `stands in ${other.file ?? other.source} and in ${document.file ?? document.source} with different content`,
        );
      }
      own.set(document.nsid, document);
      merged.set(document.nsid, document);
    }
  }
  return sortDocuments([...merged.values()]);
}

/**
 * Checks documents against the schema of lexicon documents. Those whose digest is in `known` were checked when it was
 * written.
 *
 * @throws LexiconError with the place of the first thing wrong
 */
export async function checkDocuments(documents: readonly LexiconDocument[], known: ReadonlySet<string>): Promise<void> {
  for (const { nsid, sha256: digest, json } of documents) {
    if (known.has(digest)) continue;
    checkMain(nsid, json);
    if (isWellFormed(json)) continue;
    const { lexiconDoc } = await import("@atproto/lexicon");
    const result = lexiconDoc.safeParse(json);
    if (result.success) continue;
    const { path, message } = deepest(result.error.issues, []);
    throw new LexiconError(nsid, path, message);
  }
}

const mainTypes: ReadonlySet<unknown> = new Set(["query", "procedure", "subscription", "record", "permission-set"]);

/** The schema of documents refuses these too, but does not say where. */
function checkMain(nsid: string, { defs }: JsonObject): void {
  for (const [name, definition] of Object.entries(defs ?? {})) {
    const type = (definition as JsonObject | null)?.type;
    if (name !== "main" && mainTypes.has(type))
      throw new LexiconError(
        nsid,
        ["defs", name, "type"],
        `a ${String(type)} must be the main definition of its document`,
      );
  }
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** Issues of each alternative, when none of them fits */
  readonly errors?: readonly (readonly Issue[])[];
  readonly unionErrors?: readonly { readonly issues: readonly Issue[] }[];
}

/** The issue furthest into the document: in an alternative that fits best, the rest is noise about the others. */
function deepest(
  issues: readonly Issue[],
  prefix: readonly (string | number)[],
): { path: (string | number)[]; message: string } {
  const found = issues.map((issue) => {
    const path = [...prefix, ...issue.path.map((part) => (typeof part === "number" ? part : String(part)))];
    const inner = issue.unionErrors?.flatMap((error) => error.issues) ?? issue.errors?.flat() ?? [];
    const below = inner.length > 0 ? joined(path, deepest(inner, [])) : undefined;
    return below !== undefined && below.path.length > path.length ? below : { path, message: issue.message };
  });
  return (
    found.toSorted((a, b) => b.path.length - a.path.length)[0] ?? {
      path: [...prefix],
      message: "is not a lexicon document",
    }
  );
}

/** Inner issues say where they are from the document on, from the definition on, or from the outer issue on. */
function joined<Found extends { path: (string | number)[] }>(outer: readonly (string | number)[], found: Found): Found {
  const start = outer.findIndex((_, index) => outer.slice(index).every((part, at) => part === found.path[at]));
  return { ...found, path: [...(start < 0 ? outer : outer.slice(0, start)), ...found.path] };
}
