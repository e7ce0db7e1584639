import { style } from "../terminal.ts";

const blocks = " ▁▂▃▄▅▆▇█";

/** Values as a row of blocks, the highest as high as a line. What is not known is a blank; the least above 0 can be seen. */
export function spark(
  values: readonly (number | null)[],
  highest = Math.max(0, ...values.map((one) => one ?? 0)),
): string {
  return values
    .map((value) => {
      if (value === null || value <= 0 || highest <= 0) return value === null ? " " : style("dim", "·");
      return blocks[Math.max(1, Math.min(8, Math.round((value / highest) * 8)))] ?? " ";
    })
    .join("");
}

/** A bar of at most so many cells. */
export const barOf = (value: number, highest: number, cells: number): string =>
  highest <= 0 ? "" : "█".repeat(Math.max(value > 0 ? 1 : 0, Math.round((value / highest) * cells)));
