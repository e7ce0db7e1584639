/** Years 1 to 9999: what both databases hold and compare. Earlier and later moments become the nearest of these. */
const EARLIEST = Date.parse("0001-01-01T00:00:00.000Z");
const LATEST = Date.parse("9999-12-31T23:59:59.999Z");

let secondCached = Number.NaN;
let textCached = "";

/**
 * Epoch milliseconds -> `YYYY-MM-DD HH:MM:SS.SSS`, UTC. Rows of a batch mostly share their second, so the last one is
 * kept: formatting a date costs more than all else in building a log row.
 */
export function instantToText(milliseconds: number): string {
  const clamped = Math.min(LATEST, Math.max(EARLIEST, Math.trunc(milliseconds)));
  const second = Math.floor(clamped / 1000);
  if (second !== secondCached) {
    textCached = new Date(second * 1000).toISOString().slice(0, 19).replace("T", " ");
    secondCached = second;
  }
  const rest = clamped - second * 1000;
  return `${textCached}.${rest < 10 ? "00" : rest < 100 ? "0" : ""}${rest}`;
}

/** What a database gave for an instant -> epoch milliseconds. Text without a zone is UTC, as written by this module. */
export function instantFromText(stored: string | number | Date): number {
  if (typeof stored === "number") return stored;
  if (stored instanceof Date) return stored.getTime();
  const zoned = /(?:Z|[+-]\d\d(?::?\d\d)?)$/.test(stored.slice(10)) ? stored : `${stored}Z`;
  return Date.parse(zoned.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00"));
}
