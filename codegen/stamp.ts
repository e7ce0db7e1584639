import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Lets a run that has nothing to do end after looking at file times: a fingerprint of everything read and written by the last
 * successful run, kept in `node_modules/.cache`. Deleting it costs one full run, nothing else.
 */
export function fingerprint(folders: readonly string[], facts: readonly string[]): string {
  const hash = createHash("sha256").update(facts.join("\0"));
  for (const folder of folders) addFolder(hash, folder);
  return hash.digest("hex");
}

function addFolder(hash: ReturnType<typeof createHash>, path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) {
    hash.update(`\0${path} absent`);
  } else if (stat.isDirectory()) {
    for (const name of readdirSync(path).toSorted()) addFolder(hash, `${path}/${name}`);
  } else {
    hash.update(`\0${path} ${stat.size} ${stat.mtimeMs}`);
  }
}

export function readStamp(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** Keeping the stamp is a convenience, so a cache folder that cannot be written is no reason to fail. */
export function writeStamp(file: string, stamp: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, stamp);
  } catch {
    // The next run is a full one.
  }
}
