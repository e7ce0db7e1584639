import { documentText } from "./document-text.ts";
import { DocumentKeys } from "./cache-keys.ts";
import type { RememberedDocument } from "./incremental-cache.ts";
import type { Declaration, DocumentModel, LexiconDocument } from "./model.ts";
import { checkCollisions } from "./names.ts";
import { findUsage, References } from "./references.ts";
import type { Resolved } from "./resolve-document.ts";
import { resolveDocument } from "./resolve-document.ts";

/**
 * Turns checked documents into the model everything is emitted from. A document of which nothing has changed since it was
 * `remembered` is not looked into, unless somebody asks for its declarations.
 */
export function resolve(
  documents: readonly LexiconDocument[],
  remembered: Readonly<Record<string, RememberedDocument>> = {},
): readonly DocumentModel[] {
  checkCollisions(documents.map(({ nsid }) => nsid));
  const references = new References(documents);
  const usage = findUsage(documents, references);
  const keys = new DocumentKeys(documents, usage);
  return documents.map((document) => {
    const { nsid, json } = document;
    const resolveNow = (): Resolved => resolveDocument(document, references, usage);
    const known = remembered[nsid];
    if (known !== undefined && known.key === keys.of(document, known.consulted)) {
      let declarations: readonly Declaration[] | undefined;
      return {
        nsid,
        ...known,
        get declarations() {
          return (declarations ??= resolveNow().declarations);
        },
        get text() {
          return documentText(json);
        },
      };
    }
    const { value, consulted: seen } = references.watch(resolveNow);
    const consulted = [...seen];
    return { nsid, key: keys.of(document, consulted), consulted, ...value, text: documentText(json) };
  });
}
