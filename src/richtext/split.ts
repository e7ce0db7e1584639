import { ValidationError } from "../core/errors/index.ts";
import { slice, trim } from "./fragments.ts";
import { countGraphemes, graphemeEnds } from "./graphemes.ts";
import type { MarkedText, Span } from "./spans.ts";
import { byStart } from "./spans.ts";

export interface TextLimits {
  readonly graphemes: number;
  /** Of the UTF-8 text */
  readonly bytes: number;
}

export interface SplitOptions {
  /** End each part with its number: `… (2/5)`. Default false */
  readonly numbered?: boolean | undefined;
}

/** Where a reader would pause, the best place first. Each match ends where the next part begins. */
const pauses = [/\n[ \t]*\n\s*/g, /\n\s*|[.!?\u2026]["'\u2019\u201D)\]]*\s+|[\u3002\uFF01\uFF1F]\s*/g, /\s+/g];

/**
 * Cuts a text into parts that fit: between paragraphs, else between sentences, words, and at last characters, as late as
 * possible but not before half of a part. Never inside a link, mention, tag or grapheme. A text that fits stays whole.
 *
 * @throws ValidationError for a link, mention or tag that alone is longer than a part
 */
export function splitText(
  marked: MarkedText,
  limits: TextLimits,
  { numbered = false }: SplitOptions = {},
): readonly MarkedText[] {
  const whole = trim(marked);
  if (fits(whole.text, limits)) return [whole];
  if (!numbered) return cut(whole, limits);
  for (let digits = 1; ; digits++) {
    const reserved = suffix(10 ** digits - 1, 10 ** digits - 1).length;
    const parts = cut(whole, { graphemes: limits.graphemes - reserved, bytes: limits.bytes - reserved });
    if (parts.length >= 10 ** digits) continue;
    return parts.map((part, at) => ({ ...part, text: part.text + suffix(at + 1, parts.length) }));
  }
}

const suffix = (part: number, parts: number): string => ` (${part}/${parts})`;

export function fits(text: string, { graphemes, bytes }: TextLimits): boolean {
  return (text.length <= graphemes || countGraphemes(text) <= graphemes) && Buffer.byteLength(text) <= bytes;
}

function cut(marked: MarkedText, limits: TextLimits): readonly MarkedText[] {
  const { text } = marked;
  const ends = graphemeEnds(text);
  // A place to cut lies behind a grapheme and not within anything that is marked.
  const spans = marked.spans.toSorted(byStart);
  let next = 0;
  const allowed = ends.filter((end) => {
    // Both ascend, and spans do not overlap.
    while (next < spans.length && (spans[next] as Span).end <= end) next++;
    const span = spans[next];
    return span === undefined || span.start >= end;
  });
  const good = new Set(allowed);
  const breaks = pauses.map((pause) =>
    Array.from(text.matchAll(pause), (match) => match.index + match[0].length).filter((end) => good.has(end)),
  );
  const parts: MarkedText[] = [];
  for (let start = 0; start < text.length;) {
    const last = farthest(text, ends, start, limits);
    const end = last >= text.length ? text.length : bestBreak(breaks, allowed, start, last);
    if (end === undefined) throw tooLong(marked, start, limits);
    const part = trim(slice(marked, start, end));
    if (part.text !== "") parts.push(part);
    start = end;
  }
  return parts;
}

/** The last end of a grapheme up to which the text from `start` fits, spaces at its end not counted. */
function farthest(text: string, ends: readonly number[], start: number, limits: TextLimits): number {
  let graphemes = 0;
  let bytes = 0;
  let fitting = start;
  let previous = start;
  for (let at = firstAfter(ends, start); at < ends.length; at++) {
    const end = ends[at] as number;
    const grapheme = text.slice(previous, end);
    previous = end;
    graphemes += 1;
    bytes += Buffer.byteLength(grapheme);
    if (graphemes <= limits.graphemes && bytes <= limits.bytes) fitting = end;
    // What is trimmed at the end of a part costs nothing.
    else if (/\S/.test(grapheme)) break;
    else if (fitting === ends[at - 1]) fitting = end;
  }
  return fitting;
}

function bestBreak(
  breaks: readonly (readonly number[])[],
  allowed: readonly number[],
  start: number,
  last: number,
): number | undefined {
  const half = start + (last - start) / 2;
  for (const kind of breaks) {
    const end = lastUpTo(kind, last);
    if (end !== undefined && end > half) return end;
  }
  const latest = Math.max(start, ...breaks.map((kind) => lastUpTo(kind, last) ?? start));
  if (latest > start) return latest;
  const anywhere = lastUpTo(allowed, last);
  return anywhere !== undefined && anywhere > start ? anywhere : undefined;
}

/** Index of the first number greater than `value` in ascending numbers. */
function firstAfter(numbers: readonly number[], value: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] as number) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

const lastUpTo = (numbers: readonly number[], value: number): number | undefined =>
  numbers[firstAfter(numbers, value) - 1];

function tooLong({ text, spans }: MarkedText, start: number, { graphemes, bytes }: TextLimits): ValidationError {
  const span = spans.find(({ end }) => end > start);
  const shown = text.slice(span?.start, span?.end);
  const message = `${JSON.stringify(`${shown.slice(0, 40)}…`)} is one link, mention or tag of ${countGraphemes(shown)} graphemes, and a post holds ${graphemes} graphemes and ${bytes} bytes`;
  return new ValidationError(`${message}: shorten its text. Nothing was sent.`, {
    issues: [{ path: "text", message }],
  });
}
