import type { MarkdownImage } from "../../richtext/markdown.ts";
import { readText, type ReadText } from "../../richtext/read-text.ts";
import { countGraphemes } from "../../richtext/graphemes.ts";
import type { MarkedText } from "../../richtext/spans.ts";
import { fits, splitText } from "../../richtext/split.ts";
import { toJson } from "../../core/lexicon/data-model.ts";
import { isWebAddress } from "../../core/identifiers.ts";
import { altText } from "../../media/image/alt.ts";
import type { MediaSource } from "../../media/source/source.ts";
import type {
  ExternalContent,
  ImageContent,
  MarkdownOptions,
  PostContent,
  PostOptions,
  ThreadgateContent,
  VideoContent,
} from "../content.ts";
import { wholeRatio } from "./aspect-ratio.ts";
import { readInstant } from "./created-at.ts";
import { checkFields } from "./check-fields.ts";
import { gateIssues } from "../references/gates.ts";
import { limits } from "../limits.ts";
import { POST, readReference, type Reference } from "../references/reference.ts";
import { Issues } from "./issues.ts";

/** A picture of a post, wherever it was named. */
export interface ParsedImage extends ImageContent {
  /** Named by the text, which somebody else may have written: where its path must stay, and whether it may be downloaded */
  readonly byText?: MarkdownOptions | undefined;
}

/** A post, or a thread cut from one text, that was checked as far as can be without asking anybody. */
export interface ParsedPost {
  /** At least one */
  readonly parts: readonly MarkedText[];
  readonly images: readonly ParsedImage[];
  readonly gallery: boolean;
  readonly video: VideoContent | undefined;
  readonly external: ExternalContent | undefined;
  /** The card's page is to be read */
  readonly readsPage: boolean;
  readonly embed: PostContent["embed"];
  readonly langs: readonly string[];
  readonly labels: readonly string[];
  readonly tags: readonly string[];
  readonly replyTo: Reference | undefined;
  readonly quote: Reference | undefined;
  readonly threadgate: ThreadgateContent | undefined;
  readonly postgate: PostContent["postgate"];
  readonly createdAt: Date | undefined;
  readonly key: string | undefined;
}

/** `app.bsky.embed.record` shows these. */
const quotable: ReadonlySet<string> = new Set([
  POST,
  "app.bsky.feed.generator",
  "app.bsky.graph.list",
  "app.bsky.graph.starterpack",
  "app.bsky.labeler.service",
]);

// https://www.rfc-editor.org/rfc/rfc5646, as far as its form goes
const languagePattern = /^(?:i|[a-z]{2,8})(?:-[a-z0-9]{1,8})*$/i;

/**
 * Reads and checks a post. Nothing is sent and no file is opened.
 *
 * @param within where it stands, for messages: `posts[1].`, or nothing
 * @throws ValidationError naming everything that is wrong
 */
export async function parseContent(
  content: PostContent,
  { thread, skipUploads = false, allowMissingAlt }: PostOptions,
  within: string,
): Promise<ParsedPost> {
  const issues = new Issues(within);
  checkFields(content, issues);
  const markdown = markdownOptions(content.markdown);
  const read = await readText({
    text: content.text ?? "",
    markdown: markdown && { images: markdown.images },
    facets: content.facets,
    detectFacets: content.detectFacets,
  });
  const images = imagesOf(content, read.images, markdown);
  const external = externalOf(content.external);
  const draft: Omit<ParsedPost, "parts"> = {
    images: skipUploads
      ? []
      : images.map((image, at) => ({
          ...image,
          alt: altText(image.alt, `${within}images[${at}]`, { allowMissingAlt }),
          aspectRatio: wholeRatio(image.aspectRatio, `images[${at}].aspectRatio`, issues),
        })),
    gallery: content.gallery ?? false,
    video: skipUploads || content.video === undefined ? undefined : videoOf(content.video, within, allowMissingAlt),
    external,
    readsPage: typeof content.external === "string" || content.external instanceof URL || external?.readPage === true,
    embed: toJson(content.embed, `${within}embed`) as PostContent["embed"],
    langs: content.langs ?? [],
    labels: content.labels ?? [],
    tags: content.tags ?? [],
    replyTo: content.replyTo === undefined ? undefined : readReference(content.replyTo, `${within}replyTo`),
    quote: content.quote === undefined ? undefined : readReference(content.quote, `${within}quote`),
    threadgate: content.threadgate,
    postgate: content.postgate,
    createdAt: content.createdAt === undefined ? undefined : readInstant(content.createdAt, issues),
    key: content.key,
  };
  checkEmbed(content, images, draft, issues);
  checkReferences(draft, issues);
  checkDetails(draft, issues);
  if (read.text.includes("\u0000")) issues.add("text", "has a NUL character (U+0000): apps do not show such a post");
  const parts = partsOf(read, thread, issues);
  const isEmpty = parts.every(({ text }) => text.trim() === "");
  if (isEmpty && !hasEmbed(content, skipUploads ? [] : images, skipUploads) && draft.quote === undefined) {
    issues.add("text", `is empty, and there is nothing else to show${skipUploads ? " without what is uploaded" : ""}`);
  }
  issues.raise();
  return { ...draft, parts };
}

const markdownOptions = (markdown: PostContent["markdown"]): MarkdownOptions | undefined =>
  markdown === true ? {} : markdown || undefined;

function imagesOf(
  { images = [] }: PostContent,
  written: readonly MarkdownImage[],
  byText: MarkdownOptions | undefined,
): readonly ParsedImage[] {
  return [...images.map(mediaContent), ...written.map((image) => ({ ...image, byText: byText ?? {} }))];
}

/** Media may be given bare, or with what is said of it. */
function mediaContent<Content extends ImageContent>(given: Content | MediaSource): Content | ImageContent {
  return typeof given === "object" && "source" in given ? given : { source: given };
}

function videoOf(
  given: VideoContent | MediaSource,
  within: string,
  allowMissingAlt: boolean | undefined,
): VideoContent {
  const video: VideoContent = mediaContent(given);
  return { ...video, alt: altText(video.alt, `${within}video`, { allowMissingAlt }) };
}

function externalOf(external: PostContent["external"]): ExternalContent | undefined {
  if (external === undefined) return undefined;
  return typeof external === "string" || external instanceof URL ? { uri: external } : external;
}

const hasEmbed = ({ video, external, embed }: PostContent, images: readonly unknown[], skipUploads: boolean): boolean =>
  images.length > 0 || (video !== undefined && !skipUploads) || external !== undefined || embed !== undefined;

function checkEmbed(
  content: PostContent,
  images: readonly ParsedImage[],
  { gallery, external, quote }: Omit<ParsedPost, "parts">,
  issues: Issues,
): void {
  const kinds = [
    ...(images.length > 0 ? ["images"] : []),
    ...(content.video === undefined ? [] : ["video"]),
    ...(content.external === undefined ? [] : ["external"]),
    ...(content.embed === undefined ? [] : ["embed"]),
  ];
  if (kinds.length > 1) {
    issues.add(
      kinds.join(", "),
      "exclude each other: a post shows pictures, or a video, or a card; a quote goes with any of them",
    );
  }
  if (content.embed !== undefined && quote !== undefined) issues.add("quote", "does not go with an embed of your own");
  if (gallery && images.length > limits.gallery) {
    issues.add("images", `are ${images.length}, and a gallery holds ${limits.gallery}`);
  } else if (!gallery && images.length > limits.images) {
    issues.add(
      "images",
      `are ${images.length}, and a post holds ${limits.images}: leave some out, or show a gallery, { gallery: true }`,
    );
  }
  if (external !== undefined && !isWebAddress(String(external.uri))) {
    issues.add("external.uri", `is ${JSON.stringify(String(external.uri))}, which is no http or https URL`);
  }
}

/** What flows can be read once: either to tell it from other videos, or to send it. */
const flows = (source: MediaSource): boolean => typeof source === "object" && Symbol.asyncIterator in source;

function checkReferences({ replyTo, quote, threadgate, postgate }: Omit<ParsedPost, "parts">, issues: Issues): void {
  if (replyTo?.kind === "place" && replyTo.place.collection !== POST) {
    issues.add("replyTo", `is a record of ${replyTo.place.collection}: only posts can be answered`);
  }
  if (quote?.kind === "place" && !quotable.has(quote.place.collection)) {
    issues.add("quote", `is a record of ${quote.place.collection}, which a post cannot show`);
  }
  if (quote?.kind === "reply") issues.add("quote", "is one record, not root and parent");
  if (threadgate !== undefined && replyTo !== undefined) {
    issues.add("threadgate", "belongs to the first post of a thread, and this one answers another");
  }
  gateIssues(threadgate, postgate, issues);
}

function checkDetails({ langs, labels, tags, key, video }: Omit<ParsedPost, "parts">, issues: Issues): void {
  if (langs.length > limits.langs) issues.add("langs", `are ${langs.length}, and a post has ${limits.langs} at most`);
  for (const [index, lang] of langs.entries()) {
    if (!languagePattern.test(lang))
      issues.add(`langs[${index}]`, `is ${JSON.stringify(lang)}, which is no language tag such as "en" or "pt-BR"`);
  }
  if (tags.length > limits.tags) issues.add("tags", `are ${tags.length}, and a post has ${limits.tags} at most`);
  for (const [index, tag] of tags.entries()) {
    if (tag === "" || !fits(tag, limits.tag)) {
      issues.add(`tags[${index}]`, `has ${countGraphemes(tag)} graphemes, and a tag has 1 to ${limits.tag.graphemes}`);
    }
  }
  if (labels.length > limits.labels)
    issues.add("labels", `are ${labels.length}, and a post has ${limits.labels} at most`);
  for (const [index, label] of labels.entries()) {
    if (label === "" || Buffer.byteLength(label) > limits.labelBytes)
      issues.add(`labels[${index}]`, `must have 1 to ${limits.labelBytes} bytes`);
  }
  const files = video === undefined ? [] : [video.source, ...(video.captions ?? []).map(({ file }) => file)];
  if (key !== undefined && files.some(flows)) {
    issues.add("video", "is a stream, which a post with a key cannot have, nor its captions: give paths or bytes");
  }
  if (key !== undefined && (key === "" || Buffer.byteLength(key) > limits.keyBytes)) {
    issues.add("key", `must have 1 to ${limits.keyBytes} bytes`);
  }
}

function partsOf(
  { text, spans, literal }: ReadText,
  thread: PostOptions["thread"],
  issues: Issues,
): readonly MarkedText[] {
  const marked = { text, spans, literal };
  if (fits(text, limits.text)) return [marked];
  if (thread !== undefined && thread !== false) return splitText(marked, limits.text, thread === true ? {} : thread);
  const graphemes = countGraphemes(text);
  const bytes = Buffer.byteLength(text);
  const over = [
    ...(graphemes > limits.text.graphemes
      ? [
          `${graphemes} graphemes, ${graphemes - limits.text.graphemes} more than the ${limits.text.graphemes} of a post`,
        ]
      : []),
    ...(bytes > limits.text.bytes
      ? [`${bytes} bytes, ${bytes - limits.text.bytes} more than the ${limits.text.bytes} of a post`]
      : []),
  ];
  issues.add("text", `has ${over.join(", and ")}: shorten it, or let it become a thread, { thread: true }`);
  return [marked];
}
