import type { KyselyPlugin } from "kysely";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { MikroCallStore } from "../../../src/storage/sql/stores/call-store.ts";
import { chooseDatabase } from "../../../src/storage/sql/connection/config.ts";
import { connect, type Opened } from "../../../src/storage/sql/connection/connect.ts";
import type { Database } from "../../../src/storage/sql/connection/database.ts";
import { createStorage } from "../../../src/storage/create.ts";
import type { CallQuery } from "../../../src/storage/ports/index.ts";
import { createDatabase, openPostgres } from "../../support/servers/postgres.ts";

const NOW = Date.UTC(2026, 0, 1);

/** The plan of a query of the log, by the statement that the store really makes. */
async function planOf(place: string, query: CallQuery, analyze: string): Promise<string> {
  const storage = createStorage(place, { env: {} });
  const rows = Array.from({ length: 20_000 }, (_, index) => ({
    timestamp: NOW - index * 60_000,
    hostname: "pds.example",
    endpoint: `xrpc/com.example.call${index % 7}`,
    state: index % 5000 === 77 ? ("failed" as const) : ("done" as const),
  }));
  await storage.calls.append(rows);
  expect(await storage.calls.query({ ...query, limit: 2 })).toHaveLength(2);
  await storage.close();
  const opened = await connect(chooseDatabase(place, {}, process.cwd()), { waitMs: 1000 });
  onTestFinished(() => opened.close());
  await opened.sql.raw(analyze).execute(opened.plain);
  const plans: Promise<{ readonly rows: readonly unknown[] }>[] = [];
  const explain: KyselyPlugin = {
    transformQuery: ({ node, queryId }) => {
      const compiled = opened.db.getExecutor().compileQuery(node, queryId);
      const way = opened.dialect === "sqlite" ? "explain query plan" : "explain";
      plans.push(opened.plain.executeQuery({ ...compiled, sql: `${way} ${compiled.sql}` }));
      return node;
    },
    transformResult: ({ result }) => Promise.resolve(result),
  };
  const use = <Value>(work: (handed: Opened) => Promise<Value>): Promise<Value> =>
    work({ ...opened, db: opened.db.withPlugin(explain) });
  await new MikroCallStore({ use } as Database, 1000).query({ ...query, limit: 2 });
  const lines = (await Promise.all(plans)).flatMap(({ rows: found }) => found as readonly Record<string, unknown>[]);
  return lines.map((line) => String(line["detail"] ?? line["QUERY PLAN"])).join("\n");
}

async function planInSqlite(query: CallQuery): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "skylex-plan-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return planOf(join(folder, "plan.db"), query, "analyze");
}

async function planInPostgres(query: CallQuery): Promise<string> {
  const server = await openPostgres();
  onTestFinished(() => server.stop());
  const { url, drop } = await createDatabase(server.url);
  onTestFinished(drop);
  return planOf(url, query, "vacuum analyze bsky_api_call_log");
}

test("the newest failures are found without reading the calls in between, in SQLite", async () => {
  const plan = await planInSqlite({ failed: true });
  expect(plan).toContain("USING INDEX bsky_api_call_log_failed_idx");
  expect(plan).not.toContain("TEMP B-TREE");
});

test("the newest failures are found without reading the calls in between, in PostgreSQL", async () => {
  const plan = await planInPostgres({ failed: true });
  expect(plan).toContain("Index Scan Backward using bsky_api_call_log_failed_idx");
  expect(plan).not.toContain("Sort");
});

test("the newest calls of an endpoint are found without sorting all of them, in SQLite", async () => {
  const plan = await planInSqlite({ endpoint: "com.example.call3" });
  expect(plan).toBe("SEARCH bsky_api_call_log USING INDEX bsky_api_call_log_endpoint_idx (endpoint=?)");
});

test("the newest calls of an endpoint are found without sorting all of them, in PostgreSQL", async () => {
  const plan = await planInPostgres({ endpoint: "com.example.call3" });
  expect(plan).toContain("Incremental Sort");
  expect(plan).toContain("Index Scan Backward using bsky_api_call_log_timestamp_idx");
});
