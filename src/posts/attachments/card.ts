import { decodeEntities } from "../../richtext/html.ts";
import { isWebAddress } from "../../core/identifiers.ts";
import type { Page } from "./media-port.ts";

/** What a page says of itself to those who link to it. */
export interface Card {
  readonly title: string;
  readonly description: string;
  /** URL */
  readonly image: string | undefined;
}

const metaTag = /<meta\s((?:[^<>"']|"[^"]*"|'[^']*')*)>/gi;
const attribute = /([a-zA-Z:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))/g;

/** Open Graph, then what Twitter made of it, then plain HTML. https://ogp.me */
const names = {
  title: ["og:title", "twitter:title"],
  description: ["og:description", "twitter:description", "description"],
  image: ["og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src"],
} as const;

/** Reads the card of a page. A page that says nothing is called by its address. */
export function readCard({ url, html }: Page): Card {
  const said = metaOf(html);
  const first = (of: readonly string[]): string => of.map((name) => said.get(name)).find(Boolean) ?? "";
  const title = first(names.title) || tidy(/<title\b[^>]*>([^<]*)<\/title>/i.exec(html)?.[1] ?? "");
  const image = first(names.image);
  const picture = image === "" ? undefined : URL.parse(image, url.href)?.href;
  return {
    title: title || url.hostname + url.pathname.replace(/\/$/, ""),
    description: first(names.description),
    image: picture !== undefined && isWebAddress(picture) ? picture : undefined,
  };
}

/** The first of each name counts. */
function metaOf(html: string): ReadonlyMap<string, string> {
  const said = new Map<string, string>();
  for (const [, source = ""] of html.matchAll(metaTag)) {
    const attributes = new Map(
      Array.from(source.matchAll(attribute), ([, name = "", double, single, bare]) => [
        name.toLowerCase(),
        double ?? single ?? bare ?? "",
      ]),
    );
    const name = (attributes.get("property") ?? attributes.get("name") ?? "").toLowerCase();
    const content = tidy(attributes.get("content") ?? "");
    if (name !== "" && content !== "" && !said.has(name)) said.set(name, content);
  }
  return said;
}

const tidy = (text: string): string => decodeEntities(text).replaceAll(/\s+/g, " ").trim();
