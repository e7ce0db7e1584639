import { afterAll, beforeAll, onTestFinished } from "vitest";
import { createStorage } from "../../../src/storage/create.ts";
import type { Storage } from "../../../src/storage/ports/index.ts";
import { createDatabase, openPostgres, type PostgresServer } from "../../support/servers/postgres.ts";
import { acknowledgeSuite } from "./acknowledge-suite.ts";
import { endlessSuite } from "./endless-suite.ts";
import { killSuite } from "./kill-suite.ts";
import { resumeSuite } from "./resume-suite.ts";
import { untilKnownSuite } from "./until-known-suite.ts";

let server: PostgresServer;
let storages: readonly [Storage, Storage];
let drop: () => Promise<void>;
beforeAll(async () => {
  server = await openPostgres();
  const database = await createDatabase(server.url);
  drop = database.drop;
  const make = () => createStorage(database.url, { env: {}, leaseMs: 1000 });
  storages = [make(), make()];
}, 60_000);
afterAll(async () => {
  for (const storage of storages) await storage.close();
  await drop();
  await server.stop();
});

for (const suite of [resumeSuite, untilKnownSuite, endlessSuite, acknowledgeSuite]) suite("PostgreSQL", () => storages);

killSuite("PostgreSQL", "untilKnown", 10, async () => {
  const { url, drop } = await createDatabase(server.url);
  onTestFinished(drop);
  return url;
});
