import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

interface Loaded {
  readonly files: readonly string[];
  readonly builtIns: readonly string[];
}

/** Types are erased and imports of them with them, so sources load the modules that built code loads. */
function load(entry: string): Loaded {
  const script = join(root, "bench/imports/loaded-modules.mjs");
  const argv = ["--conditions=skylex-source", script, pathToFileURL(join(root, entry)).href];
  const { stdout, stderr } = spawnSync(process.execPath, argv, { encoding: "utf8" });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as Loaded;
}

const { files, builtIns } = load("src/index.ts");

test("the package root loads at most 60 modules", () => {
  expect(files.length).toBeGreaterThan(20);
  expect(files.length).toBeLessThanOrEqual(60);
});

test("the package root loads no dependency", () => {
  const foreign = files.filter((file) => file.includes("/node_modules/") || !file.startsWith(pathToFileURL(root).href));
  expect(foreign).toEqual([]);
});

test("the package root loads none of Node's own HTTP clients, which cost more than all of skylex", () => {
  const heavy = builtIns.filter((name) => /undici|^_?http|^https|^_tls|^tls$|^crypto$|^zlib$|sqlite/.test(name));
  expect(heavy).toEqual([]);
});

test("types and definitions load without the client", () => {
  const definitions = load("generated/definitions.ts");
  expect(definitions.files.filter((file) => file.includes("/namespaces/"))).toEqual([]);
});
