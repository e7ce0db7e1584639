import { expect, test } from "vitest";
import { nextTid } from "../../../src/core/tid.ts";
import { FakeClock } from "../../support/fakes/fake-clock.ts";
import { seededRandom } from "../../support/servers/faults.ts";

// https://atproto.com/specs/tid
const syntax = /^[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}$/;
const alphabet = "234567abcdefghijklmnopqrstuvwxyz";
const valueOf = (text: string): number =>
  Array.from(text).reduce((value, sign) => value * 32 + alphabet.indexOf(sign), 0);

test("TIDs are the time in microseconds, and a number for the process", () => {
  const clock = new FakeClock();
  const tid = nextTid(clock, seededRandom(1));
  expect(Math.floor(valueOf(tid.slice(0, 11)) / 1000)).toBe(clock.now());
  expect(valueOf(tid.slice(11))).toBeLessThan(1024);
  expect(nextTid(new FakeClock(0), () => 0)).toBe("2222222222322");
});

test("no two are the same, and later ones sort behind earlier ones, also when the clock stands still or goes back", () => {
  const clock = new FakeClock();
  const random = seededRandom(2);
  const tids = Array.from({ length: 5000 }, (_, index) => {
    if (index === 2500) clock.jump(-60_000);
    return nextTid(clock, random);
  });
  expect(new Set(tids).size).toBe(tids.length);
  expect(tids.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(tids);
  expect(tids.every((tid) => syntax.test(tid))).toBe(true);
});

test("two clients of a process share one sequence", () => {
  const clock = new FakeClock();
  const [one, two] = [nextTid(clock, () => 0.1), nextTid(clock, () => 0.1)];
  expect(two > one).toBe(true);
  expect(two.slice(-2)).toBe(one.slice(-2));
});
