import { MikroORM } from "@mikro-orm/postgresql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LogTail } from "../../../src/cli/log-tail.ts";
import { createStorage } from "../../../src/storage/create.ts";
import type { CallRow, CallStore } from "../../../src/storage/ports/index.ts";
import { createDatabase, openPostgres, type PostgresServer } from "../../support/servers/postgres.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await openPostgres();
}, 60_000);
afterAll(() => server.stop());

const row = (callId: string, timestamp = 0) => ({ timestamp, hostname: "h", endpoint: "e", callId });
const idsOf = (rows: readonly CallRow[]): readonly (string | null)[] => rows.map(({ callId }) => callId);
const tailOf = (calls: CallStore, clock: { now: number }): LogTail =>
  new LogTail({ query: (query) => calls.query(query as never), get: (id) => calls.get(id) }, {}, () => clock.now);

test("K12 a followed log shows a row that is committed after others with larger ids, once", async () => {
  const { url, drop } = await createDatabase(server.url);
  const storage = createStorage(url, { env: {} });
  const orm = new MikroORM({
    entities: [],
    discovery: { warnWhenNoEntities: false },
    dbName: "unused",
    driverOptions: { connectionString: url },
  });
  const clock = { now: 0 };
  try {
    await storage.calls.append([row("before")]);
    const tail = tailOf(storage.calls, clock);
    await tail.start();
    expect(await tail.next()).toEqual([]);
    const insert = "insert into bsky_api_call_log (timestamp, hostname, endpoint, state, call_id)";
    await orm.em.transactional(async (em) => {
      await em
        .getConnection()
        .execute(`${insert} values (now(), 'h', 'e', 'done', 'late')`, [], "run", em.getTransactionContext());
      await storage.calls.append([row("one"), row("two")]);
      expect(idsOf(await tail.next())).toEqual(["one", "two"]);
      clock.now += 10_000;
      expect(await tail.next()).toEqual([]);
    });
    expect(idsOf(await tail.next())).toEqual(["late"]);
    clock.now += 60_000;
    expect(await tail.next()).toEqual([]);
  } finally {
    await orm.close(true);
    await storage.close();
    await drop();
  }
});

test("G10 a followed log shows every row, in whatever order their calls began, and a write when its call has ended", async () => {
  const storage = createStorage(":memory:", { env: {} });
  const clock = { now: 0 };
  await storage.calls.append(Array.from({ length: 30 }, (_, index) => row(`old ${index}`, index)));
  const tail = tailOf(storage.calls, clock);
  await tail.start();
  const shown: (string | null)[] = [];
  const names = Array.from({ length: 2500 }, (_, index) => `new ${index}`);
  await storage.calls.append(names.map((name, index) => row(name, 10_000 - index)));
  shown.push(...idsOf(await tail.next()));
  expect(shown).toEqual(names);
  const id = await storage.calls.insert({ ...row("write"), state: "reserved" });
  clock.now += 60_000;
  expect(await tail.next()).toEqual([]);
  await storage.calls.complete(id, { state: "done" });
  expect(idsOf(await tail.next())).toEqual(["write"]);
  expect(await tail.next()).toEqual([]);
  await storage.close();
});
