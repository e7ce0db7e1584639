import { isWebAddress } from "../../core/identifiers.ts";
import type { Page } from "./media-port.ts";

/** What a page says of itself to those who link to it. */
export interface Card {
  readonly title: string;
  readonly description: string;
  /** URLs of its picture, the best first: what the first leads to may be of a kind that nobody shows */
  readonly images: readonly string[];
}

/** Open Graph, then what Twitter made of it, then plain HTML. https://ogp.me */
const names = {
  title: ["og:title", "twitter:title"],
  description: ["og:description", "twitter:description", "description"],
  image: ["og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src"],
} as const;

/** Values of one name that are kept: pages have several pictures, and an adversary any number. */
const MOST_VALUES = 4;
/** Characters of a value; a description in a card has a tenth of it. */
const LONGEST_VALUE = 10_000;

/** Reads the card of a page as a browser reads the page. A page that says nothing is called by its address. */
export async function readCard({ url, html }: Page): Promise<Card> {
  const { Parser } = await import("htmlparser2");
  const said = new Map<string, string[]>();
  let base: string | undefined;
  let title: string | undefined;
  let inTitle = false;
  /** Pictures within the page have titles of their own. */
  let drawings = 0;
  const parser = new Parser(
    {
      onopentag(name, { property, name: named, content, href }) {
        if (name === "svg") drawings++;
        if (name === "base") base ??= href;
        if (name === "title" && drawings === 0 && title === undefined) {
          inTitle = true;
          title = "";
        }
        if (name === "meta") note(said, property ?? named ?? "", content ?? "");
      },
      ontext(text) {
        if (inTitle && (title ?? "").length < LONGEST_VALUE) title = (title ?? "") + text;
      },
      onclosetag(name) {
        if (name === "svg") drawings = Math.max(0, drawings - 1);
        if (name === "title") inTitle = false;
      },
    },
    { decodeEntities: true },
  );
  parser.write(html);
  parser.end();
  const all = (of: readonly string[]): readonly string[] => of.flatMap((name) => said.get(name) ?? []);
  const address = URL.parse(base ?? "", url.href)?.href ?? url.href;
  const pictures = all(names.image).map((image) => URL.parse(image, address)?.href);
  return {
    title: all(names.title)[0] || tidy(title ?? "") || url.hostname + url.pathname.replace(/\/$/, ""),
    description: all(names.description)[0] ?? "",
    images: [...new Set(pictures.filter((picture) => picture !== undefined && isWebAddress(picture)))] as string[],
  };
}

function note(said: Map<string, string[]>, name: string, content: string): void {
  const text = tidy(content.slice(0, LONGEST_VALUE));
  if (text === "") return;
  const key = name.toLowerCase();
  const values = said.get(key);
  if (values === undefined) said.set(key, [text]);
  else if (values.length < MOST_VALUES) values.push(text);
}

const tidy = (text: string): string => text.replaceAll(/\s+/g, " ").trim();
