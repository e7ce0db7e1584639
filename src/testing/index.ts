export { MemoryStorage, type MemoryStorageOptions } from "../storage/memory/index.ts";
export { type FakeAnswer, type FakeCall, fakeRefusal, type FakeServer, fakeServer } from "./fake-server.ts";
export { storageSuite, type TestRunner } from "./storage-suite.ts";
export { type StorageFactory, type StorageFixture, type StorageFixtureOptions } from "./storage-fixture.ts";
