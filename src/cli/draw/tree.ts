/** Something with others below it. */
export interface Branch {
  readonly lines: readonly string[];
  readonly below: readonly Branch[];
}

/** Draws a tree with lines between what belongs together. */
export function treeLines({ lines, below }: Branch, own = "", further = ""): string[] {
  const trunk = below.length > 0 ? "│ " : "";
  return [
    ...lines.map((line, index) => (index === 0 ? own : `${further}${trunk}`) + line),
    ...below.flatMap((branch, index) => {
      const isLast = index === below.length - 1;
      return [
        `${further}│`,
        ...treeLines(branch, `${further}${isLast ? "└─ " : "├─ "}`, `${further}${isLast ? "   " : "│  "}`),
      ];
    }),
  ];
}
