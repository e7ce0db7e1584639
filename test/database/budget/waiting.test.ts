import { setImmediate } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { RateLimitExceededError, StorageError, TimeoutError } from "../../../src/core/errors/index.ts";
import type { BudgetShortage } from "../../../src/core/errors/index.ts";
import { MemoryStorage } from "../../../src/storage/memory/index.ts";
import type { BudgetStore, Storage } from "../../../src/storage/ports/index.ts";
import { networkFailure } from "../../support/fakes/scripted-fetch.ts";
import { testClient } from "../../support/fakes/test-client.ts";
import { accountOf, ALICE } from "./accounts.ts";
import { clientsOn, HOUR, key, ok, operation, record, refused, spent, START, used } from "./world.ts";

const client = clientsOn(() => new MemoryStorage());
const MINUTE = 60_000;

const failing = async (): Promise<never> => {
  throw new StorageError("The database is away. Start it.", { code: "unreachable", location: "there" });
};
const over = (budgets: Partial<BudgetStore>): Storage => {
  const memory = new MemoryStorage();
  const { sessions, calls, profiles, cursors, posts, leases } = memory;
  const bound = {
    claim: memory.budgets.claim.bind(memory.budgets),
    release: memory.budgets.release.bind(memory.budgets),
    learn: memory.budgets.learn.bind(memory.budgets),
    read: memory.budgets.read.bind(memory.budgets),
    ...budgets,
  };
  return Object.assign(Object.create(memory) as Storage, {
    sessions,
    calls,
    profiles,
    cursors,
    posts,
    leases,
    location: "there",
    budgets: bound,
  });
};

describe("waiting for room", () => {
  test("`wait` sends as soon as enough has come back, by the injected clock", async () => {
    const {
      client: alice,
      storage,
      clock,
      fetch,
    } = await client([ok], {
      budget: { hour: 5, policy: "wait" },
      timeout: 2 * HOUR,
    });
    await storage.calls.append([spent(2, START - 50 * MINUTE), spent(2, START - 40 * MINUTE)]);
    const create = alice.com.atproto.repo.createRecord(record);
    await clock.pass(10 * MINUTE - 1);
    expect(fetch.requests).toHaveLength(0);
    await clock.pass(1);
    await create;
    expect(await used(alice)).toEqual([5, 7]);
    expect(await alice.log.query()).toMatchObject([{ timestamp: START }, {}, {}]);
  });

  test("points count from when they were taken, not from when the call began to wait", async () => {
    const {
      client: alice,
      storage,
      clock,
    } = await client([ok], {
      budget: { hour: 3, policy: "wait" },
      timeout: 2 * HOUR,
    });
    await storage.calls.append([spent(3, START - 10 * MINUTE)]);
    const create = alice.com.atproto.repo.createRecord(record);
    await clock.pass(50 * MINUTE);
    await create;
    clock.jump(HOUR - 1);
    expect((await used(alice))[0]).toBe(3);
    clock.jump(1);
    expect((await used(alice))[0]).toBe(0);
  });

  test("a wait that would be longer than the call's time, or `maxWait`, is not begun", async () => {
    const { client: alice, storage, fetch, clock } = await client([ok], { budget: { hour: 3, policy: "wait" } });
    await storage.calls.append([spent(3, START)]);
    expect(await refused(alice.com.atproto.repo.createRecord(record))).toMatchObject({
      resumeAt: new Date(START + HOUR),
    });
    const patient = testClient([ok], {
      ...accountOf(ALICE),
      storage,
      timeout: 2 * HOUR,
      budget: { hour: 3, policy: "wait", maxWait: HOUR - 1 },
    });
    await refused(patient.client.com.atproto.repo.createRecord(record));
    expect([fetch.requests, patient.fetch.requests].flat()).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test("an abort ends the wait with its own reason, and the next in line goes on", async () => {
    const {
      client: alice,
      storage,
      clock,
      fetch,
    } = await client([ok], {
      budget: { hour: 5, policy: "wait" },
      timeout: 3 * HOUR,
    });
    await storage.calls.append([spent(2, START - 50 * MINUTE), spent(3, START - 10 * MINUTE)]);
    const controller = new AbortController();
    const first = alice.com.atproto.repo.createRecord(record, { signal: controller.signal });
    const second = alice.com.atproto.repo.deleteRecord(key);
    void first.catch(() => undefined);
    await clock.pass(20 * MINUTE);
    // There is room for the second, but it is not its turn.
    expect(fetch.requests).toHaveLength(0);
    controller.abort(new Error("enough"));
    await expect(first).rejects.toThrow("enough");
    await second;
    expect(fetch.requests).toHaveLength(1);
    expect(await used(alice)).toEqual([4, 6]);
  });

  test("first come, first served: small calls do not keep a large one out", async () => {
    const {
      client: alice,
      storage,
      clock,
      fetch,
    } = await client([ok], {
      budget: { hour: 30, policy: "wait" },
      timeout: 5 * HOUR,
    });
    const old = Array.from({ length: 30 }, (_, index) => spent(1, START - HOUR + (index + 1) * MINUTE));
    await storage.calls.append(old);
    const order: string[] = [];
    const note = (name: string) => () => void order.push(name);
    const writes = Array.from({ length: 5 }, () => operation("create"));
    const batch = alice.com.atproto.repo.applyWrites({ repo: ALICE, writes }).then(note("batch"));
    const small = Array.from({ length: 3 }, (_, index) =>
      alice.com.atproto.repo.deleteRecord(key).then(note(`delete ${index}`)),
    );
    await clock.pass(14 * MINUTE);
    expect(fetch.requests).toHaveLength(0);
    await clock.pass(4 * MINUTE);
    await Promise.all([batch, ...small]);
    expect(order).toEqual(["batch", "delete 0", "delete 1", "delete 2"]);
  });

  test("who waits behind others leaves when its own time is up", async () => {
    const {
      client: alice,
      storage,
      clock,
    } = await client([ok], {
      budget: { hour: 5, policy: "wait" },
      timeout: 3 * HOUR,
    });
    await storage.calls.append([spent(1, START - 50 * MINUTE), spent(4, START)]);
    const first = alice.com.atproto.repo.createRecord(record);
    await setImmediate();
    const second = refused(alice.com.atproto.repo.deleteRecord(key, { timeout: 30 * MINUTE }));
    let isOver = false;
    void second.then(() => (isOver = true));
    await clock.pass(30 * MINUTE - 1);
    expect(isOver).toBe(false);
    await clock.pass(1);
    expect(await second).toMatchObject({ cost: 1, used: 5, resumeAt: new Date(START + HOUR) });
    await clock.pass(30 * MINUTE);
    await first;
  });

  test("B19 whoever cannot be served in time is refused at once, also behind others, with the real time", async () => {
    const {
      client: alice,
      storage,
      clock,
    } = await client([ok], {
      budget: { hour: 5, policy: "wait" },
      timeout: 3 * HOUR,
    });
    await storage.calls.append([spent(5, START)]);
    const first = alice.com.atproto.repo.createRecord(record);
    await setImmediate();
    const late = refused(alice.com.atproto.repo.deleteRecord(key, { timeout: 30 * MINUTE }));
    const writes = [operation("create"), operation("create")];
    const never = refused(alice.com.atproto.repo.applyWrites({ repo: ALICE, writes }));
    expect(await late).toMatchObject({ cost: 1, used: 5, resumeAt: new Date(START + HOUR) });
    expect(await never).toMatchObject({ cost: 6, budget: 5, resumeAt: undefined });
    expect(clock.now()).toBe(START);
    await clock.pass(HOUR);
    await first;
  });

  test("B19 whose time ends while it is asked for is told the real time", async () => {
    const memory = new MemoryStorage();
    let claims = 0;
    const claim: BudgetStore["claim"] = async (...given) => {
      if (++claims === 3) await new Promise(() => undefined);
      return memory.budgets.claim(...given);
    };
    const { client: alice, clock } = testClient([ok], {
      ...accountOf(ALICE),
      storage: Object.assign(over({ claim, read: memory.budgets.read.bind(memory.budgets) }), { calls: memory.calls }),
      budget: { hour: 5, policy: "wait" },
      timeout: 3 * HOUR,
    });
    await memory.calls.append([spent(2, START - 30 * MINUTE), spent(3, START)]);
    const controller = new AbortController();
    const first = alice.com.atproto.repo.applyWrites(
      { repo: ALICE, writes: [operation("create"), operation("delete")] },
      { signal: controller.signal },
    );
    void first.catch(() => undefined);
    await setImmediate();
    const second = refused(alice.com.atproto.repo.createRecord(record, { timeout: HOUR }));
    // The first one is asked for again when two points are back, which are not enough for it.
    await clock.pass(1);
    controller.abort(new Error("enough"));
    await expect(first).rejects.toThrow("enough");
    await clock.pass(5000);
    expect(claims).toBeGreaterThan(1);
    await clock.pass(HOUR);
    const { resumeAt, message } = await second;
    expect(resumeAt).toEqual(new Date(START + HOUR));
    expect(message).not.toContain("never fits");
  });

  test("B19 a function that says `wait` keeps the order, too", async () => {
    const {
      client: alice,
      storage,
      clock,
      fetch,
    } = await client([ok], {
      budget: { hour: 30, policy: () => "wait" },
      timeout: 5 * HOUR,
    });
    await storage.calls.append(Array.from({ length: 30 }, (_, index) => spent(1, START - HOUR + (index + 1) * MINUTE)));
    const order: string[] = [];
    const note = (name: string) => () => void order.push(name);
    const writes = Array.from({ length: 5 }, () => operation("create"));
    const batch = alice.com.atproto.repo.applyWrites({ repo: ALICE, writes }).then(note("batch"));
    await clock.pass(5 * MINUTE);
    const small = [0, 1].map((index) => alice.com.atproto.repo.deleteRecord(key).then(note(`delete ${index}`)));
    await clock.pass(9 * MINUTE);
    expect(fetch.requests).toHaveLength(0);
    await clock.pass(4 * MINUTE);
    await Promise.all([batch, ...small]);
    expect(order).toEqual(["batch", "delete 0", "delete 1"]);
  });

  test("B20 points that are granted too late leave no second row", async () => {
    const memory = new MemoryStorage();
    const gate = Promise.withResolvers<undefined>();
    const claim: BudgetStore["claim"] = async (...given) => {
      await gate.promise;
      return memory.budgets.claim(...given);
    };
    const release: BudgetStore["release"] = (...given) => memory.budgets.release(...given);
    const { client: alice, clock } = testClient([ok], {
      ...accountOf(ALICE),
      storage: Object.assign(over({ claim, release }), { calls: memory.calls }),
    });
    const call = alice.com.atproto.repo.createRecord(record);
    await clock.pass(10_000);
    await call;
    gate.resolve(undefined);
    await clock.pass(1);
    expect(await alice.log.query()).toMatchObject([{ state: "done", writeOpPointsConsumed: 3 }]);
    const window = { seconds: 3600, limit: 5, learns: true };
    expect(await memory.budgets.read(`write ${ALICE}`, [window], clock.now())).toMatchObject([{ used: 3 }]);
  });

  test("a callback is told what is missing, and decides", async () => {
    const shortages: BudgetShortage[] = [];
    let decision: "throw" | "wait" | "send" = "send";
    const { client: alice, clock } = await client([ok], {
      timeout: 2 * HOUR,
      budget: {
        hour: 3,
        policy: async (shortage) => {
          shortages.push(shortage);
          return decision;
        },
      },
    });
    await alice.com.atproto.repo.createRecord(record);
    await alice.com.atproto.repo.createRecord(record);
    expect(await used(alice)).toEqual([6, 6]);
    expect(shortages).toEqual([
      {
        nsid: "com.atproto.repo.createRecord",
        account: ALICE,
        unit: "write points",
        window: "1-hour",
        used: 3,
        cost: 3,
        budget: 3,
        resumeAt: new Date(START + HOUR),
      },
    ]);
    decision = "throw";
    await refused(alice.com.atproto.repo.deleteRecord(key));
    decision = "wait";
    const waiting = alice.com.atproto.repo.deleteRecord(key);
    await clock.pass(HOUR);
    await waiting;
    expect(shortages).toHaveLength(3);
    await refused(
      alice.com.atproto.repo.applyWrites({ repo: ALICE, writes: [operation("create"), operation("create")] }),
    );
    expect(shortages).toHaveLength(3);
  });

  test("a view and a call can have a policy of their own", async () => {
    const { client: alice } = await client([ok], { budget: { hour: 0 } });
    await refused(alice.with({ budget: "throw" }).com.atproto.repo.deleteRecord(key));
    expect(await refused(alice.with({ budget: "send" }).com.atproto.repo.deleteRecord(key))).toMatchObject({
      budget: 0,
    });
    const some = (await client([ok], { budget: { hour: 1 } })).client;
    await some.com.atproto.repo.deleteRecord(key);
    await some.with({ budget: "send" }).com.atproto.repo.deleteRecord(key);
    await some.com.atproto.repo.deleteRecord(key, { budget: "send" });
    await refused(some.com.atproto.repo.deleteRecord(key));
    expect(await used(some)).toEqual([3, 3]);
  });

  test("points that are granted to a call that has left are given back", async () => {
    const memory = new MemoryStorage();
    let open: (() => void) | undefined;
    let claims = 0;
    const claim: BudgetStore["claim"] = async (...given) => {
      if (++claims === 3) await new Promise<void>((resolve) => (open = resolve));
      return memory.budgets.claim(...given);
    };
    const release: BudgetStore["release"] = (...given) => memory.budgets.release(...given);
    const storage = Object.assign(over({ claim, release }), { calls: memory.calls });
    const { client: alice, clock } = testClient([ok], {
      ...accountOf(ALICE),
      storage,
      budget: { hour: 5, policy: "wait" },
      timeout: 2 * HOUR,
    });
    await alice.com.atproto.repo.createRecord(record);
    const controller = new AbortController();
    const waiting = alice.com.atproto.repo.createRecord(record, { signal: controller.signal });
    void waiting.catch(() => undefined);
    await clock.pass(HOUR);
    controller.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    open?.();
    await clock.pass(1);
    expect(claims).toBe(3);
    const left = await memory.budgets.read(`write ${ALICE}`, [{ seconds: 3600, limit: 5, learns: true }], clock.now());
    expect(left).toMatchObject([{ used: 0 }]);
    expect((await alice.log.query({ order: "oldest" })).map(({ state }) => state)).toEqual(["done", "failed"]);
  });
});

describe("storage that fails", () => {
  const warning = "warn Budgets cannot be checked at there: The database is away. Start it. Calls are sent without it.";

  test("a budget that cannot be checked keeps nobody from writing: one warning, and the row is there all the same", async () => {
    const storage = over({ claim: failing });
    const { client: alice, lines } = testClient([ok], { ...accountOf(ALICE), storage, budget: { hour: 3 } });
    for (let call = 0; call < 3; call++) await alice.com.atproto.repo.createRecord(record);
    expect(lines.filter((line) => line.startsWith("warn"))).toEqual([warning]);
    expect(await alice.log.query()).toMatchObject([{ state: "done" }, { state: "done" }, { state: "done" }]);
    expect((await alice.log.query())[0]).toMatchObject({ writeOpPointsConsumed: 3, requestDid: ALICE });
  });

  test("what was sent without a check counts when storage is back", async () => {
    let isAway = true;
    const memory = new MemoryStorage();
    onTestFinished(() => memory.close());
    const claim: BudgetStore["claim"] = (...given) => (isAway ? failing() : memory.budgets.claim(...given));
    const storage: Storage = Object.assign(over({ claim }), { calls: memory.calls });
    const { client: alice, clock } = testClient([ok], { ...accountOf(ALICE), storage, budget: { hour: 5 } });
    await alice.com.atproto.repo.createRecord(record);
    isAway = false;
    clock.jump(5000);
    expect(await refused(alice.com.atproto.repo.createRecord(record))).toMatchObject({ used: 3, budget: 5 });
  });

  test("storage that does not answer is waited for ten seconds", async () => {
    const storage = over({ claim: () => new Promise(() => undefined) });
    const { client: alice, clock, lines, fetch } = testClient([ok], { ...accountOf(ALICE), storage });
    const call = alice.com.atproto.repo.createRecord(record);
    await clock.pass(9999);
    expect(fetch.requests).toHaveLength(0);
    await clock.pass(1);
    await call;
    await alice.com.atproto.repo.createRecord(record);
    expect(lines.filter((line) => line.startsWith("warn"))).toEqual([
      "warn Budgets cannot be checked at there: No answer within 10000 ms. Calls are sent without it.",
    ]);
  });

  test("points that cannot be given back stay counted, and the call's own error comes through", async () => {
    const storage = over({ release: failing });
    const { client: alice } = testClient([networkFailure("ECONNREFUSED")], {
      ...accountOf(ALICE),
      storage,
      retry: false,
    });
    const failed = alice.com.atproto.repo.createRecord(record);
    await expect(failed).rejects.toThrow(/could not be reached/);
    await expect(failed).rejects.not.toBeInstanceOf(RateLimitExceededError);
    await expect(failed).rejects.not.toBeInstanceOf(TimeoutError);
    expect(await used(alice)).toEqual([3, 3]);
  });
});
