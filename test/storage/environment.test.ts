import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createStorage } from "../../src/storage/create.ts";

test("A17.1 whatever PG* and BSKY_SQLITE_FILENAME say to whoever runs the tests, no test gets near it", async () => {
  const { PGHOST, PGDATABASE, PGUSER, PGPASSWORD, DB_POSTGRES_URL, BSKY_SQLITE_FILENAME } = process.env;
  expect([PGHOST, PGDATABASE, PGUSER, PGPASSWORD, DB_POSTGRES_URL]).toEqual(["", "", "", "", ""]);
  expect(BSKY_SQLITE_FILENAME).toBe(":memory:");
  const storage = createStorage();
  expect(storage.location).toBe(":memory:");
  await storage.open();
  await storage.close();
  expect(existsSync(join(process.cwd(), "skylex.db"))).toBe(false);
});
