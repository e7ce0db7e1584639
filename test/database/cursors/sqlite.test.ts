import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { createStorage } from "../../../src/storage/create.ts";
import { acknowledgeSuite } from "./acknowledge-suite.ts";
import { endlessSuite } from "./endless-suite.ts";
import { killSuite } from "./kill-suite.ts";
import { resumeSuite } from "./resume-suite.ts";
import { untilKnownSuite } from "./until-known-suite.ts";

const folder = mkdtempSync(join(tmpdir(), "skylex-cursors-"));
const make = () => createStorage(join(folder, "c.db"), { env: {}, leaseMs: 1000 });
const storages = [make(), make()] as const;
afterAll(async () => {
  for (const storage of storages) await storage.close();
  rmSync(folder, { recursive: true });
});

for (const suite of [resumeSuite, untilKnownSuite, endlessSuite, acknowledgeSuite]) suite("SQLite", () => storages);
killSuite("SQLite", "forward", 50, () => join(folder, "k.db"));
