import { expect, test } from "vitest";
import { ValidationError } from "../../../src/index.ts";
import { readText } from "../../../src/richtext/read-text.ts";
import { spansToFacets } from "../../../src/richtext/spans.ts";
import { chance, fuzzSeed, mutateText, oneOf } from "../../support/fakes/mutations.ts";

const ROUNDS = 1500;

const pieces = [
  ...Array.from("*_~`[]()<>!#>-+|\\&;:\"'\n\t @$."),
  "**",
  "```",
  "\n\n",
  "\n> ",
  "\n- ",
  "\n1. ",
  "\r\n",
  "  \n",
  "](https://x.y)",
  "![a](b.png)",
  "<a href='https://x.y'>",
  "</a>",
  "<script>",
  "<!--",
  "-->",
  "<br>",
  "&amp;",
  "&#x1F44D;",
  "&#55296;",
  "[^1]",
  "[^1]: ",
  "[n]: https://x.y\n",
  "| a | b |\n|---|---|\n",
  "https://x.y",
  "@bob.test",
  "#tag",
  "$CASH",
  "👩‍👩‍👧",
  "\uD83D",
  "\uDC4D",
  "\u0000",
  "\u200B",
  "\uFEFF",
  "é",
  "\u202E",
];

const originals = [
  "",
  "Click [here](https://bsky.app/) to go to **bold [l](https://x.y) more**, @bob.test #tag example.com",
  "# Head\n\n- a\n  - b\n    1. c\n- d\n\n> one\n> > two\n\n```js\n#x b.com\n```\n\n| a | b |\n|---|---|\n| [c](https://c.d) | `d` |",
  'a <a href="https://x.y">t</a> <b>b</b><br/><img src="p.png" alt="é 👍"> &amp; [name] ![alt][name]\n\n[name]: https://x.y',
  "é [lïnk](https://x.y) 👩‍👩‍👧 #tag👍 (see https://en.wikipedia.org/wiki/A_(b)) note[^1]\n\n[^1]: foot @a.test",
];

/** Whether facets lie within the text, in order, on borders of characters. */
function checkFacets(text: string, spans: Parameters<typeof spansToFacets>[1]): void {
  const bytes = Buffer.from(text);
  let end = 0;
  for (const { index, features } of spansToFacets(text, spans)) {
    expect(index.byteStart).toBeGreaterThanOrEqual(end);
    expect(index.byteEnd).toBeGreaterThan(index.byteStart);
    expect(index.byteEnd).toBeLessThanOrEqual(bytes.length);
    // The first byte of a character is none of those that go on one.
    for (const at of [index.byteStart, index.byteEnd]) expect((bytes[at] ?? 0) & 0xc0).not.toBe(0x80);
    expect(features).toHaveLength(1);
    end = index.byteEnd;
  }
}

test.each([["markdown"], ["plain text"]] as const)(
  `${ROUNDS} broken texts as %s: each is read with facets in order, or refused by a ValidationError (FUZZ_SEED=${fuzzSeed})`,
  async (kind) => {
    const random = chance(fuzzSeed);
    let read = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const text = mutateText(mutateText(oneOf(originals, random), pieces, random), pieces, random);
      try {
        const result = await readText({ text, ...(kind === "markdown" && { markdown: {} }) });
        checkFacets(result.text, result.spans);
        read++;
      } catch (error) {
        if (!(error instanceof ValidationError))
          throw new Error(`round ${round}: ${JSON.stringify(text)}`, { cause: error });
      }
    }
    expect(read).toBeGreaterThan(ROUNDS / 2);
  },
);

const deep: readonly [name: string, one: string][] = [
  ["quotes", "> "],
  ["lists", "- "],
  ["numbers", "1. "],
  ["stars", "*"],
  ["stars and letters", "*a "],
  ["underscores and letters", "_a "],
  ["tildes", "~~a "],
  ["brackets", "["],
  ["closed brackets", "[a]("],
  ["pictures", "![a"],
  ["backticks", "`a"],
  ["rising backticks", "`` ` "],
  ["angles", "<"],
  ["tags", "<b>"],
  ["attributes", '<a b="'],
  ["comments", "<!--"],
  ["entities", "&#"],
  ["tables", "|a"],
  ["footnotes", "[^a]: "],
  ["backslashes", "\\"],
  ["indents", "    "],
  ["lines", "a\n"],
  ["definitions", "[a]: b\n"],
  ["mentions", "@a."],
  ["addresses", "https://a."],
  ["parentheses", "(a.com"],
];

/** Longer than any post: what is longer than a lexicon allows is refused anyway. */
const LENGTH = 5000;

test.each(deep)("%s within each other are read or refused, in a time that does not explode", async (_, one) => {
  const text = one.repeat(Math.ceil(LENGTH / one.length)).slice(0, LENGTH);
  for (const whole of [text, `${text}x${"]".repeat(100)}`]) {
    const outcome = await readText({ text: whole, markdown: {} }).then(
      ({ text: shown, spans }) => checkFacets(shown, spans),
      (error: unknown) => error,
    );
    expect(outcome === undefined || outcome instanceof ValidationError).toBe(true);
  }
});
