import { globSync } from "node:fs";
import { join } from "node:path";
import { checkSync } from "recheck";
import { Project, SyntaxKind } from "ts-morph";
import { expect, test } from "vitest";
import { root } from "./imports.ts";

/**
 * Patterns that meet only texts of a bounded length, or of our own, by their source. Everything else is matched in a time that
 * grows with the text, since it may come from a server, a page or a record.
 */
const bounded: Readonly<Record<string, string>> = {};

interface Pattern {
  readonly source: string;
  readonly flags: string;
  readonly place: string;
}

/** Every regular expression that stands in the sources. */
function patternsBelow(...folders: readonly string[]): readonly Pattern[] {
  const project = new Project({ skipAddingFilesFromTsConfig: true });
  const found = new Map<string, Pattern>();
  for (const file of folders.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: root }))) {
    for (const literal of project
      .addSourceFileAtPath(join(root, file))
      .getDescendantsOfKind(SyntaxKind.RegularExpressionLiteral)) {
      const text = literal.getText();
      const end = text.lastIndexOf("/");
      const place = `${file}:${literal.getStartLineNumber()}`;
      found.set(text, { source: text.slice(1, end), flags: text.slice(end + 1), place });
    }
  }
  return [...found.values()];
}

test("X1 X7 E16 every pattern takes time that grows with the length of its text only", () => {
  process.env["RECHECK_BACKEND"] = "pure";
  const patterns = patternsBelow("src", "codegen");
  expect(patterns.length).toBeGreaterThan(100);
  const slow = patterns
    .filter(({ source }) => !Object.hasOwn(bounded, source))
    .map((pattern) => ({ ...pattern, ...checkSync(pattern.source, pattern.flags, { timeout: 20_000 }) }))
    .filter(({ status }) => status !== "safe");
  expect(slow.map(({ place, source, status }) => `${place} ${status}: ${source}`)).toEqual([]);
}, 180_000);
