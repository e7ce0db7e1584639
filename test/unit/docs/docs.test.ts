import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Client } from "../../../src/index.ts";
import { pageOf } from "../../../reference/page.ts";
import type { PublicName } from "../../../reference/read.ts";
import { readEntryPoints } from "../../../reference/read.ts";

const root = join(import.meta.dirname, "../../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const guide = (page: string): string => read(`docs/guide/${page}.md`);

const entries = readEntryPoints();
const names = new Map((entries.get("skylex") ?? []).map((name) => [name.name, name]));

/** What stands in backquotes in the first column of the tables below a heading, or of a page. */
function firstColumn(text: string, heading?: string): readonly string[] {
  const section = heading === undefined ? text : (text.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "");
  const cells = [...section.matchAll(/^\| (.+?) \|/gm)].map(([, cell = ""]) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name)).sort();
}

const membersOf = (name: string): readonly string[] => (names.get(name)?.members ?? []).map((member) => member.name);
const below = (option: string, name: string): readonly string[] => membersOf(name).map((one) => `${option}.${one}`);

test.each([...entries])("every public name of %s says what it is, and every member of it", (_, all) => {
  const silent = all.flatMap(({ name, place, text, members }: PublicName) => [
    ...(text === "" ? [`${name} (${place})`] : []),
    ...members
      .filter((one) => one.text === "" && one.name !== "constructor")
      .map((one) => `${name}.${one.name} (${place})`),
  ]);
  expect(silent).toEqual([]);
  expect(all.length).toBeGreaterThan(5);
});

const referenceOf = (name: string): string =>
  pageOf("skylex", names.get(name) as PublicName, (other) => (names.has(other) ? `${other}.md` : undefined));

test("a page of the reference shows declaration, defaults, errors and examples, with links", () => {
  expect(referenceOf("BudgetOptions")).toContain(
    "### policy\n\n```ts\nreadonly policy?: BudgetPolicy | undefined;\n```\n\nWhat to do when a budget is used up. Default `throw`",
  );
  expect(referenceOf("Profiles")).toContain("**Throws** XrpcError when the account");
  // Members of the class behind it, which nobody can import, are its own.
  expect(referenceOf("Client")).toContain("### createPost\n\n```ts\ncreatePost(post: Postable");
  expect(referenceOf("Client")).toContain("[`ValidationError`](ValidationError.md)");
  expect(referenceOf("Client").match(/^Example:$/gm)?.length).toBeGreaterThan(3);
});

describe("the configuration page has a row for", () => {
  const page = guide("configuration");

  test("every option of a client", () => {
    const nested = {
      retry: "RetryOptions",
      validate: "ValidateOptions",
      log: "LogOptions",
      budget: "BudgetOptions",
      media: "MediaOptions",
      services: "ServiceOptions",
      routes: "RouteOption",
    };
    const further = Object.entries(nested).flatMap(([option, name]) => below(option, name));
    expect(firstColumn(page, "Options of a client")).toEqual([...membersOf("ClientOptions"), ...further].sort());
  });

  test.each([
    ["Options of a view", "ViewOptions"],
    ["Options of a call", "CallOptions"],
    ["Options of reading on", "ResumeOptions"],
  ])("all %s", (heading, name) => {
    expect(firstColumn(page, heading)).toEqual([...membersOf(name)].sort());
  });

  test("every option of a stream", () => {
    const all = [...membersOf("StreamOptions"), ...below("reconnect", "ReconnectOptions")];
    expect(firstColumn(page, "Options of a stream")).toEqual(all.sort());
  });

  test("every variable that the source reads", () => {
    const sources = globSync(["src/**/*.ts", "codegen/**/*.ts"], { cwd: root }).map(read).join("\n");
    const named = sources.match(/\b(?:BSKY|SKYLEX|FFMPEG|FFPROBE|PG)_?[A-Z][A-Z_]+\b|(?<=\benv(?:\.|\["))[A-Z_]+/g);
    expect(firstColumn(page, "Environment variables")).toEqual([...new Set(named)].sort());
  });
});

test("the page of errors has a row for each of them", () => {
  const errors = [...names.values()].filter(({ kind, name }) => kind === "class" && name.endsWith("Error"));
  const expected = errors.map(({ name }) => name).filter((name) => name !== "SkylexError");
  expect(firstColumn(guide("errors"))).toEqual(expected.sort());
});

const documents = globSync(["*.md", "docs/*.md", "docs/guide/*.md", "examples/*.md"], { cwd: root });

test("what the documents say of a client is there", () => {
  const client = new Client();
  const isThere = (path: string): boolean => {
    const names = path.split(".");
    const last = names.pop() ?? "";
    const owner = names.reduce<unknown>(
      (value, name) => (value as Record<string, unknown> | undefined)?.[name],
      client,
    );
    return last in Object(owner);
  };
  const paths = documents.flatMap((document) =>
    [...read(document).matchAll(/\bclient\.((?:\w+\.)*\w+)(?![.\w*])/g)].map(([, path = ""]) => `${document}: ${path}`),
  );
  expect(paths.length).toBeGreaterThan(100);
  // Names of Python's clients have underscores, ours never.
  const ours = paths.filter((path) => !path.includes("_"));
  expect(ours.filter((path) => !isThere(path.split(": ")[1] ?? ""))).toEqual([]);
});

test("files that the documents name are there", () => {
  const missing = documents.flatMap((document) =>
    [...read(document).matchAll(/`((?:src|codegen|test|bench|reference)\/[\w./-]*)`/g)]
      .map(([, path = ""]) => path)
      .filter((path) => !existsSync(join(root, path)))
      .map((path) => `${document}: ${path}`),
  );
  expect(missing).toEqual([]);
});

test("the page of the database has a row for each table, L14 the page of the log one for each column", () => {
  const migrations = globSync("migrations/*.ts", { cwd: root }).map(read).join("\n");
  const tables = [...migrations.matchAll(/create table (\w+)/g)].map(([, name = ""]) => name);
  expect(firstColumn(guide("storage"), "Tables")).toEqual([...new Set(tables)].sort());
  expect(firstColumn(read("SECURITY.md"), "What is stored")).toEqual([...new Set(tables)].sort());
  const added = [...migrations.matchAll(/alter table bsky_api_call_log add column (\w+)/g)].map(
    ([, name = ""]) => name,
  );
  const columns = membersOf("CallRow").map((name) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  expect(firstColumn(guide("log"))).toEqual([...new Set([...columns, ...added])].sort());
});
