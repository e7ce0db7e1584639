import { afterAll, beforeAll, onTestFinished } from "vitest";
import { createStorage } from "../../../src/storage/create.ts";
import { createDatabase, openPostgres, type PostgresServer } from "../../support/servers/postgres.ts";
import { budgetSuite } from "./budget-suite.ts";
import { chargesSuite } from "./charges-suite.ts";
import { processesSuite } from "./processes-suite.ts";

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

budgetSuite("A10.6 PostgreSQL", async () => createStorage(await locate(), { env: {} }));
chargesSuite("A10.6 PostgreSQL", async () => createStorage(await locate(), { env: {} }));
processesSuite("PostgreSQL", locate);
