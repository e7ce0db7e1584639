import { MemoryStorage } from "../../src/storage/memory.ts";
import { logSuite } from "./log-suite.ts";

logSuite("memory", () => new MemoryStorage());
