import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { chooseDatabase } from "../../../src/storage/sql/connection/config.ts";
import { connect, type Opened } from "../../../src/storage/sql/connection/connect.ts";
import { LockedBudget } from "../../../src/storage/sql/stores/locked-budget.ts";
import { execute, type Script, type Statement } from "../../../src/storage/sql/connection/script.ts";
import { createStorage } from "../../../src/storage/create.ts";
import type { CallInput } from "../../../src/storage/ports/index.ts";
import { createDatabase, openPostgres } from "../../support/servers/postgres.ts";
import { ALICE } from "./accounts.ts";

const NOW = Date.UTC(2026, 0, 1);
const WINDOWS = [
  { seconds: 3600, limit: 5000, learns: true },
  { seconds: 86_400, limit: 35_000, learns: true },
];
const row: CallInput = { timestamp: NOW, hostname: "pds.example", endpoint: "com.atproto.repo.createRecord" };

/** Rows of a log as it is after a while: mostly reads, some writes of many accounts. */
const history = (): CallInput[] =>
  Array.from({ length: 20_000 }, (_, index) => {
    const writes = index % 10 === 0;
    return {
      ...row,
      timestamp: NOW - index * 60_000,
      requestDid: index % 100 === 0 ? ALICE : `did:plc:${index % 1000}`,
      ...(writes && { writeOpPointsConsumed: 3 }),
    };
  });

/** Runs a script and gives the plan of each of its statements. */
async function plansOf(opened: Opened, script: Script<unknown>): Promise<readonly string[]> {
  const plans: string[] = [];
  const explain = async ({ text, values }: Statement): Promise<string> => {
    const explained = opened.dialect === "sqlite" ? `explain query plan ${text}` : `explain ${text}`;
    const rows = await execute(opened.plain, opened.sql, { text: explained, values });
    return rows.map((line) => String(line["detail"] ?? line["QUERY PLAN"])).join("\n");
  };
  for (let step = script.next([]); step.done !== true;) {
    plans.push(await explain(step.value));
    step = script.next(await execute(opened.plain, opened.sql, step.value));
  }
  return plans;
}

async function plans(database: string, analyze: string): Promise<readonly string[]> {
  const storage = createStorage(database, { env: {} });
  await storage.calls.append(history());
  await storage.close();
  const opened = await connect(chooseDatabase(database, {}, process.cwd()), { waitMs: 1000 });
  onTestFinished(() => opened.close());
  await opened.sql.raw(analyze).execute(opened.plain);
  const budget = (now: number, limit = 5000) =>
    new LockedBudget(
      opened,
      `write ${ALICE}`,
      [{ ...WINDOWS[0], limit } as (typeof WINDOWS)[0], ...WINDOWS.slice(1)],
      now,
    );
  return [
    ...(await plansOf(opened, budget(NOW).claim([{ points: 3, row }]))),
    ...(await plansOf(
      opened,
      budget(NOW + 60_000, 3).claim([
        { points: 3, row },
        { points: 1, row: 1 },
      ]),
    )),
    ...(await plansOf(opened, budget(NOW + 120_000).read())),
  ];
}

test("no statement of a claim looks at more than the rows it counts, in SQLite", async () => {
  const folder = mkdtempSync(join(tmpdir(), "skylex-plan-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const found = await plans(join(folder, "plan.db"), "analyze");
  expect(found.length).toBeGreaterThan(8);
  const all = found.join("\n");
  expect(all).not.toMatch(/SCAN bsky/);
  expect(all).toContain(
    "SEARCH bsky_api_call_log USING COVERING INDEX bsky_api_call_log_budget_idx (budget_key=? AND budget_at>? AND budget_at<?)",
  );
});

test("no statement of a claim looks at more than the rows it counts, in PostgreSQL", async () => {
  const server = await openPostgres();
  onTestFinished(() => server.stop());
  const { url, drop } = await createDatabase(server.url);
  onTestFinished(drop);
  const all = (await plans(url, "vacuum analyze bsky_api_call_log")).join("\n");
  expect(all).not.toMatch(/Seq Scan on bsky_api_call_log/);
  expect(all).toMatch(/Index Only Scan using bsky_api_call_log_budget_idx/);
});
