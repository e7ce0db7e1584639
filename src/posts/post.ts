import type { AppBskyRichtextFacet } from "../../generated/types.ts";
import { ValidationError } from "../core/errors/index.ts";
import { bareName } from "../core/identifiers.ts";
import type { MediaSource } from "../media/source/source.ts";
import type { RichText } from "../richtext/rich-text.ts";
import type { Feature } from "../richtext/spans.ts";
import type {
  ExternalContent,
  ImageContent,
  MarkdownOptions,
  PostContent,
  PostgateContent,
  PostReference,
  RecordReference,
  ThreadgateContent,
  VideoContent,
} from "./content.ts";

/**
 * A post as it is being written. Each method changes it and gives it back; nothing is read or sent before it is posted, and
 * posting takes what is there at that moment. A plain object, {@link PostContent}, does as well.
 *
 * @example
 * const post = new Post("A **walk**", { markdown: true }).image("walk.jpg", "A path in a wood").replyTo(url);
 * await client.createPost(post);
 */
export class Post {
  #content: PostContent;

  constructor(text?: string | RichText, content: Omit<PostContent, "text"> = {}) {
    this.#content = { ...content, ...(text !== undefined && { text }) };
  }

  /** What the post is made of, as a plain object */
  get content(): PostContent {
    return { ...this.#content };
  }

  /** Replaces the text. What was marked in the old one is forgotten. */
  text(text: string | RichText): this {
    return this.#set({ text, facets: undefined });
  }

  /** Reads the text as markdown. */
  markdown(options: boolean | MarkdownOptions = true): this {
    return this.#set({ markdown: options });
  }

  /** Links the first occurrence of a part of the text. */
  link(part: string, uri: string | URL): this {
    return this.#mark(part, { $type: "app.bsky.richtext.facet#link", uri: String(uri) });
  }

  /** Makes the first occurrence of a part of the text a mention of an account: handle or DID. */
  mention(part: string, actor: string): this {
    return this.#mark(part, { $type: "app.bsky.richtext.facet#mention", did: bareName(actor) });
  }

  /** Makes the first occurrence of a part of the text a tag. */
  tag(part: string, tag = part.replace(/^[#＃]/, "")): this {
    return this.#mark(part, { $type: "app.bsky.richtext.facet#tag", tag });
  }

  /** Adds a facet, by byte offsets of the UTF-8 text. */
  facet(facet: AppBskyRichtextFacet.Main): this {
    return this.#set({ facets: [...(this.#content.facets ?? []), facet] });
  }

  /** Says which languages the text is in, at most 3: `langs("en", "de")`. */
  langs(...langs: readonly string[]): this {
    return this.#set({ langs });
  }

  /** Adds content warnings. */
  labels(...labels: readonly string[]): this {
    return this.#set({ labels: [...(this.#content.labels ?? []), ...labels] });
  }

  /** Adds tags that are not in the text. */
  tags(...tags: readonly string[]): this {
    return this.#set({ tags: [...(this.#content.tags ?? []), ...tags] });
  }

  /** Answers a post: its URI, URL, URI and CID, a view of it, or the `key` it was posted under. */
  replyTo(post: PostReference): this {
    return this.#set({ replyTo: post });
  }

  /** Shows a post, feed, list, starter pack or labeler below the text. */
  quote(record: RecordReference): this {
    return this.#set({ quote: record });
  }

  /** Adds a picture: path, URL, bytes, Blob or stream. `alt` says what is to be seen, for those who cannot see it. */
  image(source: MediaSource, alt: string, more: Omit<ImageContent, "source" | "alt"> = {}): this {
    return this.#set({ images: [...(this.#content.images ?? []), { ...more, source, alt }] });
  }

  /** Shows the pictures as a gallery, which holds more than four. */
  gallery(gallery = true): this {
    return this.#set({ gallery });
  }

  /** Adds a video. `alt` says what is to be seen, for those who cannot see it. */
  video(source: MediaSource, alt: string, more: Omit<VideoContent, "source" | "alt"> = {}): this {
    return this.#set({ video: { ...more, source, alt } });
  }

  /** Adds a card for a link. With a URL alone, title, description and picture are read from its page. */
  external(external: ExternalContent | string | URL): this {
    return this.#set({ external });
  }

  /** Says who may answer. */
  threadgate(allowed: ThreadgateContent): this {
    return this.#set({ threadgate: allowed });
  }

  /** Says who may quote it. */
  postgate(allowed: PostgateContent): this {
    return this.#set({ postgate: allowed });
  }

  /** When it was written. Default: when it is posted */
  createdAt(createdAt: Date | string): this {
    return this.#set({ createdAt });
  }

  /** Names the post, so that it is posted once, whatever happens to the script. */
  key(key: string): this {
    return this.#set({ key });
  }

  #set(change: Partial<PostContent>): this {
    this.#content = { ...this.#content, ...change };
    return this;
  }

  #mark(part: string, feature: Feature): this {
    const { text = "", markdown } = this.#content;
    const written = String(text);
    const start = part === "" ? -1 : written.indexOf(part);
    if (start < 0 || (markdown !== undefined && markdown !== false)) {
      const why = start < 0 ? `${JSON.stringify(part)} is not in the text` : "markdown marks its parts itself";
      throw new ValidationError(`${why}. Nothing was sent.`, { issues: [{ path: "text", message: why }] });
    }
    const byteStart = Buffer.byteLength(written.slice(0, start));
    return this.facet({ index: { byteStart, byteEnd: byteStart + Buffer.byteLength(part) }, features: [feature] });
  }
}
