import type { Change, Hint } from "./change.ts";
const headings: readonly (readonly [effect: Change["effect"], heading: string])[] = [
  ["breaking", "Breaking"],
  ["unknown", "Changed, effect unknown"],
  ["compatible", "Compatible"],
  ["documentation", "Documentation only"],
];

const advice: Readonly<Record<Hint, string>> = {
  major: "Version: major (before 1.0: minor)",
  minor: "Version: minor",
  patch: "Version: patch",
  none: "No change",
};

/** Writes a changelog for people. */
export function formatChanges(changes: readonly Change[], hint: Hint): string {
  const sections = headings.flatMap(([effect, heading]) => {
    const own = changes.filter((change) => change.effect === effect);
    return own.length === 0 ? [] : [`${heading} (${own.length})`, ...own.map(line), ""];
  });
  return [...sections, advice[hint]].join("\n");
}

const signs = { added: "+", removed: "-", changed: "~" } as const;
const line = ({ kind, nsid, pointer, what }: Change): string =>
  `  ${signs[kind]} ${nsid}${pointer === "" ? "" : ` ${pointer}`}: ${what}`;
