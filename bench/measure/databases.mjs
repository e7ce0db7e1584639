/** Databases to measure on: new SQLite files, and new databases of the PostgreSQL server the tests use. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDatabase, openPostgres, query } from "../../test/support/servers/postgres.ts";

/** Opens a server; DB_POSTGRES_URL or PG* name another one, since the tests' own does not wait for the disk. */
export async function openDatabases() {
  const folder = mkdtempSync(join(tmpdir(), "skylex-bench-"));
  const server = await openPostgres();
  const [setting] = await query(server.url, "show fsync");
  let files = 0;
  return {
    folder,
    kinds: [
      { name: "SQLite", make: () => ({ place: join(folder, `${files++}.db`), drop: async () => {} }) },
      {
        name: "PostgreSQL",
        make: async () => {
          const { url, drop } = await createDatabase(server.url);
          return { place: url, drop };
        },
      },
    ],
    /** Said beside figures: a server that waits for the disk is slower. */
    note: `PostgreSQL runs with fsync ${String(setting.fsync)}; its own CPU is not counted.`,
    close: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The storage of skylex on a database. */
export async function openStorage(place) {
  const { createStorage } = await import("../../src/storage/create.ts");
  const storage = createStorage(place, { env: {} });
  await storage.open();
  return storage;
}

/** The tables, once they are made, for statements of the bench's own. */
export async function openTables(place) {
  const [{ chooseDatabase }, { connect }] = await Promise.all([
    import("../../src/storage/sql/connection/config.ts"),
    import("../../src/storage/sql/connection/connect.ts"),
  ]);
  return connect(chooseDatabase(place, {}, process.cwd()), { waitMs: 10_000 });
}
