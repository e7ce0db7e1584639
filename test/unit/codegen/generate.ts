import { emit } from "../../../codegen/emit/index.ts";
import { checkDocuments, loadFolder, mergeSources } from "../../../codegen/load.ts";
import type { JsonObject, LexiconDocument } from "../../../codegen/model.ts";
import { resolve } from "../../../codegen/resolve.ts";
import { sha256 } from "../../../codegen/digest.ts";

/** The whole way from documents to files, without the two ends that touch the disk. */
export async function generate(
  documents: readonly LexiconDocument[],
  runtime = "#runtime",
): Promise<ReadonlyMap<string, string>> {
  const merged = mergeSources(documents);
  await checkDocuments(merged, new Set());
  return emit(resolve(merged), { runtime }).files;
}

export const generateFolder = async (folder: string, name: string): Promise<ReadonlyMap<string, string>> =>
  generate(loadFolder(folder, name));

/** A document as if it had been read from a file. */
export const documentOf = (json: JsonObject): LexiconDocument => ({
  nsid: String(json.id),
  source: "test",
  sha256: sha256(JSON.stringify(json)),
  json,
});

/** A document with the given definitions. */
export const lexicon = (id: string, defs: JsonObject): JsonObject => ({ lexicon: 1, id, defs });
