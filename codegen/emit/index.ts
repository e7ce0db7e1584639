import { sha256 } from "../digest.ts";
import type { DocumentModel } from "../model.ts";
import { authorityFile, authorityOf, typesFile } from "../names.ts";
import { blobSlotsText } from "./blob-slots.ts";
import type { WithMain } from "./definitions.ts";
import { definitionsText } from "./definitions.ts";
import { documentsText, documentTable } from "./documents.ts";
import { namespacesText } from "./namespaces.ts";
import { definitionBarrel, hasRecordTable, recordTable, rootText, typeBarrel } from "./root.ts";
import { buildTree } from "./tree.ts";
import { typesText } from "./types.ts";

export interface EmitOptions {
  /** Module that generated code imports the runtime from */
  readonly runtime: string;
  /** How generated files name each other. Node runs `.ts` as it is; compilers without its rules want `.js`. Default `.ts` */
  readonly extension?: ".ts" | ".js" | undefined;
  /** The code stands beside the package's own, whose streams are to know its records. Default false */
  readonly isOwn?: boolean | undefined;
  /** Called after each document */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Whether a file is there already as it would be made from what the key stands for. Default: none is */
  readonly isCurrent?: ((file: string, key: string) => boolean) | undefined;
}

export interface Emitted {
  /** File name, relative to the output folder, to text; without those that are current */
  readonly files: ReadonlyMap<string, string>;
  /** Of every file what stands for everything it is made from */
  readonly keys: ReadonlyMap<string, string>;
}

/** Prints the model. */
export function emit(
  models: readonly DocumentModel[],
  { runtime, extension = ".ts", isOwn = false, onProgress, isCurrent = () => false }: EmitOptions,
): Emitted {
  const files = new Map<string, string>();
  const keys = new Map<string, string>();
  const write = (file: string, key: string, make: () => string): void => {
    keys.set(file, key);
    if (isCurrent(file, key)) return;
    const text = asModule(make());
    files.set(file, extension === ".ts" ? text : withExtension(text, extension));
  };

  const records = new Set(models.filter(({ main }) => main?.kind === "record").map(({ nsid }) => `${nsid}#main`));
  for (const [index, model] of models.entries()) {
    write(typesFile(model.nsid), model.key, () => typesText(model, runtime, records));
    onProgress?.(index + 1, models.length);
  }

  const withMain = models.filter((model): model is WithMain => model.main !== undefined);
  const byAuthority = Map.groupBy(withMain, ({ nsid }) => authorityOf(nsid));
  const authorities = [...byAuthority.keys()].toSorted();
  const tree = buildTree(withMain);
  for (const [authority, members] of byAuthority) {
    const key = keyOfSummaries(members);
    write(`definitions/${authorityFile(authority)}.ts`, key, () => definitionsText(authority, members, runtime));
    const [first = "", second = ""] = authority.split(".");
    const node = tree.children.get(first)?.children.get(second);
    if (node !== undefined)
      write(`namespaces/${authorityFile(authority)}.ts`, key, () => namespacesText(node, runtime));
  }
  const documents = Map.groupBy(models, ({ nsid }) => authorityOf(nsid));
  for (const [authority, members] of documents) {
    write(`documents/${authorityFile(authority)}.ts`, sha256(members.map(({ key }) => key).join("\n")), () =>
      documentsText(authority, members, runtime),
    );
  }

  const all = keyOfSummaries(models);
  const blobSlots = models.flatMap((model) => model.blobSlots);
  if (blobSlots.length > 0) write("blob-slots.ts", all, () => blobSlotsText(blobSlots, runtime));
  write("documents.ts", all, () => documentTable([...documents.keys()].toSorted(), runtime, extension));
  write("types.ts", all, () => typeBarrel(models));
  if (hasRecordTable(models)) write("records.ts", all, () => recordTable(models, isOwn ? runtime : undefined));
  write("definitions.ts", all, () => definitionBarrel(authorities));
  write("root.ts", all, () => rootText(tree, authorities, runtime));
  return { files, keys };
}

/** For what is made of names and summaries alone: most changes of a document leave these as they are. */
const keyOfSummaries = (models: readonly DocumentModel[]): string =>
  sha256(JSON.stringify(models.map(({ nsid, main, blobSlots }) => [nsid, main, blobSlots])));

/** What neither imports nor exports is a script to compilers, which cannot be imported: https://www.typescriptlang.org/tsconfig/#moduleDetection */
const asModule = (text: string): string => (/^(?:import|export) /m.test(text) ? text : `${text}export {};\n`);

/** Imports are whole lines, so nothing of a description is touched. */
const withExtension = (text: string, extension: string): string =>
  text.replace(/^((?:import|export) .* from "\.[^"]*)\.ts";$/gm, `$1${extension}";`);
