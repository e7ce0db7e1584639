import { describe, expect, test } from "vitest";
import { MemoryStorage } from "../../../src/storage/memory/index.ts";
import { storageSuite } from "../../../src/testing/storage-suite.ts";

storageSuite({ describe, test, expect }, "memory", ({ now }) => {
  const storage = new MemoryStorage({ now });
  return { storage };
});
