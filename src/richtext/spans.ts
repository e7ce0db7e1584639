import type { AppBskyRichtextFacet } from "../../generated/types.ts";

/** One link, mention or tag. The `did` of a mention is a handle until {@link spansToFacets} is due. */
export type Feature = AppBskyRichtextFacet.Main["features"][number];

/** A marked part of a text, by UTF-16 indices: strings are cut and joined by these, bytes come last. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly features: readonly Feature[];
}

/** A text and what is marked in it, in ascending order without overlaps. */
export interface MarkedText {
  readonly text: string;
  readonly spans: readonly Span[];
  /** Parts in which nothing is detected, such as code */
  readonly literal: readonly Pick<Span, "start" | "end">[];
}

export const linkFeature = (uri: string): Feature => ({ $type: "app.bsky.richtext.facet#link", uri });
export const mentionFeature = (actor: string): Feature => ({ $type: "app.bsky.richtext.facet#mention", did: actor });
export const tagFeature = (tag: string): Feature => ({ $type: "app.bsky.richtext.facet#tag", tag });

export const byStart = (one: { readonly start: number }, other: { readonly start: number }): number =>
  one.start - other.start;

/** Spans that end where they begin or lie on top of an earlier one are left out: renderers would drop them anyway. */
export function withoutOverlaps(spans: readonly Span[]): readonly Span[] {
  let end = 0;
  return spans.toSorted(byStart).filter((span) => {
    if (span.start < end || span.end <= span.start) return false;
    end = span.end;
    return true;
  });
}

/** Facets as records hold them: offsets in bytes of the UTF-8 text, end exclusive. */
export function spansToFacets(text: string, spans: readonly Span[]): AppBskyRichtextFacet.Main[] {
  let at = 0;
  let bytes = 0;
  // Each part of the text is measured once, whatever the number of spans.
  const offset = (index: number): number => {
    bytes += Buffer.byteLength(text.slice(at, index));
    at = index;
    return bytes;
  };
  return spans.map(({ start, end, features }) => ({
    index: { byteStart: offset(start), byteEnd: offset(end) },
    features: [...features],
  }));
}
