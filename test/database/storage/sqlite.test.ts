import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createStorage } from "../../../src/storage/create.ts";
import { storageSuite } from "../../../src/testing/storage-suite.ts";

const runner = { describe, test, expect };

storageSuite(runner, "SQLite in memory", ({ now }) => ({ storage: createStorage(":memory:", { now, env: {} }) }));

storageSuite(runner, "A2.6 A17.3 SQLite in a file, encrypted", ({ now }) => {
  const folder = mkdtempSync(join(tmpdir(), "skylex-sqlite-"));
  const open = () => createStorage(join(folder, "s.db"), { now, env: { BSKY_SESSION_KEY: "a".repeat(64) } });
  return { storage: open(), another: open, dispose: () => rmSync(folder, { recursive: true }) };
});
