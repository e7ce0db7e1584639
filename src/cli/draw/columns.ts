import { colourless, plain, printable } from "../output.ts";
import { style, tableWidth } from "../terminal.ts";

const segmenter = new Intl.Segmenter();
const wide =
  /\p{Emoji_Presentation}|\ufe0f|[\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]/u;
const invisible = /^[\p{M}\p{Cf}]+$/u;

const segmentWidth = (segment: string): number => (invisible.test(segment) ? 0 : wide.test(segment) ? 2 : 1);

/** Cells a text takes on a terminal: East Asian characters and emoji take two, colours none. */
export function cells(text: string): number {
  let sum = 0;
  for (const { segment } of segmenter.segment(colourless(text))) sum += segmentWidth(segment);
  return sum;
}

/** A text in at most so many cells, with an ellipsis for what is cut. What is cut loses its colours. */
export function cut(text: string, width: number): string {
  if (cells(text) <= width) return text;
  let [kept, sum] = ["", 0];
  for (const { segment } of segmenter.segment(colourless(text))) {
    sum += segmentWidth(segment);
    if (sum > width - 1) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

/** Cells between two columns */
const GAP = 2;
/** Cells of a column that is cut, at least */
const NARROWEST = 6;

/**
 * Lines of a table, two blank columns between its columns. The last column is not padded. Numbers stand to the right. Where the
 * table is wider than the terminal, the widest columns of words are cut.
 */
export function columns(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  width = tableWidth(),
): string[] {
  const table = rows.map((row) => row.map((cell) => printable(cell.replaceAll(/\s+/g, " "))));
  const isNumber = heading.map((_, index) =>
    table.every((row) => /^(?:[\d.,%]+(?: \S{1,2})?)?$/.test(colourless(row[index] ?? ""))),
  );
  const natural = heading.map((title, index) => Math.max(cells(title), ...table.map((row) => cells(row[index] ?? ""))));
  const widths = fitted(natural, isNumber, width - GAP * (heading.length - 1));
  const line = (row: readonly string[]): string =>
    row
      .map((whole, index) => {
        const cell = cut(whole, widths[index] ?? 0);
        const space = " ".repeat((widths[index] ?? 0) - cells(cell));
        if (isNumber[index]) return space + cell;
        return index === row.length - 1 ? cell : cell + space;
      })
      .join(" ".repeat(GAP))
      .trimEnd();
  return [style("dim", line(heading)), ...table.map((row) => line(row))];
}

/** Widths that together take no more than there is: columns of words give from the widest on, those of numbers nothing. */
function fitted(natural: readonly number[], isNumber: readonly boolean[], width: number): readonly number[] {
  const at = (cap: number): number[] =>
    natural.map((one, index) => (isNumber[index] ? one : Math.min(one, Math.max(cap, NARROWEST))));
  let cap = Math.max(NARROWEST, ...natural);
  while (cap > NARROWEST && at(cap).reduce((sum, one) => sum + one, 0) > width) cap--;
  return at(cap);
}

/** Breaks text of somebody else's into lines of so many cells, at spaces where it can. Line breaks stay. */
export const wrap = (text: string, width: number): string[] => wrapLines(plain(text), width);

/** The same for one line of our own, which may have colours; what follows its first line is indented. */
export function wrapHanging(text: string, width: number, indent: number): string[] {
  const [, margin = "", rest = ""] = /^( *)([^]*)$/.exec(text) ?? [];
  const below = Math.max(NARROWEST, width - indent);
  const lines = wrapLines(rest, below, Math.max(NARROWEST, width - margin.length));
  return lines.map((line, index) => (index === 0 ? margin : " ".repeat(indent)) + line);
}

function wrapLines(text: string, width: number, first = width): string[] {
  return text.split("\n").flatMap((paragraph, at) => {
    const lines: string[] = [];
    const room = (): number => (at === 0 && lines.length === 0 ? first : width);
    let line = "";
    for (const word of paragraph.split(" ")) {
      const joined = line === "" ? word : `${line} ${word}`;
      if (cells(joined) <= room()) {
        line = joined;
        continue;
      }
      if (line !== "") lines.push(line);
      line = word;
      while (cells(line) > room()) {
        const start = startOf(colourless(line), room());
        lines.push(start);
        line = colourless(line).slice(start.length);
      }
    }
    return [...lines, line];
  });
}

/** As much of a text as so many cells hold, and at least one character of it. */
function startOf(text: string, width: number): string {
  let [kept, sum] = ["", 0];
  for (const { segment } of segmenter.segment(text)) {
    sum += segmentWidth(segment);
    if (sum > width && kept !== "") break;
    kept += segment;
  }
  return kept;
}

const steps: readonly (readonly [milliseconds: number, unit: string])[] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "m"],
  [1000, "s"],
];

/** How long ago, in one unit: `3h`; in the future `in 3h`. */
export function since(moment: number | string | Date, now = Date.now()): string {
  const passed = now - new Date(moment).getTime();
  const [length, unit] = steps.find(([size]) => Math.abs(passed) >= size) ?? [1000, "s"];
  const text = `${Math.floor(Math.abs(passed) / length)}${unit}`;
  return passed < 0 ? `in ${text}` : text;
}

/** `2026-01-31 12:00:00`, UTC as everything in the database. */
export const time = (moment: number | Date): string => new Date(moment).toISOString().slice(0, 19).replace("T", " ");
