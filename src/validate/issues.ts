import type { Issue, Rule } from "../core/lexicon/issue.ts";

/** More say nothing that these do not. */
export const MAX_ISSUES = 100;

type Unit = "bytes" | "graphemes" | "items";

const counted = (count: number, unit: Unit): string => `${count} ${count === 1 ? unit.slice(0, -1) : unit}`;
const are = (count: number): string => (count === 1 ? "is" : "are");

/** `has 301 graphemes, 300 are allowed` */
export const tooMany = (path: string, rule: Rule, actual: number, limit: number, unit: Unit): Issue => ({
  path,
  rule,
  message: `has ${counted(actual, unit)}, ${limit} ${are(limit)} allowed`,
  actual,
  limit,
});

/** `has 0 items, at least 1 is needed` */
export const tooFew = (path: string, rule: Rule, actual: number, limit: number, unit: Unit): Issue => ({
  path,
  rule,
  message: `has ${counted(actual, unit)}, at least ${limit} ${are(limit)} needed`,
  actual,
  limit,
});
