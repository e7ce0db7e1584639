import { leftOut, MissingPackage } from "../../../core/optional-package.ts";
import { StorageError } from "../../../core/errors/index.ts";
import type { MikroORM } from "@mikro-orm/core";
import type { AbstractSqlDriver } from "@mikro-orm/sql";

export type Dialect = "sqlite" | "postgresql";

/**
 * MikroORM for a database, a package of its own with the driver.
 *
 * @throws StorageError `missing-package`
 */
export async function loadMikroOrm(dialect: Dialect) {
  try {
    const { MikroORM } =
      dialect === "sqlite"
        ? await installed("@mikro-orm/sqlite", () => import("@mikro-orm/sqlite"))
        : await import("@mikro-orm/postgresql").catch(leftOut("@mikro-orm/postgresql", "PostgreSQL"));
    return MikroORM;
  } catch (cause) {
    if (!(cause instanceof MissingPackage)) throw cause;
    throw new StorageError(`${cause.message}. Nothing was sent.`, { code: "missing-package", cause });
  }
}

/**
 * better-sqlite3 brings a Node down that is too old for it, after which nobody could say why.
 *
 * @throws StorageError `configuration`
 */
export function refuseOldNode(): void {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) >= 22) return;
  throw new StorageError(`SQLite needs Node 22.17 or newer, and this is ${node}. Nothing was sent.`, {
    code: "configuration",
  });
}

/** An import whose failure says what to install. */
export async function installed<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND" && code !== "ERR_DLOPEN_FAILED") throw error;
    throw new StorageError(
      `The package ${name} is needed for this database and is not installed, or not for this version of Node. Install it: npm install ${name}`,
      { code: "missing-package", cause: error },
    );
  }
}

export type Orm = MikroORM<AbstractSqlDriver>;
