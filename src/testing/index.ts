export { MemoryStorage, type MemoryStorageOptions } from "../storage/memory.ts";
export {
  storageSuite,
  type Expectation,
  type StorageFactory,
  type StorageFixture,
  type StorageFixtureOptions,
  type TestRunner,
} from "./storage-suite.ts";
