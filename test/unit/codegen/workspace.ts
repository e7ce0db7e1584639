import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { afterAll } from "vitest";

/** The checkout; tests only read it. */
export const checkout = join(import.meta.dirname, "../../..");

/** A folder of its own for a test file, inside the checkout so that packages and `#runtime` are found. Gone afterwards. */
export function makeWorkspace(): string {
  const folder = mkdtempSync(join(import.meta.dirname, ".tmp-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function writeFiles(folder: string, files: Iterable<readonly [name: string, text: string]>): void {
  for (const [name, text] of files) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

export const writeJson = (path: string, value: unknown): void =>
  writeFiles(dirname(path), [[relative(dirname(path), path), `${JSON.stringify(value, null, 2)}\n`]]);

export const readJson = <Value>(path: string): Value => JSON.parse(readFileSync(path, "utf8")) as Value;

/** Every file below a folder and what `read` says of it. */
export function readTree<Value>(folder: string, read: (path: string) => Value): Map<string, Value> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.toSorted().map((path) => [relative(folder, path).replaceAll("\\", "/"), read(path)]));
}

export const textOf = (path: string): string => readFileSync(path, "utf8");
/** Changes with every write, also one of the same text. */
export const writtenAt = (path: string): string => {
  const { ino, mtimeNs } = statSync(path, { bigint: true });
  return `${ino} ${mtimeNs}`;
};

export interface Exit {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a Node script to its end. */
export function runNode(args: readonly string[], cwd: string): Promise<Exit> {
  const { promise, resolve, reject } = Promise.withResolvers<Exit>();
  const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.on("error", reject);
  child.on("close", (code) => resolve({ code, stdout, stderr }));
  return promise;
}

const compiler = join(checkout, "node_modules/typescript/bin/tsc");

/** Type-checks everything below a folder, with the project's own settings and the given ones. Empty when all is well. */
export async function typeErrors(folder: string, options: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const config = join(folder, `tsconfig-${Object.keys(options).join("-") || "project"}.json`);
  const own = relative(folder, join(checkout, "tsconfig.json")).replaceAll("\\", "/");
  // A pattern would pass over the workspace, because its name starts with a dot.
  const files = [...readTree(folder, String).keys()].filter((file) => file.endsWith(".ts"));
  writeJson(config, { extends: own, compilerOptions: options, files, include: [] });
  const { code, stdout, stderr } = await runNode([compiler, "-p", config], folder);
  return code === 0 ? "" : stdout + stderr || `tsc ended with ${code}`;
}
