/** Anything but ASCII, and the one ASCII pair that is a single grapheme, CR LF */
// oxlint-disable-next-line no-control-regex -- the first characters of ASCII are control characters
const needsSegmenter = /[^\0-\x0c\x0e-\x7f]/;

let shared: Intl.Segmenter | undefined;

/** Made once and late: making one costs more than counting a post. */
const segmenter = (): Intl.Segmenter => (shared ??= new Intl.Segmenter(undefined, { granularity: "grapheme" }));

/**
 * Number of user-perceived characters, which is what limits of lexicons count: a family of emoji is one.
 * https://unicode.org/reports/tr29/
 */
export function countGraphemes(text: string): number {
  if (!needsSegmenter.test(text)) return text.length;
  let count = 0;
  for (const _ of segmenter().segment(text)) count++;
  return count;
}

/** Where graphemes end, as UTF-16 indices in ascending order. */
export function graphemeEnds(text: string): readonly number[] {
  if (!needsSegmenter.test(text)) return Array.from({ length: text.length }, (_, index) => index + 1);
  return Array.from(segmenter().segment(text), ({ index, segment }) => index + segment.length);
}
