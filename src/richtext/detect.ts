import { countGraphemes } from "./graphemes.ts";
import { byStart, type Feature, linkFeature, mentionFeature, type Span, tagFeature, withoutOverlaps } from "./spans.ts";
import { isHandle, isWebAddress } from "../core/identifiers.ts";
import { topLevelDomains } from "./top-level-domains.ts";

/** `app.bsky.richtext.facet#tag`: maxGraphemes, and maxLength in bytes */
const TAG_GRAPHEMES = 64;
const TAG_BYTES = 640;

const words = /\S+/g;
/** A word without any of these holds nothing to find. */
const telling = /[@#＃$.:]/;
const handleCharacters = /[a-zA-Z0-9.-]+/y;
const webScheme = /https?:\/\/(?=.)/isy;
const domainName = /[a-z][a-z0-9]*(?:\.[a-z0-9]+)+/iy;
const ticker = /([a-zA-Z][a-zA-Z0-9]{0,4})(?:$|[.,;:!?)"'\u2019])/y;
/** Characters without width: they end a tag, as spaces do. */
const invisible = /\u00AD|[\u200A-\u200D]|\u2060|\u20E2/;
const meaningful = /[^\d\p{P}]/u;
const punctuation = /^\p{P}$/u;

/** What was found in a word: UTF-16 indices within it. */
interface Found {
  readonly start: number;
  readonly end: number;
  readonly feature: Feature;
}

/**
 * Finds links, mentions, hashtags and cashtags where the official apps do. The `did` of a mention is a handle, still to be
 * resolved. What tells it from `@atproto/api` is in `test/unit/richtext/DIFFERENCES.md`.
 */
export function detect(text: string): readonly Span[] {
  const spans: Span[] = [];
  for (const { 0: word, index } of text.matchAll(words)) {
    if (!telling.test(word)) continue;
    for (const { start, end, feature } of detectInWord(word)) {
      spans.push({ start: index + start, end: index + end, features: [feature] });
    }
  }
  return spans.length > 1 ? withoutOverlaps(spans.sort(byStart)) : spans;
}

/** What is looked for stands at the beginning of a word or behind a bracket; tags at the beginning only. */
function* detectInWord(word: string): Generator<Found> {
  let linked = false;
  for (let start = 0; start > 0 || start === 0;) {
    const first = word[start];
    if (first === "@") yield* mentionAt(word, start);
    else if (first === "$") yield* cashtagAt(word, start);
    else if ((first === "#" || first === "＃") && start === 0) yield* tagAt(word);
    else if (!linked) {
      webScheme.lastIndex = start;
      domainName.lastIndex = start;
      const domain = webScheme.test(word) ? undefined : domainName.exec(word)?.[0];
      // It takes the rest of the word, whether it leads anywhere or not.
      linked = webScheme.lastIndex > start || domain !== undefined;
      if (linked) yield* linkOf(word.slice(start), domain, start);
    }
    const bracket = word.indexOf("(", start);
    if (bracket < 0) return;
    start = bracket + 1;
  }
}

function* mentionAt(word: string, start: number): Generator<Found> {
  handleCharacters.lastIndex = start + 1;
  const characters = handleCharacters.exec(word)?.[0] ?? "";
  if (word[handleCharacters.lastIndex] === "_") return;
  const handle = withoutEnd(characters, (character) => character === "." || character === "-");
  if (!isHandle(handle) || !(isDomain(handle) || handle.endsWith(".test"))) return;
  yield { start, end: start + 1 + handle.length, feature: mentionFeature(handle) };
}

/** A text without the characters at its end that somebody leaves out; a pattern would try each of them as the first. */
function withoutEnd(text: string, isLeftOut: (character: string) => boolean): string {
  let end = text.length;
  while (end > 0) {
    const isPair = end > 1 && (text.codePointAt(end - 2) ?? 0) > 0xff_ff;
    const start = end - (isPair ? 2 : 1);
    if (!isLeftOut(text.slice(start, end))) break;
    end = start;
  }
  return text.slice(0, end);
}

function* cashtagAt(word: string, start: number): Generator<Found> {
  ticker.lastIndex = start + 1;
  const symbol = ticker.exec(word)?.[1];
  if (symbol === undefined) return;
  yield { start, end: start + 1 + symbol.length, feature: tagFeature(`$${symbol.toUpperCase()}`) };
}

function* tagAt(word: string): Generator<Found> {
  const end = word.search(invisible);
  const body = word.slice(1, end < 0 ? undefined : end);
  // A variation selector makes an emoji of the sign before it.
  if (body.startsWith("\uFE0F") || !meaningful.test(body)) return;
  const tag = withoutEnd(body, (character) => punctuation.test(character));
  if (tag.length > TAG_GRAPHEMES && countGraphemes(tag) > TAG_GRAPHEMES) return;
  if (tag.length * 3 > TAG_BYTES && Buffer.byteLength(tag) > TAG_BYTES) return;
  yield { start: 0, end: 1 + tag.length, feature: tagFeature(tag) };
}

function* linkOf(found: string, domain: string | undefined, start: number): Generator<Found> {
  let shown = found;
  if (domain === undefined) {
    if (!shown.startsWith("http")) return;
  } else if (!isDomain(domain) || shown[domain.length] === "@") {
    return;
  }
  shown = shown.replace(/[.,;:!?]$/, "");
  if (shown.endsWith(")") && !shown.includes("(")) shown = shown.slice(0, -1);
  const uri = domain === undefined ? shown : `https://${shown}`;
  if (!isWebAddress(uri)) return;
  yield { start, end: start + shown.length, feature: linkFeature(uri) };
}

const isDomain = (name: string): boolean => topLevelDomains.has(name.slice(name.lastIndexOf(".") + 1));
