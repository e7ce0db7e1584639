import { migrationNames } from "../../../../migrations/names.ts";
import type { MigrationStatus } from "../../ports/index.ts";
import type { DatabaseChoice } from "./config.ts";
import { connectUnchanged } from "./connect.ts";
import { appliedMigrations } from "../schema/migrate.ts";

/** What a database has, without changing it: an SQLite file that is not there is not made, one that is stays as it is. */
export async function inspect(choice: DatabaseChoice, waitMs: number, onLocked: () => void): Promise<MigrationStatus> {
  if (choice.kind === "sqlite" && !isThere(choice.file)) {
    return { kind: "sqlite", exists: false, applied: [], pending: migrationNames };
  }
  const { kysely, dialect, close } = await connectUnchanged(choice, waitMs, onLocked);
  try {
    const applied = await appliedMigrations(kysely, dialect, choice.location);
    const pending = migrationNames.filter((name) => !applied.includes(name));
    return { kind: dialect, exists: true, applied, pending };
  } finally {
    await close();
  }
}

const isThere = (file: string): boolean => file !== ":memory:" && process.getBuiltinModule("node:fs").existsSync(file);
