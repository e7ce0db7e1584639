import { decodeHTML } from "entities";
import { Tokenizer } from "htmlparser2";

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

/** Lines between an element and what stands before and after it, as browsers show and copy them: 2 for a paragraph, 1 for a line. */
export const linesAround: ReadonlyMap<string, 1 | 2> = new Map<string, 1 | 2>([
  ...`blockquote details dl figure h1 h2 h3 h4 h5 h6 hr ol p pre table ul`.split(" ").map((name) => [name, 2] as const),
  ...`address article aside body center dd div dt figcaption footer header li main nav section summary tr`
    .split(" ")
    .map((name) => [name, 1] as const),
]);

/** Reads HTML as far as a post can show it. Comments are left out; what is not an HTML tag is text as it was written. */
export function htmlTokens(html: string): readonly HtmlToken[] {
  const tokens: HtmlToken[] = [];
  let textStart = 0;
  let tagStart = 0;
  let name = "";
  let attributeName = "";
  let attributeValue: string | undefined;
  let attributes: Record<string, string> = {};
  /** Text up to here is complete; a tag, or something that is left out, follows. */
  const endText = (end: number): void => {
    if (end > textStart) tokens.push({ kind: "text", text: decodeHTML(html.slice(textStart, end)) });
  };
  const leaveOut = (start: number, end: number): void => {
    endText(start);
    textStart = end;
  };
  const closeTag = (end: number): void => {
    if (!known.has(name)) return;
    leaveOut(tagStart, end + 1);
    tokens.push({ kind: "open", name, attributes });
  };
  const tokenizer = new Tokenizer(
    { decodeEntities: false },
    {
      onattribdata: (start, end) => void (attributeValue = (attributeValue ?? "") + html.slice(start, end)),
      onattribentity: () => undefined,
      onattribend: () => {
        if (!Object.hasOwn(attributes, attributeName)) attributes[attributeName] = decodeHTML(attributeValue ?? "");
      },
      onattribname: (start, end) => {
        attributeName = html.slice(start, end).toLowerCase();
        attributeValue = undefined;
      },
      oncdata: () => undefined,
      onclosetag: (start, end) => {
        const closed = html.slice(start, end).toLowerCase();
        if (!known.has(closed)) return;
        const after = html.indexOf(">", end);
        leaveOut(start - "</".length, after === -1 ? html.length : after + 1);
        tokens.push({ kind: "close", name: closed, attributes: {} });
      },
      oncomment: (start, end) => leaveOut(start - "<!--".length, Math.min(html.length, end + 1)),
      ondeclaration: () => undefined,
      onend: () => endText(html.length),
      onopentagend: closeTag,
      onopentagname: (start, end) => {
        name = html.slice(start, end).toLowerCase();
        tagStart = start - "<".length;
        attributes = {};
      },
      onprocessinginstruction: () => undefined,
      onselfclosingtag: closeTag,
      ontext: () => undefined,
      ontextentity: () => undefined,
    },
  );
  tokenizer.write(html);
  tokenizer.end();
  return tokens;
}
