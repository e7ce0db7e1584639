import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "./digest.ts";
import { filesBelow } from "./files.ts";
import type { Json, JsonObject, LexiconDocument } from "./model.ts";
import { CodegenError, LexiconError } from "./errors.ts";
import type { Refusals } from "./refusals.ts";
import { isWellFormed } from "./well-formed.ts";

export interface LoadOptions {
  /** Takes what is no document. Default: it is an error */
  readonly refusals?: Refusals | undefined;
  /** Digests of documents, which are those of texts that codegen writes */
  readonly known?: ReadonlySet<string> | undefined;
}

/**
 * Reads every lexicon document below a folder. A file that is none is refused; without `refusals` it is an error.
 *
 * @throws LexiconError for a file that is not a document, CodegenError when the folder cannot be read
 */
export function loadFolder(folder: string, source: string, { refusals, known }: LoadOptions = {}): LexiconDocument[] {
  let names: string[];
  try {
    names = filesBelow(folder);
  } catch (cause) {
    throw new CodegenError(`The folder ${folder} cannot be read. Give --from a folder with lexicon documents.`, {
      cause,
    });
  }
  const files = names.filter((name) => name.endsWith(".json")).toSorted();
  return files.flatMap((name) => {
    const read = (): LexiconDocument => parse(readFileSync(`${folder}/${name}`, "utf8"), name, source, known);
    return (refusals === undefined ? read() : refusals.attempt(read)) ?? [];
  });
}

/** What editors and git on Windows put into files, and JSON does not have: a byte order mark. */
const BOM = "\uFEFF";

function parse(text: string, file: string, source: string, known?: ReadonlySet<string>): LexiconDocument {
  const at = join(source, file);
  let json: Json;
  try {
    json = JSON.parse(text.startsWith(BOM) ? text.slice(1) : text) as Json;
  } catch (cause) {
    throw new LexiconError(at, [], `is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  if (json === null || typeof json !== "object" || Array.isArray(json))
    throw new LexiconError(at, [], "must be an object");
  const document = json as JsonObject;
  if (document.lexicon !== 1)
    throw new LexiconError(at, ["lexicon"], "must be 1, the version of the language codegen knows");
  if (typeof document.id !== "string") throw new LexiconError(at, ["id"], "must be an NSID");
  const digest = sha256(text);
  // Most files are as codegen writes them.
  const isOwnText = known?.has(digest) === true;
  return {
    nsid: document.id,
    source,
    file: at,
    sha256: isOwnText ? digest : sha256(jsonText(document)),
    json: document,
  };
}

/** A document as codegen writes it. Its digest stands for what was read, not for line ends and indentation of the file. */
export const jsonText = (document: JsonObject): string => `${JSON.stringify(document, null, 2)}\n`;

/** By NSID in code-unit order, which is the same on every machine. */
export const sortDocuments = (documents: readonly LexiconDocument[]): LexiconDocument[] =>
  documents.toSorted((a, b) => (a.nsid < b.nsid ? -1 : a.nsid > b.nsid ? 1 : 0));

/**
 * Puts sources together. A later group replaces documents of an earlier one. An NSID that a group holds twice, with different
 * content, is refused: nobody knows which one is meant.
 */
export function mergeSources(groups: readonly (readonly LexiconDocument[])[], refusals: Refusals): LexiconDocument[] {
  const merged = new Map<string, LexiconDocument>();
  for (const group of groups) {
    const own = new Map<string, LexiconDocument>();
    for (const document of group) {
      const { nsid } = document;
      const other = own.get(nsid);
      if (other !== undefined && other.sha256 !== document.sha256 && !refusals.has(nsid)) {
        const [one, two] = [other, document].map(({ file, source }) => file ?? source);
        refusals.add(new LexiconError(nsid, ["id"], `stands in ${one} and in ${two} with different content`));
      }
      own.set(nsid, document);
      merged.set(nsid, document);
    }
  }
  return sortDocuments([...merged.values()].filter(({ nsid }) => !refusals.has(nsid)));
}

/**
 * Checks documents against the schema of lexicon documents, and gives those that are right. Those whose digest is in `known` were
 * checked when it was written.
 */
export async function checkDocuments(
  documents: readonly LexiconDocument[],
  known: ReadonlySet<string>,
  refusals: Refusals,
): Promise<LexiconDocument[]> {
  const isRight = ({ nsid, sha256: digest, json }: LexiconDocument): boolean | "unsure" => {
    if (known.has(digest)) return true;
    checkMain(nsid, json);
    return isWellFormed(json) || "unsure";
  };
  const checked: LexiconDocument[] = [];
  for (const document of documents) {
    const { nsid, json } = document;
    const verdict = refusals.attempt(() => isRight(document));
    if (verdict === undefined) continue;
    const issue = verdict === "unsure" ? await issueOf(json) : undefined;
    if (issue === undefined) checked.push(document);
    else refusals.add(new LexiconError(nsid, issue.path, issue.message));
  }
  return checked;
}

async function issueOf(json: JsonObject): Promise<ReturnType<typeof deepest> | undefined> {
  const { lexiconDoc } = await import("@atproto/lexicon");
  const result = lexiconDoc.safeParse(json);
  return result.success ? undefined : deepest(result.error.issues, []);
}

const mainTypes: ReadonlySet<unknown> = new Set(["query", "procedure", "subscription", "record", "permission-set"]);

/** The schema of documents does not say where it refuses the first of these, and takes the second: newer official tools do not. */
function checkMain(nsid: string, { defs }: JsonObject): void {
  for (const [name, definition] of Object.entries(defs ?? {})) {
    const type = (definition as JsonObject | null)?.type;
    if (type === "unknown")
      throw new LexiconError(nsid, ["defs", name, "type"], "unknown is the type of a part, not of a definition");
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
