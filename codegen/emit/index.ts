import type { DocumentModel } from "../model.ts";
import { authorityOf, typesFile } from "../names.ts";
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
  /** Called after each document */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Prints the model: file name, relative to the output folder, to text. */
export async function emit(
  models: readonly DocumentModel[],
  { runtime, extension = ".ts", onProgress }: EmitOptions,
): Promise<Map<string, string>> {
  const { IndentationText, Project, QuoteKind } = await import("ts-morph");
  const project = new Project({
    useInMemoryFileSystem: true,
    skipLoadingLibFiles: true,
    skipFileDependencyResolution: true,
    manipulationSettings: { indentationText: IndentationText.TwoSpaces, quoteKind: QuoteKind.Double },
  });
  const newWriter = (): ReturnType<typeof project.createWriter> => project.createWriter();
  const files = new Map<string, string>();

  const records = new Set(models.filter(({ main }) => main?.kind === "record").map(({ nsid }) => `${nsid}#main`));
  for (const model of models) {
    files.set(typesFile(model.nsid), typesText(model, runtime, records, newWriter));
    onProgress?.(files.size, models.length);
  }

  const withMain = models.filter((model): model is WithMain => model.main !== undefined);
  const byAuthority = Map.groupBy(withMain, ({ nsid }) => authorityOf(nsid));
  const authorities = [...byAuthority.keys()].toSorted();
  const tree = buildTree(withMain);
  for (const [authority, members] of byAuthority) {
    files.set(`definitions/${authority}.ts`, definitionsText(authority, members, runtime, newWriter));
    const [first = "", second = ""] = authority.split(".");
    const node = tree.children.get(first)?.children.get(second);
    if (node !== undefined) files.set(`namespaces/${authority}.ts`, namespacesText(node, runtime, newWriter));
  }
  const blobSlots = models.flatMap((model) => model.blobSlots);
  if (blobSlots.length > 0) files.set("blob-slots.ts", blobSlotsText(blobSlots, runtime, newWriter));
  const documents = Map.groupBy(models, ({ nsid }) => authorityOf(nsid));
  for (const [authority, members] of documents) {
    files.set(`documents/${authority}.ts`, documentsText(authority, members, runtime, newWriter));
  }
  files.set("documents.ts", documentTable([...documents.keys()].toSorted(), runtime, extension, newWriter));
  files.set("types.ts", typeBarrel(models, newWriter));
  if (hasRecordTable(models)) files.set("records.ts", recordTable(models, newWriter));
  files.set("definitions.ts", definitionBarrel(authorities, newWriter));
  files.set("root.ts", rootText(tree, authorities, runtime, newWriter));
  return extension === ".ts"
    ? files
    : new Map([...files].map(([file, text]) => [file, withExtension(text, extension)]));
}

/** Imports are whole lines, so nothing of a description is touched. */
const withExtension = (text: string, extension: string): string =>
  text.replace(/^((?:import|export) .* from "\.[^"]*)\.ts";$/gm, `$1${extension}";`);
