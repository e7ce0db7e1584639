import type { Change, Hint } from "./change.ts";
import type { LexiconError } from "./errors.ts";
import type { Note } from "./notes.ts";

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

/** Writes what of the documents no code was made of, and what was passed over, for people. */
export function formatFindings(refusals: readonly LexiconError[], notes: readonly Note[]): string {
  const lines = notes.map(({ nsid, pointer, kind, message }) => ({ kind, line: `${nsid} at ${pointer}: ${message}` }));
  const linesOf = (kind: Note["kind"]): string[] =>
    lines.filter((one) => one.kind === kind).map(({ line: text }) => text);
  return [
    ["Refused", "what refers to them is unknown", refusals.map(({ message }) => message)] as const,
    ["Unknown parts", "their types are unknown, and values are not checked there", linesOf("gap")] as const,
    ["Passed over", "code was made without", linesOf("notice")] as const,
  ]
    .flatMap(([heading, meaning, found]) =>
      found.length === 0
        ? []
        : [`${heading} (${found.length}): ${meaning}\n${found.map((text) => `  ${text}\n`).join("")}`],
    )
    .join("");
}
