/** A piece of HTML: text, or a tag. */
export type HtmlToken =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "open" | "close"; readonly name: string; readonly attributes: Readonly<Record<string, string>> };

/** Their content is not meant to be read. */
export const unreadable: ReadonlySet<string> = new Set(["script", "style", "iframe"]);

/** Elements that say how text looks or where it stands: the tags go, the text stays. Any other name is text itself. */
const known: ReadonlySet<string> = new Set(
  `a abbr address article aside b big blockquote body br center cite code dd del details dfn div dl dt em figcaption figure
   font footer h1 h2 h3 h4 h5 h6 head header hr html i iframe img ins kbd li main mark nav ol p picture pre q s samp script
   section small source span strike strong style sub summary sup svg table tbody td tfoot th thead time title tr tt u ul var
   video wbr`.split(/\s+/),
);

const pieces = /<!--[\s\S]*?(?:-->|$)|<(\/?)([a-zA-Z][a-zA-Z0-9-]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>/g;
const attribute = /([a-zA-Z][a-zA-Z0-9:-]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))/g;

/** Reads HTML as far as a post can show it. Comments are left out; what is no HTML tag is text as it was written. */
export function* htmlTokens(html: string): Generator<HtmlToken> {
  let at = 0;
  for (const match of html.matchAll(pieces)) {
    const name = match[2]?.toLowerCase();
    if (name !== undefined && !known.has(name)) continue;
    if (match.index > at) yield { kind: "text", text: decodeEntities(html.slice(at, match.index)) };
    at = match.index + match[0].length;
    if (name === undefined) continue;
    yield { kind: match[1] === "/" ? "close" : "open", name, attributes: attributesOf(match[3] ?? "") };
  }
  if (at < html.length) yield { kind: "text", text: decodeEntities(html.slice(at)) };
}

function attributesOf(source: string): Record<string, string> {
  return Object.fromEntries(
    Array.from(source.matchAll(attribute), ([, name = "", double, single, bare]) => [
      name.toLowerCase(),
      decodeEntities(double ?? single ?? bare ?? ""),
    ]),
  );
}

const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00A0" };

/** The entities that must be written as such; others are rare enough to be left as they are. */
export function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]+));/gi,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return named[name] ?? whole;
      const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      const isCharacter = point > 0 && point <= 0x10_ff_ff && !(point >= 0xd8_00 && point <= 0xdf_ff);
      return isCharacter ? String.fromCodePoint(point) : "\uFFFD";
    },
  );
}
