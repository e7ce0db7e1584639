import type { Issue } from "../core/lexicon/issue.ts";

/** As much of an `app.bsky.richtext.facet` as says where it lies: UTF-8 bytes of the text, the end not included. */
export interface FacetRange {
  readonly index: { readonly byteStart: number; readonly byteEnd: number };
}

/**
 * Finds facets that do not fit their text: beyond its end, empty, cutting a character in two, or overlapping another one.
 * Servers store them as they are, and apps show the wrong text or none: https://docs.bsky.app/docs/advanced-guides/post-richtext
 *
 * @param path of the facets, for the issues
 */
export function checkFacets(text: string, facets: readonly FacetRange[], path: string): Issue[] {
  const bytes = Buffer.from(text);
  const issues: Issue[] = [];
  const placed: { readonly start: number; readonly end: number; readonly at: string }[] = [];
  for (const [position, { index }] of facets.entries()) {
    const { byteStart: start, byteEnd: end } = index;
    const at = `${path}[${position}]`;
    const wrong = misfit(bytes, start, end);
    if (wrong !== undefined) issues.push({ path: `${at}.index`, rule: "facet", ...wrong });
    else placed.push({ start, end, at });
  }
  placed.sort((one, other) => one.start - other.start);
  for (const [position, { start, at }] of placed.entries()) {
    const before = placed[position - 1];
    if (before !== undefined && start < before.end) {
      issues.push({ path: `${at}.index`, rule: "facet", message: `overlaps ${before.at}` });
    }
  }
  return issues;
}

function misfit(bytes: Uint8Array, start: number, end: number): Omit<Issue, "path"> | undefined {
  if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0) {
    return { message: `${start} to ${end} is no range of bytes` };
  }
  if (end > bytes.length) {
    const message = `ends at byte ${end}, but the text has ${bytes.length} bytes`;
    return { message, actual: end, limit: bytes.length };
  }
  if (start >= end) return { message: `covers no text: it starts at byte ${start} and ends at byte ${end}` };
  for (const at of [start, end]) if (isInside(bytes, at)) return { message: `cuts a character in two at byte ${at}` };
  return undefined;
}

/** Bytes after the first of a character in UTF-8 are 10xxxxxx. */
const isInside = (bytes: Uint8Array, at: number): boolean =>
  at < bytes.length && ((bytes[at] as number) & 0xc0) === 0x80;
