import { withinYears } from "../../shared/timestamps.ts";

let secondCached = Number.NaN;
let textCached = "";

/**
 * Epoch milliseconds -> `YYYY-MM-DD HH:MM:SS.SSS`, UTC. Rows of a batch mostly share their second, so the last one is
 * kept: formatting a date costs more than most else in building a log row.
 */
export function timestampToText(milliseconds: number): string {
  const clamped = withinYears(milliseconds);
  const second = Math.floor(clamped / 1000);
  if (second !== secondCached) {
    textCached = new Date(second * 1000).toISOString().slice(0, 19).replace("T", " ");
    secondCached = second;
  }
  return `${textCached}.${String(clamped - second * 1000).padStart(3, "0")}`;
}

const FORM =
  /^(\d{4,})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,3})\d*)?(?:Z|([+-])(\d\d)(?::?(\d\d)(?::?(\d\d))?)?)?( BC)?$/;

/**
 * What a database gave for an instant -> epoch milliseconds. Text without a zone is UTC, as written by this module.
 * PostgreSQL answers in the session's zone, for ancient dates with an offset down to the second.
 */
export function timestampFromText(stored: string | number | Date): number {
  if (typeof stored === "number") return stored;
  if (stored instanceof Date) return stored.getTime();
  const parts = FORM.exec(stored);
  if (!parts) return Date.parse(stored);
  // The earliest moment we store is the first of year 1 UTC, which a zone west of it calls the year before.
  if (parts[12] !== undefined) return withinYears(Number.NEGATIVE_INFINITY);
  const at = (index: number): number => Number(parts[index] ?? 0);
  const date = new Date(0);
  date.setUTCFullYear(at(1), at(2) - 1, at(3));
  date.setUTCHours(at(4), at(5), at(6), Number((parts[7] ?? "").padEnd(3, "0")));
  const offset = ((at(9) * 60 + at(10)) * 60 + at(11)) * 1000;
  return date.getTime() - (parts[8] === "-" ? -offset : offset);
}
