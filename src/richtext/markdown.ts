import type { Definition, Link, LinkReference, List, Node, Nodes, PhrasingContent, Root, Table } from "mdast";
import { remark } from "remark";
import remarkGfm from "remark-gfm";
import { ValidationError } from "../core/errors/index.ts";
import { concat, empty, indent, trim } from "./fragments.ts";
import { type HtmlToken, htmlTokens, linesAround, unreadable } from "./html.ts";
import { isWebAddress } from "../core/identifiers.ts";
import { linkFeature, type MarkedText, withoutOverlaps } from "./spans.ts";

/** An image of a markdown text. */
export interface MarkdownImage {
  /** As written: a path or a URL */
  readonly source: string;
  readonly alt: string;
}

export interface MarkdownText extends MarkedText {
  /** In the order of the text */
  readonly images: readonly MarkdownImage[];
}

export interface MarkdownReading {
  /** Read `![alt](source)` as an image. Default true */
  readonly images?: boolean | undefined;
}

/** Quotes and lists within each other. Deeper ones take the parser a time that grows by their cube, and then its stack. */
const MAX_DEPTH = 100;

/** Characters: more than a hundred posts. */
const LONGEST_SOURCE = 100_000;
/**
 * Signs that markdown gives a meaning to. What has more is not written by hand, and the parser takes a time for them that grows by
 * their square.
 */
const MOST_SIGNS = 4000;
const sign = /[*_~`[\]<!|&\\]/g;

const processor = remark().use(remarkGfm).freeze();

/**
 * Reads markdown as the text of a post, which has links but no other form: emphasis goes, lists and quotes keep their signs.
 *
 * @throws ValidationError for a link that is not http or https, for quotes and lists more than 100 deep, and for texts of more than
 * 100,000 characters or 4,000 signs of markdown, which the parser would take long for
 */
export function readMarkdown(source: string, { images = true }: MarkdownReading = {}): MarkdownText {
  checkSize(source);
  checkDepth(source);
  const body = withoutFrontMatter(source);
  const reader = new Reader(body, images);
  const { text, spans, literal } = trim(reader.read(processor.parse(body)));
  return { text, spans: withoutOverlaps(spans), literal, images: reader.images };
}

function tooMuch(what: string): never {
  const message = `The markdown has ${what}`;
  throw new ValidationError(`${message}. Nothing was sent.`, { issues: [{ path: "text", message }] });
}

function checkSize(source: string): void {
  if (source.length > LONGEST_SOURCE) tooMuch(`${source.length} characters; the maximum is ${LONGEST_SOURCE}`);
  const signs = source.match(sign)?.length ?? 0;
  if (signs > MOST_SIGNS) tooMuch(`${signs} signs with a meaning, such as * and [; the maximum is ${MOST_SIGNS}`);
}

/** Data about the text between two lines of hyphens at its beginning, which sites read and readers do not see. */
function withoutFrontMatter(source: string): string {
  if (!/^---[ \t]*\r?\n[\w-]+[ \t]*:/.test(source)) return source;
  const end = /^(?:---|\.\.\.)[ \t]*$/m.exec(source.slice(3).replaceAll("\r\n", "\n\n"));
  return end === null ? source : source.slice(3 + end.index + end[0].length);
}

/** A sign that begins a quote or an item of a list, at the start of a line or behind other such signs. */
const container = /[ \t]*(?:>|(?:[-+*]|\d{1,9}[.)])(?=[ \t]))/y;

/** Only depth within one line is cheap to write: a list of indented lines is as long as the square of its depth. */
function checkDepth(source: string): void {
  for (const [index, line] of source.split(/\r\n?|\n/).entries()) {
    if (line.length <= MAX_DEPTH) continue;
    let depth = 0;
    for (container.lastIndex = 0; container.test(line); depth++);
    if (depth <= MAX_DEPTH) continue;
    const message = `Line ${index + 1} has quotes and lists ${depth} deep, more than ${MAX_DEPTH}, which nobody could read`;
    throw new ValidationError(`${message}. Nothing was sent.`, { issues: [{ path: "text", message }] });
  }
}

class Reader {
  readonly images: MarkdownImage[] = [];
  readonly #source: string;
  readonly #readsImages: boolean;
  readonly #definitions = new Map<string, Definition>();

  constructor(source: string, readsImages: boolean) {
    this.#source = source;
    this.#readsImages = readsImages;
  }

  read(root: Root): MarkedText {
    this.#define(root);
    return this.#blocks(root.children);
  }

  /** References may stand before what they refer to. The first definition of a name counts. */
  #define(node: Nodes): void {
    if (node.type === "definition" && !this.#definitions.has(node.identifier)) {
      this.#definitions.set(node.identifier, node);
    }
    if ("children" in node) for (const child of node.children) this.#define(child);
  }

  /** Blocks below each other, apart as they were written: a blank line or none. Those without text leave no gap. */
  #blocks(nodes: readonly Nodes[]): MarkedText {
    const parts: MarkedText[] = [];
    let last: Nodes | undefined;
    for (const node of nodes) {
      const block = this.#block(node);
      if (block.text === "") continue;
      if (last !== undefined)
        parts.push({ ...empty, text: lineOf(node, "start") - lineOf(last, "end") > 1 ? "\n\n" : "\n" });
      parts.push(block);
      last = node;
    }
    return concat(parts);
  }

  #block(node: Nodes): MarkedText {
    switch (node.type) {
      case "paragraph":
      case "heading":
        return this.#inline(node.children);
      case "html":
        return this.#inline([node]);
      case "blockquote":
        return indented(this.#blocks(node.children), "> ", "> ");
      case "list":
        return this.#list(node);
      case "table":
        return this.#table(node);
      case "code":
        return literal(node.value.replace(/\r\n?/g, "\n"));
      case "footnoteDefinition":
        return indented(this.#blocks(node.children), `[${node.label ?? node.identifier}] `, "");
      default:
        return empty;
    }
  }

  #list({ children, ordered, start }: List): MarkedText {
    const items = children.map((item, at) => {
      const sign = ordered === true ? `${(start ?? 1) + at}. ` : "• ";
      const box = typeof item.checked === "boolean" ? (item.checked ? "[x] " : "[ ] ") : "";
      return indented(this.#blocks(item.children), sign + box, "  ");
    });
    const gaps = children.map((item, at) => {
      const next = children[at + 1];
      return next !== undefined && lineOf(next, "start") - lineOf(item, "end") > 1 ? "\n\n" : "\n";
    });
    return trim(
      concat(items.flatMap((item, at) => (item.text === "" ? [] : [item, { ...empty, text: gaps[at] ?? "" }]))),
    );
  }

  #table({ children }: Table): MarkedText {
    const rows = children.map((row) =>
      concat(
        row.children.flatMap((cell, at) => [
          ...(at > 0 ? [{ ...empty, text: " | " }] : []),
          this.#inline(cell.children),
        ]),
      ),
    );
    return concat(rows.flatMap((row, at) => [...(at > 0 ? [{ ...empty, text: "\n" }] : []), row]));
  }

  #inline(nodes: readonly Nodes[]): MarkedText {
    const line = new Line();
    for (const node of nodes) this.#phrase(node, line);
    return trim(line.end());
  }

  #phrase(node: Nodes, line: Line): void {
    switch (node.type) {
      case "text":
        return line.put(node.value.replace(/\r\n?/g, "\n"));
      case "break":
        return line.put("\n");
      case "inlineCode":
        return line.putLiteral(node.value);
      case "html":
        return this.#html(htmlTokens(node.value), node.value, line);
      case "image":
        return this.#image(node, node.url, node.alt, line);
      case "imageReference":
        return this.#image(node, this.#definitions.get(node.identifier)?.url ?? "", node.alt, line);
      case "link":
      case "linkReference":
        return this.#link(node, line);
      case "footnoteReference":
        return line.put(`[${node.label ?? node.identifier}]`);
      default:
        if (!("children" in node)) return;
        if (node.type === "emphasis" && this.#isWithinAddress(node)) return this.#asWritten(node, line);
        for (const child of node.children) this.#phrase(child, line);
    }
  }

  /** `example.com/_next_/a`: the signs belong to an address, which would lead elsewhere without them. */
  #isWithinAddress({ position }: Node): boolean {
    const start = position?.start.offset ?? 0;
    const before = this.#source.slice(Math.max(0, start - LONGEST_ADDRESS), start);
    const word = before.slice(Math.max(before.lastIndexOf(" "), before.lastIndexOf("\n")) + 1);
    return /^[([<]{0,5}(?:https?:\/\/)?[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}\//i.test(word);
  }

  #asWritten(node: Extract<Nodes, { type: "emphasis" }>, line: Line): void {
    const mark = this.#written(node)[0] ?? "";
    line.put(mark);
    this.#phrases(node.children, line);
    line.put(mark);
  }

  #image(node: Node, source: string, alt: string | null | undefined, line: Line): void {
    if (!this.#readsImages) return line.put(this.#written(node));
    this.images.push({ source, alt: alt ?? "" });
    line.leaveOut();
  }

  #link(node: Link | LinkReference, line: Line): void {
    const sign = this.#written(node)[0];
    // GitHub's bare addresses are left to detection, which reads them as the official apps do.
    if (sign !== "[" && sign !== "<") return this.#phrases(node.children, line);
    const url = node.type === "link" ? node.url : (this.#definitions.get(node.identifier)?.url ?? "");
    const isAddress = sign === "<" && !/^https?:/i.test(url);
    if (isAddress) return this.#phrases(node.children, line);
    line.open(webAddress(url, this.#written(node), lineOf(node, "start")));
    this.#phrases(node.children, line);
    // A picture that leads somewhere is shown by its words, since a picture of a post leads nowhere.
    if (line.isLinkEmpty) line.put(altOf(node) || url);
    line.close();
  }

  #phrases(nodes: readonly PhrasingContent[], line: Line): void {
    for (const node of nodes) this.#phrase(node, line);
  }

  #html(tokens: readonly HtmlToken[], html: string, line: Line): void {
    /** Numbers of the items of ordered lists, undefined for those with bullets; the innermost list last */
    const lists: (number | undefined)[] = [];
    let isPreformatted = false;
    for (const token of tokens) {
      if (token.kind === "text") {
        line.put(isPreformatted ? token.text : token.text.replaceAll(/[ \t\r\n]+/g, " "));
        continue;
      }
      const isOpen = token.kind === "open";
      const lines = linesAround.get(token.name);
      if (lines !== undefined) line.break(lines === 2 && lists.length > (isOpen ? 0 : 1) ? 1 : lines);
      if (token.name === "pre") isPreformatted = isOpen;
      if (token.name === "ul" || token.name === "ol") {
        if (isOpen) lists.push(token.name === "ol" ? 0 : undefined);
        else lists.pop();
      }
      if (token.name === "li" && isOpen) {
        const number = lists.pop();
        lists.push(number === undefined ? undefined : number + 1);
        line.begin(`${"  ".repeat(Math.max(0, lists.length - 1))}${number === undefined ? "•" : `${number + 1}.`} `);
      }
      if (unreadable.has(token.name)) line.hide(token.kind === "open" ? token.name : undefined);
      else if (token.name === "br") line.breakHere();
      else if (token.name === "img" && token.kind === "open" && this.#readsImages) {
        this.images.push({ source: token.attributes["src"] ?? "", alt: token.attributes["alt"] ?? "" });
        line.leaveOut();
      } else if (token.name === "a" && token.kind === "close") line.close();
      else if (token.name === "a" && token.attributes["href"] !== undefined) {
        line.open(webAddress(token.attributes["href"], html, undefined));
      }
    }
  }

  #written({ position }: Node): string {
    return this.#source.slice(position?.start.offset, position?.end.offset);
  }
}

/** Text of a paragraph as it grows, with what is marked in it. */
class Line {
  #text = "";
  readonly #spans: MarkedText["spans"][number][] = [];
  readonly #literal: MarkedText["literal"][number][] = [];
  readonly #links: { readonly start: number; readonly uri: string }[] = [];
  #hidden = false;
  #gap = false;
  /** Line breaks that must stand before what follows */
  #lines = 0;
  /** A line of HTML has just begun, so that spaces and the line break of the source mean nothing */
  #atStart = false;

  put(given: string): void {
    if (this.#hidden) return;
    const text = this.#atStart ? given.replace(/^[ \t]*\n?[ \t]*/, "") : given;
    if (text === "") return;
    this.#atStart = false;
    this.#text += this.#missingLines();
    // Where an image stood, spaces and line breaks of both sides meet.
    const isBlank = this.#gap && (this.#text === "" || /\s$/.test(this.#text));
    this.#text += isBlank ? text.replace(/^[ \t]*\n?[ \t]*/, "") : text;
    this.#gap = false;
  }

  putLiteral(text: string): void {
    const start = this.#text.length;
    this.put(text);
    this.#literal.push({ start, end: this.#text.length });
  }

  leaveOut(): void {
    this.#gap = true;
  }

  /** A line break that was asked for. */
  breakHere(): void {
    if (this.#hidden) return;
    this.#trimEnd();
    this.#text += `${this.#missingLines()}\n`;
    this.#atStart = true;
  }

  /** What follows is apart from what came, by so many line breaks at least. */
  break(lines: 1 | 2): void {
    if (this.#hidden) return;
    this.#lines = Math.max(this.#lines, lines);
    this.#atStart = true;
  }

  #missingLines(): string {
    const lines = this.#lines;
    this.#lines = 0;
    if (lines === 0) return "";
    this.#trimEnd();
    if (this.#text === "") return "";
    return "\n".repeat(Math.max(0, lines - (this.#text.endsWith("\n\n") ? 2 : this.#text.endsWith("\n") ? 1 : 0)));
  }

  /** The sign of an item of a list, at the beginning of its line. */
  begin(sign: string): void {
    if (this.#hidden) return;
    this.#text += this.#missingLines() + sign;
    this.#atStart = true;
  }

  /** Spaces before a line break mean nothing; those before the last link belong to what is marked already. */
  #trimEnd(): void {
    const start = Math.max(
      this.#links.at(-1)?.start ?? 0,
      this.#spans.at(-1)?.end ?? 0,
      this.#literal.at(-1)?.end ?? 0,
    );
    let end = this.#text.length;
    while (end > start && (this.#text[end - 1] === " " || this.#text[end - 1] === "\t")) end--;
    this.#text = this.#text.slice(0, end);
  }

  /** Whether nothing that can be seen came since the last link was opened. */
  get isLinkEmpty(): boolean {
    const link = this.#links.at(-1);
    return link !== undefined && this.#text.slice(link.start).trim() === "";
  }

  /** Leaves out all that follows, until it is called without a name. */
  hide(name: string | undefined): void {
    this.#hidden = name !== undefined;
  }

  open(uri: string): void {
    this.#links.push({ start: this.#text.length, uri });
  }

  close(): void {
    const link = this.#links.pop();
    if (link === undefined) return;
    const shown = this.#text.slice(link.start);
    const start = link.start + shown.length - shown.trimStart().length;
    const end = link.start + shown.trimEnd().length;
    if (start < end) this.#spans.push({ start, end, features: [linkFeature(link.uri)] });
  }

  end(): MarkedText {
    while (this.#links.length > 0) this.close();
    return { text: this.#text, spans: this.#spans, literal: this.#literal };
  }
}

/** Characters of an address that are looked at before a sign within it */
const LONGEST_ADDRESS = 1000;

/** The words of the pictures within a link. */
function altOf({ children }: Link | LinkReference): string {
  const alts = children.flatMap((child) =>
    child.type === "image" || child.type === "imageReference" ? [child.alt] : [],
  );
  return alts.filter(Boolean).join(" ");
}

const literal = (text: string): MarkedText => ({ text, spans: [], literal: [{ start: 0, end: text.length }] });

/** Nothing is not worth a sign. */
const indented = (marked: MarkedText, first: string, rest: string): MarkedText =>
  marked.text === "" ? empty : indent(marked, first, rest);

const lineOf = ({ position }: Node, side: "start" | "end"): number => position?.[side].line ?? 0;

/** @throws ValidationError when a post cannot link there */
function webAddress(url: string, written: string, line: number | undefined): string {
  const address = url.trim().replaceAll(/\s/g, encodeURIComponent);
  if (isWebAddress(address)) return address;
  const message = `${JSON.stringify(written)} links to ${JSON.stringify(url)}, and posts can only link to http and https addresses`;
  throw new ValidationError(`${line === undefined ? "" : `Line ${line}: `}${message}. Nothing was sent.`, {
    issues: [{ path: "text", message }],
  });
}
