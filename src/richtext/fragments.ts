import type { MarkedText, Span } from "./spans.ts";

export const empty: MarkedText = { text: "", spans: [], literal: [] };

/** Moves the marks of a text to where their text went. What became empty goes. */
function moved({ spans, literal }: MarkedText, text: string, place: (index: number) => number): MarkedText {
  const shift = <Range extends Pick<Span, "start" | "end">>(ranges: readonly Range[]): Range[] =>
    ranges
      .map((range) => ({ ...range, start: place(range.start), end: place(range.end) }))
      .filter(({ start, end }) => start < end);
  return { text, spans: shift(spans), literal: shift(literal) };
}

export function slice(marked: MarkedText, start: number, end: number): MarkedText {
  return moved(marked, marked.text.slice(start, end), (index) => Math.min(Math.max(index, start), end) - start);
}

export function trim(marked: MarkedText): MarkedText {
  const { text } = marked;
  const start = text.length - text.trimStart().length;
  return start === text.length ? empty : slice(marked, start, text.trimEnd().length);
}

export function concat(parts: readonly MarkedText[]): MarkedText {
  let length = 0;
  const placed = parts.map((part) => {
    const before = length;
    length += part.text.length;
    return before === 0 ? part : moved(part, part.text, (index) => index + before);
  });
  return {
    text: placed.map(({ text }) => text).join(""),
    spans: placed.flatMap(({ spans }) => spans),
    literal: placed.flatMap(({ literal }) => literal),
  };
}

/** Puts `first` before the first line and `rest` before the others; nothing but spaces is left out of empty lines. */
export function indent(marked: MarkedText, first: string, rest: string): MarkedText {
  const lines = marked.text.split("\n");
  const prefixes = lines.map((line, at) => (at === 0 ? first : line === "" ? rest.trimEnd() : rest));
  const text = lines.map((line, at) => `${prefixes[at]}${line}`).join("\n");
  const place = (index: number): number => {
    let shift = 0;
    for (let at = 0, start = 0; at < lines.length && start <= index; at++) {
      shift += prefixes[at]?.length ?? 0;
      start += (lines[at]?.length ?? 0) + 1;
    }
    return index + shift;
  };
  return moved(marked, text, place);
}
