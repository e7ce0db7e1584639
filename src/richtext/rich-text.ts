import type { AppBskyRichtextFacet } from "../../generated/types.ts";
import { ValidationError } from "../core/errors/index.ts";
import type { Feature, MarkedText, Span } from "./spans.ts";
import { bareName, isDid, isHandle, isWebAddress } from "../core/identifiers.ts";

/**
 * A text with links, mentions and tags, put together piece by piece. Offsets are its business. Each method adds to it and
 * gives it back.
 *
 * @example
 * new RichText().text("Hello ").mention("alice.test").text(", read ").link("this", "https://example.com").text(" ").tag("news")
 */
export class RichText {
  #text = "";
  readonly #spans: Span[] = [];

  /** @param text to begin with */
  constructor(text = "") {
    this.#text = text;
  }

  /** Adds text as it is. In a post, what looks like a link, mention or tag in it is found as everywhere. */
  text(text: string): this {
    this.#text += text;
    return this;
  }

  /**
   * Adds a link.
   *
   * @throws ValidationError when it is not an http or https URL
   */
  link(text: string, uri: string | URL): this {
    const address = String(uri);
    if (!isWebAddress(address)) {
      throw refused("uri", `${JSON.stringify(address)} is no http or https URL, which is all a post can link to`);
    }
    return this.#add(text, { $type: "app.bsky.richtext.facet#link", uri: address });
  }

  /**
   * Adds a mention of an account.
   *
   * @param actor handle or DID; a post looks up the DID of a handle before it is sent
   * @param text default: `@` and the handle
   * @throws ValidationError when it is neither, or a DID without text
   */
  mention(actor: string, text?: string): this {
    const name = bareName(actor);
    if (isDid(name)) {
      if (text === undefined) throw refused("text", `The mention of ${name} needs the text to show`);
    } else if (!isHandle(name)) {
      throw refused("actor", `${JSON.stringify(actor)} is neither a handle nor a DID`);
    }
    return this.#add(text ?? `@${name}`, { $type: "app.bsky.richtext.facet#mention", did: name });
  }

  /**
   * Adds a tag.
   *
   * @param tag with or without `#`
   * @param text default: `#` and the tag
   */
  tag(tag: string, text?: string): this {
    const name = tag.replace(/^[#＃]/, "");
    return this.#add(text ?? `#${name}`, { $type: "app.bsky.richtext.facet#tag", tag: name });
  }

  #add(text: string, feature: Feature): this {
    const start = this.#text.length;
    this.#text += text;
    if (text !== "") this.#spans.push({ start, end: this.#text.length, features: [feature] });
    return this;
  }

  /** Another one that says the same. What is added to either does not reach the other. */
  clone(): RichText {
    const copy = new RichText(this.#text);
    copy.#spans.push(...this.#spans);
    return copy;
  }

  /** The text alone */
  toString(): string {
    return this.#text;
  }

  /**
   * Facets for records that are made by hand.
   *
   * @throws ValidationError when an account is mentioned by its handle: only sending a post looks up the DID
   */
  get facets(): AppBskyRichtextFacet.Main[] {
    const handle = this.#spans
      .flatMap(({ features }) => features)
      .find((feature) => feature.$type === "app.bsky.richtext.facet#mention" && !isDid(feature.did));
    if (handle !== undefined) {
      throw refused(
        "facets",
        "A mention by handle has no DID yet: mention the DID, or let client.createPost look it up",
      );
    }
    const byteAt = (index: number): number => Buffer.byteLength(this.#text.slice(0, index));
    return this.#spans.map(({ start, end, features }) => ({
      index: { byteStart: byteAt(start), byteEnd: byteAt(end) },
      features: [...features],
    }));
  }

  /** The text with UTF-16 indices of what is marked, handles not looked up */
  get marked(): MarkedText {
    return { text: this.#text, spans: [...this.#spans], literal: [] };
  }
}

function refused(path: string, message: string): ValidationError {
  return new ValidationError(`${message}. Nothing was sent.`, { issues: [{ path, message }] });
}
