import { plain } from "../output.ts";
import { style } from "../terminal.ts";

const segmenter = new Intl.Segmenter();
const wide =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;

/** Cells a text takes on a terminal: East Asian characters and emoji take two. */
export function cells(text: string): number {
  let sum = 0;
  for (const { segment } of segmenter.segment(plain(text))) sum += wide.test(segment) ? 2 : 1;
  return sum;
}

/** Lines of a table, one blank column between its columns. The last column is not padded. Numbers stand to the right. */
export function columns(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = heading.map((title, index) => Math.max(cells(title), ...rows.map((row) => cells(row[index] ?? ""))));
  const isNumber = heading.map((_, index) =>
    rows.every((row) => /^(?:[\d.,%]+(?: \S{1,2})?)?$/.test(plain(row[index] ?? ""))),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) => {
        const space = " ".repeat((widths[index] ?? 0) - cells(cell));
        if (isNumber[index]) return space + cell;
        return index === row.length - 1 ? cell : cell + space;
      })
      .join("  ")
      .trimEnd();
  return [style("dim", line(heading)), ...rows.map((row) => line(row))];
}

/** Breaks text into lines of so many cells, at spaces where it can. Line breaks stay. */
export function wrap(text: string, width: number): string[] {
  return plain(text)
    .split("\n")
    .flatMap((paragraph) => {
      const lines: string[] = [];
      let line = "";
      for (const word of paragraph.split(" ")) {
        const joined = line === "" ? word : `${line} ${word}`;
        if (cells(joined) <= width) line = joined;
        else {
          if (line !== "") lines.push(line);
          line = word;
          while (cells(line) > width) {
            const start = [...segmenter.segment(line)].slice(0, Math.max(1, width >> 1)).map(({ segment }) => segment);
            lines.push(start.join(""));
            line = line.slice(start.join("").length);
          }
        }
      }
      return [...lines, line];
    });
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
