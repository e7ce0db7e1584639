import { join } from "node:path";
import { readLines } from "../journal.ts";
import { LANES, memoryOf } from "../settings.ts";
import type { Case, Verdict, Violation } from "./case.ts";

interface Sample {
  /** Bytes the system gives the process */
  readonly rss: number;
  /** Bytes in use after a collection */
  readonly used: number;
}

const MEGABYTE = 2 ** 20;
/** What may come and go by chance: buffers, code that is compiled later. */
const SLACK = { used: 8 * MEGABYTE, rss: 48 * MEGABYTE };
/** The first part of a run, in which code is loaded and caches fill. */
const WARM_UP = 1 / 4;

/** Workers that are never killed need no more at the end than after their first quarter. */
export function checkMemory({ evidence, stores }: Case): Verdict {
  const violations: Violation[] = [];
  const figures = { heapGrowth: 0, rssGrowth: 0 };
  for (const slot of stores.flatMap(({ store }) => store.slots.filter((one) => one % LANES === 0))) {
    const samples = readLines<Sample>(join(evidence.folder, memoryOf(slot)));
    const warm = samples.slice(Math.ceil(samples.length * WARM_UP));
    const used = growth(warm.map((sample) => sample.used));
    const rss = growth(warm.map((sample) => sample.rss));
    figures.heapGrowth = Math.max(figures.heapGrowth, used);
    figures.rssGrowth = Math.max(figures.rssGrowth, rss);
    if (used > SLACK.used || rss > SLACK.rss)
      violations.push({
        rule: "memory is flat",
        what: `worker ${slot} grew by ${inMegabytes(used)} in use, ${inMegabytes(rss)} in all, over ${warm.length} samples`,
        look: memoryOf(slot),
      });
  }
  return { violations, figures };
}

/** Bytes by which the last third is above the first. */
function growth(bytes: readonly number[]): number {
  const third = Math.max(1, Math.floor(bytes.length / 3));
  return Math.round(median(bytes.slice(-third)) - median(bytes.slice(0, third)));
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0;

const inMegabytes = (bytes: number): string => `${(bytes / MEGABYTE).toFixed(1)} MB`;
