import { MemoryStorage } from "../../../src/storage/memory/index.ts";
import { budgetSuite } from "./budget-suite.ts";
import { chargesSuite } from "./charges-suite.ts";

budgetSuite("memory", () => new MemoryStorage());
chargesSuite("memory", () => new MemoryStorage());
