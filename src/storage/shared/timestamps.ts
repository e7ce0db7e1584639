/** The years 1 to 9999: what both databases hold and compare. */
const EARLIEST = Date.parse("0001-01-01T00:00:00.000Z");
const LATEST = Date.parse("9999-12-31T23:59:59.999Z");

/** A moment that every backend can hold: an earlier or later one becomes the nearest. Whole milliseconds. */
export function withinYears(milliseconds: number): number {
  return Math.min(LATEST, Math.max(EARLIEST, Math.trunc(milliseconds)));
}
