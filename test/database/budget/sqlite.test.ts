import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { createStorage } from "../../../src/storage/create.ts";
import { budgetSuite } from "./budget-suite.ts";
import { chargesSuite } from "./charges-suite.ts";
import { processesSuite } from "./processes-suite.ts";

const locate = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "skylex-budget-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "budget.db");
};

budgetSuite("A10.6 SQLite", () => createStorage(locate(), { env: {} }));
chargesSuite("A10.6 SQLite", () => createStorage(locate(), { env: {} }));
processesSuite("SQLite", locate);
