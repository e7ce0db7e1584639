import type { Change } from "./change.ts";
import { LexiconError, toPointer } from "./errors.ts";
import type { Json, JsonObject, LexiconDocument } from "./model.ts";
import { pageOf } from "./paging.ts";
import { findUsage, References, targetKey } from "./references.ts";

/**
 * What the whole of the documents changes in one of them, whether or not that one is changed itself: whether a query gives pages,
 * and whether a definition only travels to the server, where types take more.
 */
export function compareShifts(
  before: readonly LexiconDocument[],
  after: readonly LexiconDocument[],
  items: Readonly<Record<string, string>>,
): readonly Change[] {
  const [old, next] = [before, after].map((documents) => {
    const references = new References(documents);
    return { references, usage: findUsage(documents, references) };
  });
  if (old === undefined || next === undefined) return [];
  const known = new Map(before.map((document) => [document.nsid, document]));
  return after.flatMap((document) => {
    const previous = known.get(document.nsid);
    if (previous === undefined) return [];
    const { nsid } = document;
    const [pagesBefore, pagesAfter] = [
      pagesOf(previous, old.references, items),
      pagesOf(document, next.references, items),
    ];
    const changes: Change[] = [];
    if (pagesBefore !== pagesAfter && mainType(previous) === "query" && mainType(document) === "query") {
      const [was, is] = [pagesBefore, pagesAfter].map((list) =>
        list === undefined ? "a plain call" : `pages of ${list}`,
      );
      changes.push({
        nsid,
        pointer: toPointer(["defs", "main", "output"]),
        kind: "changed",
        effect: pagesBefore === undefined ? "compatible" : "breaking",
        what: `was ${was}, is ${is}`,
      });
    }
    for (const [name, definition] of Object.entries(defsOf(document))) {
      const key = targetKey({ nsid, name });
      const [wasSent, isSent] = [old.usage.sentOnly.has(key), next.usage.sentOnly.has(key)];
      if (wasSent === isSent || !Object.hasOwn(defsOf(previous), name) || !takesMoreWhenSent(definition)) continue;
      const what = isSent
        ? "is only sent now, so its types take more"
        : "was only sent and is received now, so its types take less";
      changes.push({ nsid, pointer: toPointer(["defs", name]), kind: "changed", effect: "breaking", what });
    }
    return changes;
  });
}

const defsOf = ({ json }: LexiconDocument): Readonly<Record<string, JsonObject>> =>
  json.defs as Readonly<Record<string, JsonObject>>;

const mainType = (document: LexiconDocument): Json | undefined => defsOf(document).main?.type;

/** The output property that holds the items of a page; `undefined` for what is none, or is wrong. */
function pagesOf(
  document: LexiconDocument,
  references: References,
  items: Readonly<Record<string, string>>,
): string | undefined {
  const { main } = defsOf(document);
  if (main?.type !== "query") return undefined;
  try {
    return pageOf(main, { nsid: document.nsid, path: ["defs", "main"] }, references, items)?.items;
  } catch (error) {
    if (error instanceof LexiconError) return undefined;
    throw error;
  }
}

/** Whether a schema has a part whose type takes more where it is only sent: times, which may be a Date, and unknown objects. */
function takesMoreWhenSent(json: Json | undefined): boolean {
  if (json === null || typeof json !== "object") return false;
  if (Array.isArray(json)) return json.some(takesMoreWhenSent);
  const { type, format } = json as JsonObject;
  if (type === "unknown" || (type === "string" && format === "datetime")) return true;
  return Object.values(json).some(takesMoreWhenSent);
}
