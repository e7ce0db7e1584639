import type { AppBskyRichtextFacet } from "../../generated/types.ts";
import type { Issue } from "../core/errors.ts";
import { ValidationError } from "../core/errors.ts";
import { byStart, type Span } from "./spans.ts";

/**
 * Reads facets as spans of the text.
 *
 * @throws ValidationError for a range outside of the text, inside a character, empty, or on top of another: servers accept
 * these, and readers then see nothing or something else
 */
export function facetsToSpans(text: string, facets: readonly AppBskyRichtextFacet.Main[]): readonly Span[] {
  const indexOf = utf16Indices(text);
  const issues: Issue[] = [];
  const spans = facets.map(({ index, features }, at): Span => {
    const { byteStart, byteEnd } = index;
    const [start, end] = [indexOf(byteStart), indexOf(byteEnd)];
    const wrong =
      byteEnd <= byteStart
        ? "is empty: byteEnd is exclusive, and must lie behind byteStart"
        : start === "outside" || end === "outside"
          ? `lies outside of the text, which has ${Buffer.byteLength(text)} bytes`
          : start === "inside" || end === "inside"
            ? "begins or ends inside a character"
            : undefined;
    if (wrong !== undefined) {
      issues.push({ path: `facets[${at}].index`, message: `${byteStart} to ${byteEnd} ${wrong}` });
    }
    return { start: Number(start), end: Number(end), features };
  });
  if (issues.length === 0) {
    const sorted = spans.map((span, at) => ({ span, at })).toSorted((a, b) => byStart(a.span, b.span));
    for (const [place, { span, at }] of sorted.entries()) {
      const before = sorted[place - 1];
      if (before !== undefined && span.start < before.span.end) {
        issues.push({ path: `facets[${at}].index`, message: `overlaps facets[${before.at}]` });
      }
    }
  }
  if (issues.length > 0) {
    const said = issues.map(({ path, message }) => `${path} ${message}`).join("; ");
    throw new ValidationError(`${said}. Offsets count bytes of the UTF-8 text. Nothing was sent.`, { issues });
  }
  return spans.toSorted(byStart);
}

/** Where a byte of the UTF-8 text stands in the string. */
function utf16Indices(text: string): (byte: number) => number | "inside" | "outside" {
  const total = Buffer.byteLength(text);
  const isPlace = (byte: number): boolean => Number.isInteger(byte) && byte >= 0 && byte <= total;
  if (total === text.length) return (byte) => (isPlace(byte) ? byte : "outside");
  const places = new Map([[0, 0]]);
  let byte = 0;
  let index = 0;
  for (const character of text) {
    byte += Buffer.byteLength(character);
    index += character.length;
    places.set(byte, index);
  }
  return (asked) => (isPlace(asked) ? (places.get(asked) ?? "inside") : "outside");
}
