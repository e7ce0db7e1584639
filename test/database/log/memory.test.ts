import { MemoryStorage } from "../../../src/storage/memory/index.ts";
import { logSuite } from "./log-suite.ts";

logSuite("memory", () => new MemoryStorage());
