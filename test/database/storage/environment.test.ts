import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createStorage } from "../../../src/storage/create.ts";

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

test("A17.2 no test, and no program that one starts, reaches anything outside of this machine, or has an account", async () => {
  const { BSKY_AUTH_USERNAME, BSKY_AUTH_PASSWORD } = process.env;
  expect([BSKY_AUTH_USERNAME, BSKY_AUTH_PASSWORD]).toEqual(["", ""]);
  // Addresses that documentation has for itself, and a name of the internet.
  const outside = ["http://192.0.2.1", "https://[2001:db8::1]", "https://bsky.social"];
  for (const url of outside) {
    await expect(fetch(url)).rejects.toMatchObject({ cause: { code: "ENETUNREACH" } });
    const program = `fetch(${JSON.stringify(url)}).catch(({ cause }) => console.log(cause.code))`;
    expect(execFileSync(process.execPath, ["-e", program], { encoding: "utf8" })).toBe("ENETUNREACH\n");
  }
});
