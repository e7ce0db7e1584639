import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../../..");

export interface Snippet {
  /** Where it stands: file, last heading, and number below that heading */
  readonly title: string;
  readonly code: string;
  /** What it prints, as the documentation shows it: `…` stands for any text, on a line of its own for any lines */
  readonly printed: string;
}

/** README.md, the pages of the guide, and what else is for people, by their paths. */
export const documents: ReadonlyMap<string, string> = new Map(
  ["README.md", ...globSync(["docs/guide/**/*.md", "*.md", "examples/*.md"], { cwd: root }).sort()].map((path) => [
    path,
    readFileSync(join(root, path), "utf8"),
  ]),
);

const block = /^#{1,6} (?<heading>[^\n]+)$|^```ts\n(?<code>.*?)^```$(?:\s+^```text\n(?<printed>.*?)^```$)?/gms;

function* snippetsOf(path: string, text: string): Generator<Snippet> {
  let heading = "";
  let number = 0;
  for (const { groups = {} } of text.matchAll(block)) {
    if (groups.heading !== undefined) [heading, number] = [groups.heading, 0];
    else yield { title: `${path}, ${heading}, ${++number}`, code: groups.code ?? "", printed: groups.printed ?? "" };
  }
}

export const snippets: readonly Snippet[] = [...documents].flatMap(([path, text]) => [...snippetsOf(path, text)]);

/** Files that the documents show, by the path in the title of their block. */
export const files: ReadonlyMap<string, string> = new Map(
  [...documents.values()].flatMap((text) =>
    [...text.matchAll(/^```\w+ title="([^"]+)"\n(.*?)^```$/gms)].map(([, path = "", content = ""]) => [path, content]),
  ),
);

/** The pattern that an output has to match. */
export function patternOf(printed: string): RegExp {
  const lines = printed.split("\n").map((line) => {
    if (line.trim() === "…") return "(?:.*\n)*?";
    return `${line
      .split("…")
      .map((text) => RegExp.escape(text))
      .join(".+?")}\n`;
  });
  // The last line ends where the block does.
  return new RegExp(`^${lines.join("").replace(/\n$/, "")}$`);
}
