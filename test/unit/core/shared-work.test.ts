import { expect, test } from "vitest";
import { SharedWork } from "../../../src/core/shared-work.ts";

/** Work that ends when a test says so, or with its signal. */
function work() {
  const { promise, resolve } = Promise.withResolvers<string>();
  const signals: AbortSignal[] = [];
  const act = (signal: AbortSignal): Promise<string> => {
    signals.push(signal);
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error));
    });
    return Promise.race([promise, aborted]);
  };
  return { act, resolve, signals };
}

test("B7 the signal of one caller ends the wait of that caller only", async () => {
  const shared = new SharedWork();
  const { act, resolve, signals } = work();
  const [first, second] = [new AbortController(), new AbortController()];
  const one = shared.run("like", first.signal, act);
  const two = shared.run("like", second.signal, act);
  const three = shared.run("like", undefined, act);
  first.abort(new Error("first left"));
  await expect(one).rejects.toThrow("first left");
  second.abort(new Error("second left"));
  await expect(two).rejects.toThrow("second left");
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  resolve("written");
  expect(await three).toBe("written");
});

test("B7 work that nobody waits for any more is aborted, and is not joined by those who come after", async () => {
  const shared = new SharedWork();
  const { act, signals } = work();
  const controllers = [new AbortController(), new AbortController()];
  const calls = controllers.map(({ signal }) => shared.run("like", signal, act));
  for (const controller of controllers) controller.abort(new Error("left"));
  await Promise.all(calls.map((call) => expect(call).rejects.toThrow("left")));
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  const again = work();
  const later = shared.run("like", undefined, again.act);
  again.resolve("written");
  expect(await later).toBe("written");
});

test("work is done once for all who ask while it is done, and again for those who ask later", async () => {
  const shared = new SharedWork();
  let count = 0;
  const act = async (): Promise<number> => ++count;
  expect(await Promise.all([shared.run("a", undefined, act), shared.run("a", undefined, act)])).toEqual([1, 1]);
  expect(await shared.run("a", undefined, act)).toBe(2);
});

test("a caller whose signal is aborted already starts nothing", async () => {
  const shared = new SharedWork();
  const { act, signals } = work();
  await expect(shared.run("a", AbortSignal.abort(new Error("too late")), act)).rejects.toThrow("too late");
  expect(signals).toEqual([]);
});
