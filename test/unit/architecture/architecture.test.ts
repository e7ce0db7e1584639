import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { Root } from "../../../generated/root.ts";
import { Client } from "../../../src/client/client.ts";
import { version } from "../../../src/version.ts";
import { clientNames } from "../../../codegen/names.ts";
import type { Import } from "./imports.ts";
import { importsOf, root, sourceFiles } from "./imports.ts";
import type { Room } from "./rules.ts";
import { onlyFor, rooms, strangers } from "./rules.ts";

const files = sourceFiles("src", "generated", "codegen", "migrations");
const imports = files.flatMap(importsOf);

const roomOf = (file: string): Room | undefined =>
  rooms.filter(({ path }) => file.startsWith(path)).toSorted((a, b) => b.path.length - a.path.length)[0];

function isAllowed({ target, isType, isLazy }: Import, room: Room): boolean {
  const within = (prefixes: readonly string[] = []): boolean => prefixes.some((prefix) => target.startsWith(prefix));
  const isFile = target.includes("/") && existsSync(join(root, target));
  if (isFile || target.startsWith("#")) {
    return target.startsWith(room.path) || within(room.imports) || (isType && within(room.types));
  }
  if ((room.packages ?? []).includes(target)) return true;
  return (isType || isLazy) && (room.lazy ?? []).includes(target);
}

test("every file belongs to a room", () => {
  expect(files.length).toBeGreaterThan(400);
  expect(files.filter((file) => roomOf(file) === undefined)).toEqual([]);
});

test("rooms import only what they may", () => {
  expect(imports.length).toBeGreaterThan(1000);
  const wrong = imports.filter((one) => !isAllowed(one, roomOf(one.file) as Room));
  expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
});

test("the composition root is imported by its index alone", () => {
  // Types of the public names leave nothing at run time.
  const isPublicType = ({ target, isType }: (typeof imports)[number]): boolean => isType && target === "src/index.ts";
  const wrong = imports.filter(
    (one) => !isPublicType(one) && onlyFor[one.target] !== undefined && !onlyFor[one.target]?.includes(one.file),
  );
  expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
});

test("layers do not import each other", () => {
  const { folder, except } = strangers;
  const wrong = imports.filter(
    ({ file, target }) => file.startsWith(folder) && file !== except && target.startsWith(folder),
  );
  expect(wrong).toEqual([]);
});

test("modules do not import each other in circles, types included", () => {
  const edges = Map.groupBy(
    // Lexicons refer to each other in circles, and the types generated from them do, too.
    imports.filter(({ file, isLazy }) => !isLazy && !file.startsWith("generated/types/")),
    ({ file }) => file,
  );
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
    if (path.includes(file) || done.has(file)) return;
    for (const { target } of edges.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(cycles).toEqual([]);
});

test("files are short, and named in kebab-case by what they do", () => {
  const written = sourceFiles("src", "codegen", "test", "examples", "bench").filter(
    (file) => !/\/golden\/|node_modules|^bench\/out\//.test(file),
  );
  const long = written.filter((file) => readFileSync(join(root, file), "utf8").split("\n").length > 500);
  expect(long).toEqual([]);
  const misnamed = written.filter(
    (file) => !/^(?:[a-z0-9]+(?:-[a-z0-9]+)*)(?:\.test|\.test-d)?\.ts$/.test(file.split("/").at(-1) ?? ""),
  );
  expect(misnamed).toEqual([]);
  expect(written.filter((file) => /\b(?:utils?|helpers?|common|misc)\b/.test(file))).toEqual([]);
});

test("every folder says what it is", () => {
  const folders = new Set(sourceFiles("src", "codegen", "test", "examples").map(dirname));
  const top = [...folders].filter((folder) => !folder.includes("/golden") && folder !== "src");
  const silent = [...top, "generated", "lexicons", "migrations"].filter((folder) => {
    if (folder === "migrations" && !existsSync(join(root, folder))) return false;
    const readme = join(root, folder, "README.md");
    const lines = existsSync(readme) ? readFileSync(readme, "utf8").trim().split("\n").length : 0;
    return lines < 2;
  });
  expect(silent).toEqual([]);
});

test("nothing in the project names a machine, a registry or unfinished work", () => {
  const { stdout } = spawnSync("git", ["ls-files", "-co", "--exclude-standard"], { cwd: root, encoding: "utf8" });
  const listed = stdout.split("\n").filter((file) => file !== "" && existsSync(join(root, file)));
  const texts = listed.filter((file) => /\.(?:ts|mjs|json|md|sh|yml)$|run$/.test(file) && file !== "package-lock.json");
  expect(texts.length).toBeGreaterThan(100);
  const marks = new RegExp(["/(?:home|root|work)/\\w", "registry\\.npmjs", "\\b(?:TO[D]O|FIX[M]E)\\b"].join("|"));
  const found = texts.filter((file) => marks.test(readFileSync(join(root, file), "utf8")));
  expect(found).toEqual([]);
  expect(readFileSync(join(root, "package-lock.json"), "utf8")).not.toMatch(/"resolved"/);
});

test("the client's own names are those that codegen keeps lexicons from taking", () => {
  const own = new Set(Object.keys(new Client()));
  for (let type = Client.prototype; type !== Root.prototype; type = Object.getPrototypeOf(type) as Client) {
    for (const name of Object.getOwnPropertyNames(type)) own.add(name);
  }
  own.delete("constructor");
  expect(new Set(clientNames)).toEqual(own);
});

test("the version is that of the package", () => {
  const { version: declared } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  expect(version).toBe(declared);
});

test("what is generated is not in version control", () => {
  const tracked = spawnSync("git", ["ls-files", "generated", "lexicons"], {
    cwd: root,
    encoding: "utf8",
  }).stdout.trim();
  expect(tracked.split("\n").toSorted()).toEqual([
    "generated/README.md",
    "lexicons/README.md",
    "lexicons/custom/README.md",
    "lexicons/manifest.json",
  ]);
  expect(globSync("generated/types/**/*.ts", { cwd: root }).length).toBeGreaterThan(380);
});
