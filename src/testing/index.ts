export { MemoryStorage, type MemoryStorageOptions } from "../storage/memory.ts";
export { type FakeAnswer, type FakeCall, fakeRefusal, type FakeServer, fakeServer } from "./fake-server.ts";
export {
  storageSuite,
  type StorageFactory,
  type StorageFixture,
  type StorageFixtureOptions,
  type TestRunner,
} from "./storage-suite.ts";
