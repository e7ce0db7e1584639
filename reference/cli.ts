/**
 * Writes a page for every public name to `docs/api`, from the docstrings: `npm run docs`. Generated code has the descriptions of the lexicons,
 * and is listed only.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as definitions from "../generated/definitions.ts";
import { firstSentence, pageOf } from "./page.ts";
import { entryPoints, readEntryPoints } from "./read.ts";

const folder = join(import.meta.dirname, "../docs/api");
rmSync(folder, { recursive: true, force: true });

const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};

const index = [
  "# Every public name",
  "Written by `npm run docs` from the docstrings. What is there to do with them: [the guide](../../README.md#guide).",
];
let pages = 0;
for (const [entry, names] of readEntryPoints()) {
  const place = entry.replace("/", "-");
  const known = new Set(names.map(({ name }) => name));
  const linkTo = (name: string): string | undefined => (known.has(name) ? `${name}.md` : undefined);
  for (const name of names) write(`${place}/${name.name}.md`, pageOf(entry, name, linkTo));
  pages += names.length;
  const lines = names.map(
    (name) => `| [${name.name}](${place}/${name.name}.md) | ${firstSentence(name).replaceAll("|", "\\|")} |`,
  );
  index.push(`## \`${entry}\`\n\n| name | |\n|---|---|\n${lines.join("\n")}`);
}

const known = Object.entries(definitions).map(([name, { kind, nsid }]) => `| \`${name}\` | ${kind} | \`${nsid}\` |`);
index.push(
  `## \`skylex/definitions\`\n\nThe definitions behind the methods, for \`client.call(definition, …)\` and for bundlers.\n\n| constant | | NSID |\n|---|---|---|\n${known.join("\n")}\n`,
);
write("README.md", index.join("\n\n"));
console.log(
  `${pages} pages and ${known.length} definitions of ${Object.keys(entryPoints).length + 1} entry points in docs/api`,
);
