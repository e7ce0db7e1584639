import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

/** MiB. Loading sharp and the largest of these pictures take about 200 */
const MEMORY = 500;

/** Runs a program beside this one in a process of its own. */
function run<Report>(name: string, ...argv: readonly string[]): Report {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(import.meta.dirname, name), ...argv], {
    encoding: "utf8",
    timeout: 55_000,
  });
  expect([status, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout) as Report;
}

test("2,000 mutated pictures: sent without metadata, or refused by an error of ours, in bounded memory", () => {
  const { outcomes, wrong, peak } = run<{
    readonly outcomes: Readonly<Record<string, number>>;
    readonly wrong: readonly string[];
    readonly peak: number;
  }>("fuzz-images.ts", "2000", "1");
  expect(wrong).toEqual([]);
  const errors = ["IncompatibleMediaError", "MediaError", "MediaTooLargeError"];
  expect(Object.keys(outcomes).toSorted()).toEqual([...errors, "sent"]);
  expect(outcomes.sent).toBeGreaterThan(100);
  expect(outcomes.MediaError).toBeGreaterThan(500);
  expect(peak).toBeLessThan(MEMORY);
});

test("A14.6 bombs: many pixels and frames in few bytes are refused or made small, in bounded memory", () => {
  const { outcomes, peak } = run<{ readonly outcomes: unknown; readonly peak: number }>("bomb-images.ts");
  expect(outcomes).toEqual({
    "16000 squared": "sent",
    "17000 squared": "refused: pixels",
    "10000 squared, interlaced": "sent",
    "11000 squared, interlaced": "refused: pixels",
    "1500 frames": "sent",
    "40000 frames": "refused: frames",
  });
  expect(peak).toBeLessThan(MEMORY);
});
