import { afterAll, beforeAll, onTestFinished } from "vitest";
import { createStorage } from "../../../src/storage/create.ts";
import { createDatabase, openPostgres, type PostgresServer } from "../../support/servers/postgres.ts";
import { logSuite } from "./log-suite.ts";
import { processSuite } from "./process-suite.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await openPostgres();
}, 60_000);
afterAll(() => server.stop());

const locate = async (): Promise<string> => {
  const { url, drop } = await createDatabase(server.url);
  onTestFinished(drop);
  return url;
};

logSuite("PostgreSQL", async () => createStorage(await locate(), { env: {} }));
processSuite("PostgreSQL", locate);
