import { globSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

export const root = join(import.meta.dirname, "../../..");

export interface Import {
  readonly file: string;
  /** A path from the root, or the name of a package */
  readonly target: string;
  readonly isType: boolean;
  readonly isLazy: boolean;
}

/** Source files below some folders, as paths from the root. */
export const sourceFiles = (...folders: readonly string[]): string[] =>
  folders
    .flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: root }))
    .map((file) => file.replaceAll("\\", "/"))
    .toSorted();

const statement = /^(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?"([^"]+)";/gm;
const call = /\bimport\("([^"]+)"\)/g;

/** What a file imports. */
export function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8");
  const resolve = (specifier: string): string =>
    specifier.startsWith(".") ? posix.join(posix.dirname(file), specifier) : specifier;
  const found = (match: RegExpExecArray, isLazy: boolean): Import => {
    const [isType, specifier] = isLazy ? [undefined, match[1]] : [match[1], match[2]];
    return { file, target: resolve(specifier ?? ""), isType: isType !== undefined, isLazy };
  };
  return [
    ...text.matchAll(statement).map((match) => found(match, false)),
    ...text.matchAll(call).map((match) => found(match, true)),
  ];
}
