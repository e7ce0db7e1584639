import { emit } from "../../../codegen/emit/index.ts";
import type { LexiconError } from "../../../codegen/errors.ts";
import { checkDocuments, jsonText, loadFolder, mergeSources } from "../../../codegen/load.ts";
import type { JsonObject, LexiconDocument } from "../../../codegen/model.ts";
import type { Note } from "../../../codegen/notes.ts";
import { Refusals } from "../../../codegen/refusals.ts";
import { resolve } from "../../../codegen/resolve.ts";
import { sha256 } from "../../../codegen/digest.ts";

interface Generated {
  readonly files: ReadonlyMap<string, string>;
  readonly refusals: readonly LexiconError[];
  readonly notes: readonly Note[];
}

/** The whole way from documents to files, without the two ends that touch the disk. */
export async function generateAll(
  documents: readonly LexiconDocument[],
  { runtime = "#runtime", items = {} }: { runtime?: string; items?: Readonly<Record<string, string>> } = {},
): Promise<Generated> {
  const refusals = new Refusals();
  const merged = mergeSources([documents], refusals);
  const models = resolve(await checkDocuments(merged, new Set(), refusals), { refusals, items });
  const { files } = emit(models, { runtime });
  return { files, refusals: refusals.all, notes: models.flatMap(({ notes }) => notes) };
}

/** The files of documents of which none is wrong. */
export async function generate(
  documents: readonly LexiconDocument[],
  runtime = "#runtime",
): Promise<ReadonlyMap<string, string>> {
  const { files, refusals } = await generateAll(documents, { runtime });
  for (const refusal of refusals) throw refusal;
  return files;
}

export const generateFolder = async (folder: string, name: string): Promise<ReadonlyMap<string, string>> =>
  generate(loadFolder(folder, name));

/** A document as if it had been read from a file. */
export const documentOf = (json: JsonObject): LexiconDocument => ({
  nsid: String(json.id),
  source: "test",
  sha256: sha256(jsonText(json)),
  json,
});

/** A document with the given definitions. */
export const lexicon = (id: string, defs: JsonObject): JsonObject => ({ lexicon: 1, id, defs });
