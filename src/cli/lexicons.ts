import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Definition } from "../index.ts";
import { UsageError } from "./print-error.ts";

/** A schema of the lexicon language, as far as is looked at here: https://atproto.com/specs/lexicon */
export interface Schema {
  readonly type: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly nullable?: readonly string[];
  readonly items?: Schema;
  readonly ref?: string;
  readonly refs?: readonly string[];
  readonly closed?: boolean;
  readonly parameters?: Schema;
  readonly input?: Body;
  readonly output?: Body;
  readonly message?: { readonly schema?: Schema };
  readonly record?: Schema;
  readonly key?: string;
  readonly errors?: readonly { readonly name: string; readonly description?: string }[];
  readonly [constraint: string]: unknown;
}

interface Body {
  readonly encoding: string;
  readonly schema?: Schema;
}

export interface Document {
  readonly id: string;
  readonly description?: string;
  readonly defs: Readonly<Record<string, Schema>>;
}

/** The folder of this package, as sources or built. */
export function packageFolder(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "lexicons/manifest.json"))) return folder;
    if (dirname(folder) === folder) throw new Error("The package has lost its lexicons. Install skylex again.");
  }
}

/** The documents that come with the package */
export const officialFolder = (): string => join(packageFolder(), "lexicons/official");

/** Documents of the package, and before them those of folders of the user's. */
export class Lexicons {
  readonly #own = new Map<string, Document>();

  /** @throws UsageError for a folder that cannot be read, and for files that are no documents */
  constructor(folders: readonly string[] = []) {
    for (const document of folders.flatMap(documentsIn)) this.#own.set(document.id, document);
  }

  find(nsid: string): Document | undefined {
    const own = this.#own.get(nsid);
    if (own !== undefined || !/^[A-Za-z][\w.-]*$/.test(nsid)) return own;
    const file = join(officialFolder(), `${nsid.replaceAll(".", "/")}.json`);
    return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Document) : undefined;
  }

  /** What a reference means: `#name`, `nsid` or `nsid#name`, from within a document. */
  resolve(ref: string, from: string): { readonly schema: Schema; readonly nsid: string } | undefined {
    const [nsid = "", name = "main"] = ref.split("#");
    const at = nsid === "" ? from : nsid;
    const schema = this.find(at)?.defs[name];
    return schema && { schema, nsid: at };
  }

  /** All of them, in the order of their NSIDs. */
  all(): readonly Document[] {
    const official = documentsIn(officialFolder()).filter(({ id }) => !this.#own.has(id));
    return [...official, ...this.#own.values()].toSorted((one, other) => (one.id < other.id ? -1 : 1));
  }
}

function documentsIn(folder: string): Document[] {
  let names: string[];
  try {
    names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  } catch {
    throw new UsageError(`The folder ${folder} cannot be read. Give one with lexicon documents, NAME.json.`);
  }
  return names.filter((name) => name.endsWith(".json")).map((name) => documentOf(join(folder, name)));
}

function documentOf(file: string): Document {
  const broken = (why: string): UsageError => new UsageError(`${file} is no lexicon document: ${why}.`);
  let value: Partial<Document> | null;
  try {
    value = JSON.parse(readFileSync(file, "utf8")) as Partial<Document> | null;
  } catch {
    throw broken("it is not JSON");
  }
  if (typeof value?.id !== "string" || typeof value.defs !== "object") throw broken("it has no id and defs");
  return value as Document;
}

/** What a call needs to know of an endpoint, from its document. */
export function definitionOf({ id: nsid, defs }: Document): Definition | undefined {
  const { main } = defs;
  if (main?.type !== "query" && main?.type !== "procedure") return undefined;
  const { input, output, errors } = main;
  return {
    kind: main.type,
    nsid,
    ...(input !== undefined && { input: input.encoding }),
    ...(output !== undefined && { output: output.encoding }),
    ...(errors !== undefined && { errors: errors.map(({ name }) => name) }),
  };
}
