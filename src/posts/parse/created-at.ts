import type { Issues } from "./issues.ts";

/** https://atproto.com/specs/lexicon#datetime, or the day alone, which begins at midnight UTC. Hours, minutes and zone are checked by `Date` */
const form = /^(\d{4})-(\d\d)-(\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,20})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** The moment that a user says. Where nobody knows which it is, there is an issue, and it is now. */
export function readInstant(given: Date | string, issues: Issues): Date {
  const at = new Date(given);
  const problem = typeof given === "string" ? problemOf(given) : undefined;
  const year = at.getUTCFullYear();
  if (problem !== undefined) issues.add("createdAt", problem);
  else if (Number.isNaN(year)) issues.add("createdAt", `is ${JSON.stringify(String(given))}, which is not a date`);
  else if (year < 0 || year > 9999) issues.add("createdAt", `is in the year ${year}; records have 0 to 9999`);
  return at;
}

function problemOf(given: string): string | undefined {
  const said = JSON.stringify(given.slice(0, 100));
  const [, year, month, day] = form.exec(given) ?? [];
  if (day === undefined) {
    return `is ${said}; write a date with its time zone, such as "2026-01-31T12:00:00Z", or give a Date`;
  }
  // Date takes the 30th of February for the 1st of March.
  const last = new Date(0);
  last.setUTCFullYear(Number(year), Number(month), 0);
  return Number(day) <= last.getUTCDate() ? undefined : `is ${said}, a day that there is not`;
}
