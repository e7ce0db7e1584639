import { describe, expect, test } from "vitest";
import { countGraphemes, graphemeEnds } from "../../../src/richtext/graphemes.ts";
import { RichText } from "../../../src/richtext/rich-text.ts";
import { splitText } from "../../../src/richtext/split.ts";
import { seededRandom } from "../../support/servers/faults.ts";

const limits = { graphemes: 20, bytes: 60 };
const bare = (whole: string): string => whole.replaceAll(/\s+/g, "");
const plain = (text: string) => ({ text, spans: [], literal: [] });
const cut = (text: string, options = {}): string[] => splitText(plain(text), limits, options).map(({ text }) => text);

describe("a long text is cut", () => {
  test.each([
    ["not at all if it fits", "short enough", ["short enough"]],
    ["between paragraphs first", "One. Two three.\n\nFour five six", ["One. Two three.", "Four five six"]],
    ["then between sentences", "One two three? Four five six seven", ["One two three?", "Four five six seven"]],
    [
      "then between lines, which are as good",
      "One two three\nfour five six seven",
      ["One two three", "four five six seven"],
    ],
    ["then between words", "one two three four five six seven", ["one two three four", "five six seven"]],
    [
      "not so early that the part is nearly empty",
      "A.\n\nbcdefgh ijklmno pqrstuvwxyz",
      ["A.\n\nbcdefgh ijklmno", "pqrstuvwxyz"],
    ],
    ["at last between characters", "x".repeat(45), ["x".repeat(20), "x".repeat(20), "x".repeat(5)]],
    [
      "between ideographic sentences, by bytes if they are what is full",
      "日本語の文章です。次の文章もここにありますよ。",
      ["日本語の文章です。", "次の文章もここにありますよ。"],
    ],
    [
      "with spaces at the border that cost nothing",
      `${"x".repeat(20)}   ${"y".repeat(20)}`,
      ["x".repeat(20), "y".repeat(20)],
    ],
  ])("%s", (_, text, parts) => {
    expect(cut(text)).toEqual(parts);
  });

  test("and numbered on request, within the limit", () => {
    expect(cut("one two three four five six seven", { numbered: true })).toEqual([
      "one two three (1/3)",
      "four five six (2/3)",
      "seven (3/3)",
    ]);
    const many = cut("word ".repeat(60), { numbered: true });
    expect(many.length).toBeGreaterThan(9);
    expect(many.every((part) => countGraphemes(part) <= 20)).toBe(true);
    expect(many.at(-1)).toMatch(new RegExp(`\\(${many.length}/${many.length}\\)$`));
  });

  test("never inside a link, which moves as a whole", () => {
    const marked = new RichText("one two three ").link("a long link text", "https://x.y").text(" end").marked;
    const parts = splitText(marked, limits);
    expect(parts.map(({ text, spans }) => [text, spans.map(({ start, end }) => text.slice(start, end))])).toEqual([
      ["one two three", []],
      ["a long link text end", ["a long link text"]],
    ]);
  });

  test("a link longer than a part is refused", () => {
    const marked = new RichText("see ").link("x".repeat(21), "https://x.y").marked;
    expect(() => splitText(marked, limits)).toThrow(/one link.*21 graphemes.*20 graphemes.*shorten/);
  });
});

test("in 500 generated texts every part fits, no grapheme is torn and no word lost", () => {
  const random = seededRandom(11);
  const pieces = ["word", "Word.", "\n\n", "\n", " ", "  ", "👨‍👩‍👧‍👦", "日本語。", "e\u0301", "🇩🇪", "x".repeat(25), "end!"];
  for (let round = 0; round < 500; round++) {
    let text = "";
    const spans = [];
    for (let count = 0; count < 40; count++) {
      const piece = pieces[Math.floor(random() * pieces.length)] ?? "";
      if (random() < 0.15 && piece.trim() !== "" && piece.length < 12) {
        spans.push({ start: text.length, end: text.length + piece.length, features: [] });
      }
      text += piece;
    }
    const ends = new Set(graphemeEnds(text));
    if (spans.some(({ start, end }) => !(start === 0 || ends.has(start)) || !ends.has(end))) continue;
    const parts = splitText({ text, spans, literal: [] }, limits);
    for (const part of parts) {
      expect(countGraphemes(part.text)).toBeLessThanOrEqual(20);
      expect(Buffer.byteLength(part.text)).toBeLessThanOrEqual(60);
      expect(part.text).toBe(part.text.trim());
    }
    expect(bare(parts.map((part) => part.text).join(""))).toBe(bare(text));
    const marked = parts.flatMap((part) => part.spans.map(({ start, end }) => part.text.slice(start, end)));
    expect(marked).toEqual(spans.map(({ start, end }) => text.slice(start, end)));
    expect(parts.reduce((sum, part) => sum + countGraphemes(bare(part.text)), 0)).toBe(countGraphemes(bare(text)));
  }
});
