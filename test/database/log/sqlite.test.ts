import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { createStorage } from "../../../src/storage/create.ts";
import { logSuite } from "./log-suite.ts";
import { processSuite } from "./process-suite.ts";

const locate = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "skylex-log-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "log.db");
};

logSuite("SQLite", () => createStorage(locate(), { env: {} }));
processSuite("SQLite", locate);
