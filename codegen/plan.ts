import { mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { MARK } from "./emit/header.ts";
import { filesBelow } from "./files.ts";
import { CodegenError } from "./errors.ts";

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

export interface PlanOptions {
  /** Which files there may be replaced or deleted. Default: those with codegen's first line */
  readonly owned?: (text: string) => boolean;
  /** What the folder holds. Default: it is read */
  readonly present?: ReadonlyMap<string, string>;
  /** Files that are there as they should be */
  readonly current?: readonly string[];
}

/**
 * Compares files with a folder.
 *
 * @throws CodegenError when a file that is not codegen's own stands in the way
 */
export function planFiles(
  folder: string,
  files: ReadonlyMap<string, string>,
  { owned = (text) => text.startsWith(MARK), present = readTree(folder), current = [] }: PlanOptions = {},
): Plan {
  const create = new Map<string, string>();
  const update = new Map<string, string>();
  const keep = [...current];
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
  const wanted = new Set([...files.keys(), ...current]);
  const remove = [...present].filter(([file, text]) => !wanted.has(file) && owned(text)).map(([file]) => file);
  return { folder, create, update, keep, remove };
}

/** The text of every file that could be codegen's, by its path below the folder. */
export function readTree(folder: string): Map<string, string> {
  let names: readonly string[];
  try {
    names = filesBelow(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Map();
    throw error;
  }
  const files = names.filter((name) => !name.includes("node_modules/"));
  return readTexts(
    folder,
    files.filter((name) => name.endsWith(".ts") || name.endsWith(".json")),
  );
}

/** The texts of those of the files that are there. */
export const readTexts = (folder: string, names: readonly string[]): Map<string, string> =>
  new Map(
    names.flatMap((name) => {
      const text = textOf(`${folder}/${name}`);
      return text === undefined ? [] : [[name, text] as const];
    }),
  );

/** Git on Windows gives files other line ends. Another run may delete a stale file between the listing and the reading. */
function textOf(path: string): string | undefined {
  try {
    const text = readFileSync(path, "utf8");
    return text.includes("\r") ? text.replaceAll("\r\n", "\n") : text;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A folder may be called so, too.
    if (code === "ENOENT" || code === "EISDIR") return undefined;
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
