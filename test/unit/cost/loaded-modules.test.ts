import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../../..");

interface Loaded {
  readonly files: readonly string[];
  readonly builtIns: readonly string[];
}

/** Types are erased and imports of them with them, so sources load the modules that built code loads. */
function load(entry: string, env: Readonly<Record<string, string>> = {}): Loaded {
  const script = join(root, "bench/imports/loaded-modules.mjs");
  const argv = ["--conditions=skylex-source", script, pathToFileURL(join(root, entry)).href];
  const { stdout, stderr } = spawnSync(process.execPath, argv, { encoding: "utf8", env: { ...process.env, ...env } });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as Loaded;
}

const { files, builtIns } = load("src/index.ts");

test("the package root loads at most 88 modules", () => {
  expect(files.length).toBeGreaterThan(20);
  expect(files.length).toBeLessThanOrEqual(88);
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

/** What checking values takes: the package, and documents by their authorities. */
function checking(call: string): string[] {
  const loaded = load("test/unit/cost/calls.ts", { CALL: call }).files;
  expect(loaded.some((file) => file.endsWith("/src/client/client-runtime.ts"))).toBe(true);
  const parts = loaded.map((file) => /@atproto\/lexicon(?=\/)|documents\/[\w.]+\.ts$/.exec(file)?.[0]);
  return [...new Set(parts.filter((part) => part !== undefined))].toSorted();
}

test("calls that are not checked load nothing of what checking takes, others only the documents they reach", () => {
  expect(checking("read")).toEqual([]);
  expect(checking("upload")).toEqual([]);
  expect(checking("delete")).toEqual(["@atproto/lexicon", "documents/com.atproto.ts"]);
  expect(checking("post")).toEqual(["@atproto/lexicon", "documents/app.bsky.ts", "documents/com.atproto.ts"]);
});
