import type {
  BudgetClaim,
  BudgetGrant,
  BudgetRefusal,
  BudgetState,
  BudgetStore,
  BudgetWindow,
  CallInput,
} from "../storage/ports/index.ts";
import type { TestRunner } from "./runner.ts";
import { ALICE, BOB, call, START } from "./storage-fixture.ts";
import type { WithStorage } from "./storage-fixture.ts";
const HOUR_S = 3600;
const DAY_S = 86_400;
const HOUR = HOUR_S * 1000;
const DAY = DAY_S * 1000;
const hourAndDay = (hour: number, day: number): readonly BudgetWindow[] => [
  { seconds: HOUR_S, limit: hour, learns: true },
  { seconds: DAY_S, limit: day, learns: true },
];
const WINDOWS = hourAndDay(5000, 35_000);
const WRITES = `write ${ALICE}`;

const claim = (points: number, given: Partial<CallInput> = {}): BudgetClaim => ({
  points,
  row: call({ timestamp: START, requestDid: ALICE, state: "reserved", ...given }),
});
const claims = (count: number, points: number): readonly BudgetClaim[] =>
  Array.from({ length: count }, () => claim(points));
const granted = (answers: readonly (BudgetGrant | BudgetRefusal)[]): readonly BudgetGrant[] =>
  answers.filter((answer) => "id" in answer);
const used = (states: readonly BudgetState[]): readonly number[] => states.map((state) => state.used);
/** A write as the log has it that went past the budget. */
const spent = (points: number, timestamp: number, requestDid = ALICE): CallInput =>
  call({ timestamp, requestDid, writeOpPointsConsumed: points, endpoint: "com.atproto.repo.createRecord" });

async function one(
  budgets: BudgetStore,
  given: BudgetClaim,
  now: number,
  windows = WINDOWS,
): Promise<BudgetGrant | BudgetRefusal> {
  return (await budgets.claim(WRITES, windows, [given], now))[0] as BudgetGrant | BudgetRefusal;
}

export function budgetSuite({ describe, test, expect }: TestRunner, withStorage: WithStorage): void {
  describe("budgets", () => {
    test(
      "A10.1 A10.12 1666 creates fit into an hour, the next is refused whole, and what fits still does",
      withStorage(async ({ storage: { budgets, calls } }) => {
        const answers = await budgets.claim(WRITES, WINDOWS, claims(1667, 3), START);
        expect(granted(answers).length).toBe(1666);
        expect(answers.at(-1)).toEqual({ seconds: HOUR_S, used: 4998, limit: 5000, freeAt: START + HOUR });
        expect(await one(budgets, claim(600), START)).toMatchObject({ seconds: HOUR_S, used: 4998 });
        expect(granted(await budgets.claim(WRITES, WINDOWS, claims(3, 1), START)).length).toBe(2);
        expect(used(await budgets.read(WRITES, WINDOWS, START))).toEqual([5000, 5000]);
        const rows = await calls.query({ limit: 5000 });
        expect(rows.length).toBe(1668);
        const [first] = granted(answers);
        expect(await calls.get(first?.id ?? 0)).toMatchObject({ writeOpPointsConsumed: 3, state: "reserved" });
      }),
    );

    test(
      "A10.2 A10.9 points come back an hour and a day after they were taken, the hour is looked at first",
      withStorage(async ({ storage: { budgets } }) => {
        const windows = hourAndDay(10, 15);
        expect(granted([await one(budgets, claim(6), START, windows)]).length).toBe(1);
        expect(granted([await one(budgets, claim(3), START + 1000, windows)]).length).toBe(1);
        const refused = { seconds: HOUR_S, used: 9, limit: 10 };
        expect(await one(budgets, claim(4), START + 2000, windows)).toEqual({ ...refused, freeAt: START + HOUR });
        expect(await one(budgets, claim(8), START + 2000, windows)).toEqual({ ...refused, freeAt: START + DAY });
        expect(await one(budgets, claim(11), START + 2000, windows)).toEqual({ ...refused, freeAt: null });
        expect(await one(budgets, claim(4), START + HOUR - 1, windows)).toMatchObject(refused);
        expect(granted([await one(budgets, claim(4), START + HOUR, windows)]).length).toBe(1);
        expect(await one(budgets, claim(3), START + 2 * HOUR, windows)).toEqual({
          seconds: DAY_S,
          used: 13,
          limit: 15,
          freeAt: START + DAY,
        });
        expect(await budgets.read(WRITES, windows, START + 2 * HOUR)).toEqual([
          { seconds: HOUR_S, used: 0, limit: 10, freesAt: null, server: null },
          { seconds: DAY_S, used: 13, limit: 15, freesAt: START + DAY, server: null },
        ]);
        expect(granted([await one(budgets, claim(3), START + DAY, windows)]).length).toBe(1);
        expect(used(await budgets.read(WRITES, windows, START + DAY + 1000))).toEqual([3, 7]);
      }),
    );

    test(
      "A10.4 accounts are apart; rows that were written without asking count all the same",
      withStorage(async ({ storage: { budgets, calls } }) => {
        await one(budgets, claim(3), START);
        await calls.append([spent(7, START - 1000), spent(20, START - 2 * HOUR), spent(50, START, BOB), call()]);
        expect(used(await budgets.read(WRITES, WINDOWS, START))).toEqual([10, 30]);
        await calls.insert(spent(4_989, START));
        expect(await one(budgets, claim(2), START)).toMatchObject({ seconds: HOUR_S, used: 4_999 });
        expect(granted([await one(budgets, claim(1), START)]).length).toBe(1);
        expect(used(await budgets.read(`write ${BOB}`, WINDOWS, START))).toEqual([50, 50]);
      }),
    );

    test(
      "further attempts add to their row and count from then on; what never left comes back",
      withStorage(async ({ storage: { budgets, calls } }) => {
        const { id } = (await one(budgets, claim(3), START)) as BudgetGrant;
        expect(await one(budgets, { points: 3, row: id }, START + 1000)).toMatchObject({ id });
        expect((await calls.get(id))?.writeOpPointsConsumed).toBe(6);
        expect(used(await budgets.read(WRITES, WINDOWS, START + HOUR))).toEqual([6, 6]);
        await budgets.release(WRITES, WINDOWS, id, 3, START + 2000);
        expect((await calls.get(id))?.writeOpPointsConsumed).toBe(3);
        expect(used(await budgets.read(WRITES, WINDOWS, START + 2000))).toEqual([3, 3]);
        // An attempt after the first one's points have left the hour brings them back.
        await one(budgets, { points: 3, row: id }, START + 3 * HOUR);
        expect(used(await budgets.read(WRITES, WINDOWS, START + 3 * HOUR))).toEqual([6, 6]);
        await budgets.release(WRITES, WINDOWS, id + 1000, 3, START);
        expect(used(await budgets.read(WRITES, WINDOWS, START + 3 * HOUR))).toEqual([6, 6]);
      }),
    );

    test(
      "budgets that are none of writes count too, and leave the points of writes alone",
      withStorage(async ({ storage: { budgets, calls } }) => {
        const windows = [{ seconds: DAY_S, limit: 2, learns: true }];
        const answers = await budgets.claim("upload x", windows, claims(3, 1), START);
        expect(granted(answers).length).toBe(2);
        expect((await calls.get(granted(answers)[0]?.id ?? 0))?.writeOpPointsConsumed).toBe(0);
        await budgets.claim(
          "upload x",
          windows,
          [{ points: 1, row: granted(answers)[0]?.id ?? 0, force: true }],
          START,
        );
        expect(used(await budgets.read("upload x", windows, START))).toEqual([3]);
        expect(used(await budgets.read(WRITES, WINDOWS, START))).toEqual([0, 0]);
      }),
    );

    test(
      "forced claims are granted over the top, and a limit of 0 refuses all others",
      withStorage(async ({ storage: { budgets } }) => {
        const none = hourAndDay(0, 35_000);
        expect(await one(budgets, claim(1), START, none)).toEqual({ seconds: HOUR_S, used: 0, limit: 0, freeAt: null });
        expect(granted([await one(budgets, { ...claim(3), force: true }, START, none)]).length).toBe(1);
        expect(used(await budgets.read(WRITES, none, START))).toEqual([3, 3]);
      }),
    );

    test(
      "A10.7 tells once of a window that is fuller than 95 %, and again after it was below",
      withStorage(async ({ storage: { budgets } }) => {
        const windows = hourAndDay(100, 1000);
        const warnings = async (points: number, now: number): Promise<unknown> =>
          ((await one(budgets, claim(points), now, windows)) as BudgetGrant).warnings;
        expect(await warnings(95, START)).toEqual([]);
        expect(await warnings(1, START)).toEqual([{ seconds: HOUR_S, used: 96, limit: 100 }]);
        expect(await warnings(1, START)).toEqual([]);
        expect(await warnings(1, START + HOUR)).toEqual([]);
        expect(await warnings(98, START + HOUR)).toEqual([{ seconds: HOUR_S, used: 99, limit: 100 }]);
      }),
    );

    test(
      "what the server says counts where it leaves less, until it starts again; its size takes the place of ours",
      withStorage(async ({ storage: { budgets } }) => {
        const [hour] = WINDOWS as readonly [BudgetWindow];
        const resetAt = START + 60_000;
        await one(budgets, claim(30), START);
        await budgets.learn(WRITES, hour, { limit: 5000, remaining: 4990, resetAt }, START);
        expect(used(await budgets.read(WRITES, WINDOWS, START))).toEqual([30, 30]);
        await budgets.learn(WRITES, hour, { limit: 5000, remaining: 10, resetAt: resetAt + 1000 }, START);
        expect(await budgets.read(WRITES, WINDOWS, START)).toEqual([
          {
            seconds: HOUR_S,
            used: 4990,
            limit: 5000,
            freesAt: START + HOUR,
            server: { limit: 5000, remaining: 10, resetAt: resetAt + 1000 },
          },
          { seconds: DAY_S, used: 30, limit: 35_000, freesAt: START + DAY, server: null },
        ]);
        const full = { seconds: HOUR_S, used: 4990, limit: 5000, freeAt: resetAt + 1000 };
        expect(await one(budgets, claim(11), START)).toEqual(full);
        expect(granted([await one(budgets, claim(8), START)]).length).toBe(1);
        // Older than what is known, of the same window and of the one before.
        await budgets.learn(WRITES, hour, { limit: 5000, remaining: 9, resetAt }, START);
        await budgets.learn(WRITES, hour, { limit: 5000, remaining: 4000, resetAt: resetAt - HOUR }, START);
        expect(await one(budgets, claim(3), START)).toMatchObject({ used: 4998 });
        expect(used(await budgets.read(WRITES, WINDOWS, resetAt + 1000))).toEqual([38, 38]);

        await budgets.learn(WRITES, hour, { limit: 40, remaining: 40, resetAt: resetAt + HOUR }, resetAt + 1000);
        expect(await one(budgets, claim(3), resetAt + 1000)).toMatchObject({ used: 38, limit: 40 });
        const stubborn = [{ ...hour, limit: 100, learns: false }];
        expect(granted([await one(budgets, claim(3), resetAt + 1000, stubborn)]).length).toBe(1);
      }),
    );

    test(
      "B18 B19 says when so many points fit, window by window, and takes none for it",
      withStorage(async ({ storage: { budgets } }) => {
        const windows = hourAndDay(10, 15);
        await one(budgets, claim(6), START, windows);
        await one(budgets, claim(3), START + 1000, windows);
        const freeAt = async (points: number): Promise<unknown> =>
          (await budgets.read(WRITES, windows, START + 2000, points)).map((state) => state.freeAt);
        expect(await freeAt(1)).toEqual([START + 2000, START + 2000]);
        expect(await freeAt(7)).toEqual([START + HOUR, START + DAY]);
        expect(await freeAt(8)).toEqual([START + HOUR + 1000, START + DAY]);
        expect(await freeAt(11)).toEqual([null, START + DAY]);
        expect(await freeAt(16)).toEqual([null, null]);
        const [hour] = windows as readonly [BudgetWindow];
        await budgets.learn(WRITES, hour, { limit: 10, remaining: 0, resetAt: START + 60_000 }, START + 2000);
        expect(await freeAt(1)).toEqual([START + 60_000, START + 2000]);
        expect(used(await budgets.read(WRITES, windows, START + 2000))).toEqual([10, 9]);
      }),
    );

    test(
      "B20 points that nobody waits for any more go with the row that was made for them",
      withStorage(async ({ storage: { budgets, calls } }) => {
        const { id } = (await one(budgets, claim(3), START)) as BudgetGrant;
        const other = (await one(budgets, claim(3), START)) as BudgetGrant;
        await budgets.release(WRITES, WINDOWS, id, 3, START, true);
        expect((await calls.query()).map((row) => row.id)).toEqual([other.id]);
        expect(used(await budgets.read(WRITES, WINDOWS, START))).toEqual([3, 3]);
      }),
    );

    test(
      "A7.10 pruning leaves what a budget still counts",
      withStorage(async ({ storage: { budgets, calls } }) => {
        await budgets.claim("upload x", [{ seconds: DAY_S, limit: 5, learns: true }], claims(2, 1), START);
        await calls.append([call({ timestamp: START })]);
        expect(await calls.prune({ olderThan: START + DAY, now: START + DAY - 1 })).toBe(1);
        expect(await calls.prune({ olderThan: START + 3 * DAY, now: START + 2 * DAY })).toBe(2);
      }),
    );

    test(
      "A10.10 many claims at once, also by another storage on the same data, never take a point too many, nor leave one",
      withStorage(async ({ storage, another }) => {
        const stores = another ? [storage, another(), another()] : [storage];
        const windows = hourAndDay(100, 1000);
        const answers = await Promise.all(
          stores.flatMap((store) =>
            Array.from({ length: 30 }, () => store.budgets.claim(WRITES, windows, [claim(3), claim(1)], START)),
          ),
        );
        const all = await storage.calls.query({ limit: 1000 });
        const points = all.reduce((sum, row) => sum + row.writeOpPointsConsumed, 0);
        expect(points).toBe(100);
        expect(granted(answers.flat()).length).toBe(all.length);
        expect(used(await storage.budgets.read(WRITES, windows, START))).toEqual([100, 100]);
      }),
    );

    for (const [name, ahead] of [
      ["65 minutes", HOUR + 300_000],
      ["30 hours", 30 * HOUR],
      ["400 days", 400 * DAY],
    ] as const) {
      test(
        `D6 a process whose clock is ${name} ahead blocks nobody, and nobody waits for its time`,
        withStorage(async ({ storage: { budgets } }) => {
          const windows = hourAndDay(10, 15);
          const [hour] = windows as readonly [BudgetWindow];
          await one(budgets, claim(2), START - HOUR / 2, windows);
          const wrong = (await one(budgets, claim(8), START + ahead, windows)) as BudgetGrant;
          await budgets.learn(WRITES, hour, { limit: 10, remaining: 0, resetAt: START + ahead + HOUR }, START + ahead);
          expect(await budgets.read(WRITES, windows, START)).toEqual([
            { seconds: HOUR_S, used: 2, limit: 10, freesAt: START + HOUR / 2, server: null },
            { seconds: DAY_S, used: 2, limit: 15, freesAt: START + DAY - HOUR / 2, server: null },
          ]);
          expect(granted([await one(budgets, claim(7), START, windows)]).length).toBe(1);
          const full = { seconds: HOUR_S, used: 9, limit: 10 };
          expect(await one(budgets, claim(3), START, windows)).toEqual({ ...full, freeAt: START + HOUR / 2 });
          expect(await one(budgets, claim(4), START, windows)).toEqual({ ...full, freeAt: START + HOUR });
          // What the other gives back was never counted here.
          await budgets.release(WRITES, windows, wrong.id, 8, START + ahead);
          expect(used(await budgets.read(WRITES, windows, START + 1000))).toEqual([9, 9]);
          const said = { limit: 10, remaining: 1, resetAt: START + HOUR };
          await budgets.learn(WRITES, hour, said, START + 1000);
          expect((await budgets.read(WRITES, windows, START + 1000))[0]?.server).toEqual(said);
        }),
      );
    }

    test(
      "D6 clocks that differ by seconds count each other's points, and a sum stays right as time reaches what lay ahead",
      withStorage(async ({ storage: { budgets } }) => {
        const windows = hourAndDay(100, 1000);
        await one(budgets, claim(5), START + 30_000, windows);
        expect(used(await budgets.read(WRITES, windows, START))).toEqual([5, 5]);
        await one(budgets, claim(7), START + 300_000, windows);
        await one(budgets, claim(1), START, windows);
        expect(used(await budgets.read(WRITES, windows, START))).toEqual([6, 6]);
        for (const after of [120_000, 240_000, 300_000]) await one(budgets, claim(1), START + after, windows);
        expect(used(await budgets.read(WRITES, windows, START + 300_000))).toEqual([16, 16]);
        expect(used(await budgets.read(WRITES, windows, START + HOUR + 300_000))).toEqual([0, 16]);
      }),
    );

    test(
      "sums that somebody changed by hand are taken anew before anybody is refused",
      withStorage(async ({ storage: { budgets, calls } }) => {
        const windows = hourAndDay(10, 100);
        await one(budgets, claim(9), START - 2 * DAY, windows);
        await calls.prune({ olderThan: START, now: START });
        expect(granted([await one(budgets, claim(10), START, windows)]).length).toBe(1);
      }),
    );
  });
}
