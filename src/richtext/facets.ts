import type { AppBskyRichtextFacet } from "../../generated/types.ts";
import { ValidationError } from "../core/errors/index.ts";
import { checkFacets } from "./check-facets.ts";
import { byStart, type Span } from "./spans.ts";

/**
 * Reads facets as spans of the text.
 *
 * @throws ValidationError for a range outside of the text, inside a character, empty, or on top of another: servers accept
 * these, and readers then see nothing or something else
 */
export function facetsToSpans(text: string, facets: readonly AppBskyRichtextFacet.Main[]): readonly Span[] {
  const issues = checkFacets(text, facets, "facets");
  if (issues.length > 0) {
    const said = issues.map(({ path, message }) => `${path} ${message}`).join("; ");
    throw new ValidationError(`${said}. Offsets count bytes of the UTF-8 text. Nothing was sent.`, { issues });
  }
  const indexOf = utf16Indices(text);
  const spans = facets.map(({ index: { byteStart, byteEnd }, features }): Span => {
    return { start: indexOf(byteStart), end: indexOf(byteEnd), features };
  });
  return spans.toSorted(byStart);
}

/** Where a byte of the UTF-8 text, the first of a character, stands in the string. */
function utf16Indices(text: string): (byte: number) => number {
  if (Buffer.byteLength(text) === text.length) return (byte) => byte;
  const places = new Map([[0, 0]]);
  let byte = 0;
  let index = 0;
  for (const character of text) {
    byte += Buffer.byteLength(character);
    index += character.length;
    places.set(byte, index);
  }
  return (asked) => places.get(asked) as number;
}
