import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { inOrder } from "../../../src/streams/ordered.ts";
import { Progress } from "../../../src/streams/progress.ts";

interface Event {
  readonly repo: string;
  readonly n: number;
}

async function* tasks(events: readonly Event[], taken: number[] = [], done: number[] = []) {
  for (const event of events) {
    taken.push(event.n);
    yield { event, done: () => void done.push(event.n) };
  }
}

const events = (count: number, repos: number): Event[] =>
  Array.from({ length: count }, (_, n) => ({ repo: `r${n % repos}`, n }));

describe("working events off side by side", () => {
  it("keeps the order within a repository and no more than `concurrency` at work", async () => {
    const finished = new Map<string, number[]>();
    let busy = 0;
    let busiest = 0;
    const work = async ({ repo, n }: Event): Promise<void> => {
      busiest = Math.max(busiest, ++busy);
      for (let turns = (n * 7) % 5; turns > 0; turns--) await setImmediate();
      finished.set(repo, [...(finished.get(repo) ?? []), n]);
      busy--;
    };
    await inOrder(tasks(events(300, 7)), work, { concurrency: 4 });
    expect(busiest).toBe(4);
    expect([...finished.values()].flat()).toHaveLength(300);
    for (const numbers of finished.values()) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });

  it("takes no more than it can keep while everything waits for one repository", async () => {
    const taken: number[] = [];
    const { promise: gate, resolve: release } = Promise.withResolvers<void>();
    const all = inOrder(tasks(events(1000, 1), taken), () => gate, { concurrency: 2 });
    for (let turn = 0; turn < 200; turn++) await setImmediate();
    expect(taken.length).toBeLessThanOrEqual(2 * 9 + 1);
    release();
    await all;
    expect(taken).toHaveLength(1000);
  });

  it("the first error ends it; what has begun is waited for, what has not is left", async () => {
    const done: number[] = [];
    const begun: number[] = [];
    const work = async ({ n }: Event): Promise<void> => {
      begun.push(n);
      await setImmediate();
      if (n === 5) throw new Error("five");
      await setImmediate();
      done.push(n);
    };
    await expect(inOrder(tasks(events(100, 100)), work, { concurrency: 3 })).rejects.toThrow("five");
    expect(begun.length).toBeLessThan(12);
    expect(done.toSorted((a, b) => a - b)).toEqual(begun.filter((n) => n !== 5).toSorted((a, b) => a - b));
  });

  it("keyBy undefined leaves events without an order", async () => {
    const order: number[] = [];
    const work = async ({ n }: Event): Promise<void> => {
      for (let turns = 3 - n; turns > 0; turns--) await setImmediate();
      order.push(n);
    };
    await inOrder(tasks(events(3, 1)), work, { keyBy: () => undefined });
    expect(order).toEqual([2, 1, 0]);
  });
});

describe("how far a stream is consumed", () => {
  it("counts only what has no gap before it", () => {
    const steps: (readonly [number, number])[] = [];
    const progress = new Progress((position, count) => steps.push([position, count]));
    progress.skip(1);
    const [two, three] = [progress.hand(2), progress.hand(3)];
    progress.skip(4);
    progress.skip(5);
    const none = progress.hand(undefined);
    const seven = progress.hand(7);
    progress.finish(three);
    progress.finish(seven);
    expect(steps).toEqual([[1, 0]]);
    progress.finish(two);
    expect(steps.at(-1)).toEqual([5, 2]);
    progress.finish(none);
    expect(steps.at(-1)).toEqual([7, 2]);
  });
});
