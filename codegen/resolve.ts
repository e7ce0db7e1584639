import { DocumentKeys } from "./cache-keys.ts";
import { documentText } from "./document-text.ts";
import { LexiconError } from "./errors.ts";
import { withFacts } from "./facts.ts";
import type { RememberedDocument } from "./incremental-cache.ts";
import type { Declaration, DocumentModel, LexiconDocument } from "./model.ts";
import { withoutCollisions } from "./names.ts";
import { partTypes } from "./part-types.ts";
import { findUsage, References } from "./references.ts";
import type { Refusals } from "./refusals.ts";
import type { Resolved, Surroundings } from "./resolve-document.ts";
import { resolveDocument } from "./resolve-document.ts";

export interface ResolveOptions {
  /** Takes the documents that are refused: what refers to them is unknown */
  readonly refusals: Refusals;
  /** What earlier runs found */
  readonly remembered?: Readonly<Record<string, RememberedDocument>> | undefined;
  /** Output properties that hold the items of pages, by NSID */
  readonly items?: Readonly<Record<string, string>> | undefined;
}

/**
 * Turns checked documents into the model everything is emitted from. A document of which nothing has changed since it was
 * `remembered` is not looked into, unless somebody asks for its declarations.
 */
export function resolve(documents: readonly LexiconDocument[], options: ResolveOptions): readonly DocumentModel[] {
  const { refusals } = options;
  let present = withoutCollisions(documents, refusals).map(withFacts);
  // What refers to a document that is refused is another thing without it.
  for (;;) {
    const { models, refused } = resolveAll(present, options);
    if (refused.size === 0) return models;
    for (const error of refused.values()) refusals.add(error);
    present = present.filter(({ nsid }) => !refused.has(nsid));
  }
}

function resolveAll(
  documents: readonly LexiconDocument[],
  { refusals, remembered = {}, items = {} }: ResolveOptions,
): { readonly models: readonly DocumentModel[]; readonly refused: ReadonlyMap<string, LexiconError> } {
  const references = new References(documents, {
    isRefused: (nsid) => refusals.has(nsid),
    partsOf: (document, by) => partTypes(document, by, items),
  });
  const usage = findUsage(documents, references);
  const keys = new DocumentKeys(documents, usage);
  const surroundings: Surroundings = { references, usage, items };
  const names = new Set(documents.map(({ nsid }) => nsid));
  const models: DocumentModel[] = [];
  const refused = new Map<string, LexiconError>();
  for (const document of documents) {
    try {
      models.push(resolveOne(document, surroundings, keys, remembered[document.nsid]));
    } catch (error) {
      if (!(error instanceof LexiconError)) throw error;
      // Another document that was looked into may be the one that is wrong.
      refused.set(names.has(error.nsid) ? error.nsid : document.nsid, error);
    }
  }
  return { models, refused };
}

function resolveOne(
  document: LexiconDocument,
  surroundings: Surroundings,
  keys: DocumentKeys,
  known: RememberedDocument | undefined,
): DocumentModel {
  const { nsid } = document;
  const { references } = surroundings;
  const resolveNow = (): Resolved => resolveDocument(document, surroundings);
  if (known !== undefined && known.key === keys.of(document, known.consulted)) {
    let declarations: readonly Declaration[] | undefined;
    return {
      nsid,
      ...known,
      get declarations() {
        return (declarations ??= resolveNow().declarations);
      },
      get text() {
        return documentText(document, references);
      },
    };
  }
  const { value, consulted: seen } = references.watch(resolveNow);
  const consulted = [...seen];
  return { nsid, key: keys.of(document, consulted), consulted, ...value, text: documentText(document, references) };
}
