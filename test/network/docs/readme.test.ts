import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { run } from "../../support/programs/run.ts";
import { documents, patternOf, snippets } from "./snippets.ts";
import { prepare } from "./surroundings.ts";

const root = join(import.meta.dirname, "../../..");
const folder = join(import.meta.dirname, ".snippets");
let env: Record<string, string>;

const fileOf = (index: number): string => join(folder, `snippet-${index}.ts`);

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  env = await prepare(folder, inject("network"));
  for (const [index, { code }] of snippets.entries()) writeFileSync(fileOf(index), code);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const readme = documents.get("README.md") ?? "";

test("a working snippet stands in the first 20 lines of the README", () => {
  expect(readme.split("\n").slice(0, 20).join("\n")).toContain(snippets[0]?.code);
});

test("the snippets type-check", () => {
  const config = join(folder, "tsconfig.json");
  writeFileSync(
    config,
    JSON.stringify({ extends: "../../../../tsconfig.json", include: ["snippet-*.ts"], exclude: [] }),
  );
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", config], { cwd: folder, encoding: "utf8" });
  const named = stdout.replaceAll(/snippet-(\d+)\.ts/g, (_, index) => snippets[Number(index)]?.title ?? "");
  expect(named).toBe("");
}, 120_000);

test.each(snippets.map((snippet, index) => [snippet.title, snippet, index] as const))(
  "%s runs",
  async (_, { printed }, index) => {
    const database = join(folder, `snippet-${index}.db`);
    copyFileSync(join(folder, "login.db"), database);
    const outcome = await run({ file: fileOf(index), cwd: folder, env: { ...env, BSKY_SQLITE_FILENAME: database } });
    expect(outcome).toEqual({ stderr: "", stdout: expect.stringMatching(patternOf(printed)), status: 0 });
  },
);

test("links between the documents lead somewhere", () => {
  const broken = [...documents].flatMap(([path, text]) =>
    [...text.replaceAll(/^```.*?^```|`[^`\n]*`/gms, "").matchAll(/\]\((?!https?:)([^)\s]+)/g)]
      .map(([, link = ""]) => new URL(link, `file://${root}/${path}`))
      .filter((url) => !leadsSomewhere(url))
      .map((url) => `${path}: ${url.pathname}${url.hash}`),
  );
  expect(broken).toEqual([]);
});

test("what npm runs in the documents are scripts of the package", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const text = [...documents.values()].join("\n");
  const named = [...text.matchAll(/npm (?:run ([a-z:]+)|test\b)/g)].map(([, name = "test"]) => name);
  expect(new Set(named).size).toBeGreaterThan(3);
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
});

/** A file or folder that is there, and with a hash one of its headings. */
function leadsSomewhere({ pathname, hash }: URL): boolean {
  if (!existsSync(pathname)) return false;
  const headings = hash === "" ? [] : [...readFileSync(pathname, "utf8").matchAll(/^#+ (.+)$/gm)];
  const anchors = headings.map(([, heading = ""]) => heading.toLowerCase().replaceAll(/[^\w\s-]/g, ""));
  return hash === "" || anchors.some((anchor) => `#${anchor.replaceAll(" ", "-")}` === hash);
}
