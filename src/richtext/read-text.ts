import type { AppBskyRichtextFacet } from "../../generated/types.ts";
import { ValidationError } from "../core/errors/index.ts";
import { facetsToSpans } from "./facets.ts";
import type { MarkdownImage, MarkdownReading } from "./markdown.ts";
import type { RichText } from "./rich-text.ts";
import { byStart, type MarkedText, type Span, withoutOverlaps } from "./spans.ts";

export interface TextInput {
  readonly text: string | RichText;
  /** Read the text as markdown. Default false */
  readonly markdown?: MarkdownReading | undefined;
  /** By byte offsets of the text as given; not together with markdown, whose text is not known before */
  readonly facets?: readonly AppBskyRichtextFacet.Main[] | undefined;
  /** Find links, mentions and tags that are not marked. Default true */
  readonly detectFacets?: boolean | undefined;
}

export interface ReadText extends MarkedText {
  readonly images: readonly MarkdownImage[];
}

/**
 * A text with everything that is marked in it: what was given, what markdown says, and what is detected in the rest.
 *
 * @throws ValidationError for facets that do not fit the text, and for markdown that links to anything but the web
 */
export async function readText({ text, markdown, facets = [], detectFacets = true }: TextInput): Promise<ReadText> {
  // Of what was given: markdown may part the halves of a pair, or bring two together.
  if (!(typeof text === "string" ? text : text.marked.text).isWellFormed()) {
    const message = "the text has half of a surrogate pair, which UTF-8 cannot hold: a character was cut in two";
    throw new ValidationError(`${message}. Nothing was sent.`, { issues: [{ path: "text", message }] });
  }
  const { images, ...given } = await readGiven(text, markdown);
  if (markdown !== undefined && facets.length > 0) {
    const message =
      "facets count bytes of a text that markdown has yet to make: write links as markdown, or leave markdown out";
    throw new ValidationError(`${message}. Nothing was sent.`, { issues: [{ path: "facets", message }] });
  }
  const spans: readonly Span[] = [...given.spans, ...(facets.length > 0 ? facetsToSpans(given.text, facets) : [])];
  if (!detectFacets) return { ...given, spans: withoutOverlaps(spans), images };
  const { detect } = await import("./detect.ts");
  const taken = [...spans, ...given.literal];
  const detected = detect(given.text).filter(outside(taken));
  return { ...given, spans: withoutOverlaps([...spans, ...detected]), images };
}

/** Tells ranges, asked for in ascending order, that touch none of others. */
function outside(taken: readonly Pick<Span, "start" | "end">[]): (range: Pick<Span, "start" | "end">) => boolean {
  const sorted = taken.toSorted(byStart);
  let next = 0;
  let covered = 0;
  return ({ start, end }) => {
    // What begins before the end of a range reaches as far as the farthest of those.
    for (; next < sorted.length && (sorted[next] as Span).start < end; next++) {
      covered = Math.max(covered, (sorted[next] as Span).end);
    }
    return covered <= start;
  };
}

async function readGiven(text: string | RichText, markdown: MarkdownReading | undefined): Promise<ReadText> {
  if (markdown === undefined) {
    return typeof text === "string" ? { text, spans: [], literal: [], images: [] } : { ...text.marked, images: [] };
  }
  if (typeof text !== "string") {
    const message = "a RichText has its links already: give markdown as a string";
    throw new ValidationError(`${message}. Nothing was sent.`, { issues: [{ path: "markdown", message }] });
  }
  const { readMarkdown } = await import("./markdown.ts");
  return readMarkdown(text, markdown);
}
