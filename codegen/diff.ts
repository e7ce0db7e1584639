import type { Change, Hint } from "./change.ts";
import { compareVersions, semverHint } from "./changelog.ts";
import { loadFolder } from "./load.ts";
import { formatChanges } from "./report.ts";

export interface Difference {
  readonly changes: readonly Change[];
  /** What the changes ask of a version number */
  readonly hint: Hint;
  /** As a changelog for people */
  readonly text: string;
}

/**
 * Compares the documents of two folders.
 *
 * @throws LexiconError for a file that is no document, CodegenError for a folder that cannot be read
 */
export function diffFolders(before: string, after: string): Difference {
  const [old, next] = [loadFolder(before, before), loadFolder(after, after)];
  const documents = Object.fromEntries(old.map(({ nsid, source, sha256 }) => [nsid, { source, sha256 }]));
  const changes = compareVersions({ package: { name: "", version: "" }, documents }, old, next);
  const hint = semverHint(changes);
  return { changes, hint, text: formatChanges(changes, hint) };
}
