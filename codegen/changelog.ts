import { isDeepStrictEqual } from "node:util";
import { compareDocuments } from "./compare.ts";
import type { Manifest } from "./manifest.ts";
import { compareShifts } from "./shifts.ts";
import type { JsonObject, LexiconDocument } from "./model.ts";
import { References, routes, targetKey } from "./references.ts";
import type { Change, Hint, Direction } from "./change.ts";

const order = ({ nsid, pointer }: Change): string => `${nsid} ${pointer}`;

/**
 * Compares the documents behind a manifest with new ones. Where an old document is not at hand, only its digest tells that it
 * changed, and the effect is unknown.
 */
export function compareVersions(
  before: Manifest | undefined,
  oldDocuments: readonly LexiconDocument[],
  newDocuments: readonly LexiconDocument[],
  items: Readonly<Record<string, string>> = {},
): readonly Change[] {
  if (before === undefined) return [];
  const old = new Map(oldDocuments.map((document) => [document.sha256, document]));
  const next = new Map(newDocuments.map((document) => [document.nsid, document]));
  const known = Object.values(before.documents).flatMap(({ sha256 }) => old.get(sha256) ?? []);
  let find: ReturnType<typeof directions> | undefined;
  const direction: ReturnType<typeof directions> = (nsid, name) =>
    (find ??= directions(known, newDocuments))(nsid, name);
  const changes: Change[] = [];
  for (const nsid of Object.keys(before.documents)) {
    if (!next.has(nsid))
      changes.push({ nsid, pointer: "", kind: "removed", effect: "breaking", what: "document removed" });
  }
  for (const { nsid, sha256, json } of newDocuments) {
    const entry = before.documents[nsid];
    if (entry?.sha256 === sha256) continue;
    const previous = entry && old.get(entry.sha256);
    if (entry === undefined) {
      changes.push({ nsid, pointer: "", kind: "added", effect: "compatible", what: `${mainKind(json)} added` });
    } else if (previous === undefined) {
      changes.push({
        nsid,
        pointer: "",
        kind: "changed",
        effect: "unknown",
        what: "changed; the old document is not at hand",
      });
    } else if (!isDeepStrictEqual(previous.json, json)) {
      changes.push(...compareDocuments(nsid, previous.json, json, direction));
    }
  }
  if (changes.some(({ effect }) => effect !== "documentation")) {
    changes.push(...compareShifts(known, newDocuments, items));
  }
  return changes.toSorted((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0));
}

/** Who fills in a definition, in any of the versions: a view is only received, whatever a record refers to travels both ways. */
function directions(...versions: readonly (readonly LexiconDocument[])[]): (nsid: string, name: string) => Direction {
  const [sent, received] = [new Set<string>(), new Set<string>()];
  for (const documents of versions) {
    const found = routes(documents, new References(documents));
    for (const key of found.sent) sent.add(key);
    for (const key of found.received) received.add(key);
  }
  return (nsid, name) => {
    const key = targetKey({ nsid, name });
    return sent.has(key) === received.has(key) ? "both" : sent.has(key) ? "sent" : "received";
  };
}

const mainKind = (json: JsonObject): string => {
  const main = (json.defs as JsonObject | undefined)?.main as JsonObject | undefined;
  return main === undefined ? "definitions" : String(main.type);
};

/** What a change of the kind asks of the version number. */
export function semverHint(changes: readonly Change[]): Hint {
  if (changes.some(({ effect }) => effect === "breaking" || effect === "unknown")) return "major";
  if (changes.some(({ effect }) => effect === "compatible")) return "minor";
  return changes.length > 0 ? "patch" : "none";
}
