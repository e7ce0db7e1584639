import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { MARK } from "./emit/header.ts";
import { CodegenError } from "./problem.ts";

/** What has to happen on disk so that a folder holds the given files and no other generated ones. */
export interface Plan {
  readonly folder: string;
  readonly create: ReadonlyMap<string, string>;
  readonly update: ReadonlyMap<string, string>;
  readonly keep: readonly string[];
  readonly remove: readonly string[];
}

export const isClean = ({ create, update, remove }: Plan): boolean =>
  create.size === 0 && update.size === 0 && remove.length === 0;

/**
 * Compares files with a folder. `owned` tells which files there may be replaced or deleted.
 *
 * @throws CodegenError when a file that is not codegen's own stands in the way
 */
export function planFiles(
  folder: string,
  files: ReadonlyMap<string, string>,
  owned: (text: string) => boolean = (text) => text.startsWith(MARK),
): Plan {
  const present = readTree(folder);
  const create = new Map<string, string>();
  const update = new Map<string, string>();
  const keep: string[] = [];
  for (const [file, text] of files) {
    const old = present.get(file);
    if (old === undefined) create.set(file, text);
    else if (old === text) keep.push(file);
    else if (owned(old)) update.set(file, text);
    else
      throw new CodegenError(
        `${join(folder, file)} was not written by codegen, so it is not replaced. Move it away, or choose another --out.`,
      );
  }
  const remove = [...present].filter(([file, text]) => !files.has(file) && owned(text)).map(([file]) => file);
  return { folder, create, update, keep, remove };
}

function readTree(folder: string): Map<string, string> {
  let entries;
  try {
    entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Map();
    throw error;
  }
  const files = entries.filter((entry) => entry.isFile() && /\.(?:ts|json)$/.test(entry.name));
  return new Map(
    files.flatMap((entry) => {
      const path = join(entry.parentPath, entry.name);
      const name = relative(folder, path).replaceAll("\\", "/");
      if (/(?:^|\/)node_modules\//.test(name)) return [];
      const text = textOf(path);
      return text === undefined ? [] : [[name, text] as const];
    }),
  );
}

/** Another run may delete a stale file between the listing and the reading. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Carries a plan out. Folders that become empty go too. Synchronous: hundreds of small files are written faster that way. Each
 * file appears whole, so that runs at the same time do not take a half-written one for somebody else's.
 */
export function apply({ folder, create, update, remove }: Plan): void {
  const writes = [...create, ...update].map(([file, text]) => ({ path: join(folder, file), text }));
  for (const parent of new Set(writes.map(({ path }) => dirname(path)))) mkdirSync(parent, { recursive: true });
  for (const { path, text } of writes) {
    const draft = `${path}.${process.pid}.draft`;
    writeFileSync(draft, text);
    renameSync(draft, path);
  }
  for (const file of remove) {
    rmSync(join(folder, file), { force: true });
    removeEmpty(dirname(join(folder, file)), folder);
  }
}

function removeEmpty(folder: string, stop: string): void {
  try {
    for (let at = folder; at.length > stop.length; at = dirname(at)) rmdirSync(at);
  } catch {
    // It holds other files, or another run was faster.
  }
}
