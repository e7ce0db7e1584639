import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

export interface PackedPackage {
  /** Path of the tarball */
  readonly tarball: string;
  /** Bytes of the tarball, and of what it holds */
  readonly size: number;
  readonly unpackedSize: number;
  /** Paths in the package */
  readonly files: readonly string[];
  /** A project that has installed it */
  readonly full: string;
  /** A project that has installed it without its optional packages */
  readonly lean: string;
}

declare module "vitest" {
  interface ProvidedContext {
    package: PackedPackage;
  }
}

/** Builds, packs and installs once for all files, which write into folders of their own below the two projects. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "skylex-package-"));
  // Thousands of files: meanwhile the workers tell that they have ended.
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    // npm prints what prepack prints before its own JSON.
    const output = await npm(["pack", "--json", "--pack-destination", folder], join(import.meta.dirname, "../.."));
    const [packed] = JSON.parse(output.slice(output.lastIndexOf("\n[\n") + 1)) as [
      { filename: string; size: number; unpackedSize: number; files: { path: string }[] },
    ];
    const { filename, size, unpackedSize, files } = packed;
    const tarball = join(folder, filename);
    const install = async (name: string, npmrc: string): Promise<string> => {
      const at = join(folder, name);
      mkdirSync(at);
      writeFileSync(join(at, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
      writeFileSync(join(at, ".npmrc"), npmrc);
      await npm(["install", "--no-audit", "--no-fund", "--prefer-offline", tarball], at);
      return at;
    };
    const [full, lean] = await Promise.all([install("full", ""), install("lean", "omit=optional\n")]);
    const paths = files.map(({ path }) => path);
    project.provide("package", { tarball, size, unpackedSize, files: paths, full, lean });
  } catch (error) {
    await remove();
    throw error;
  }
  return remove;
}

async function npm(args: readonly string[], cwd: string): Promise<string> {
  const child = spawn("npm", args, { cwd });
  let output = "";
  let errors = "";
  child.stdout.on("data", (data) => (output += String(data)));
  child.stderr.on("data", (data) => (errors += String(data)));
  const status = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  if (status !== 0) throw new Error(`npm ${args.join(" ")} ended with ${String(status)}:\n${output}${errors}`);
  return output;
}
