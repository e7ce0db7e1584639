import { describe, expect, test } from "vitest";
import { ValidationError } from "../../../src/index.ts";
import { readText } from "../../../src/richtext/read-text.ts";
import { spansToFacets } from "../../../src/richtext/spans.ts";

interface Read {
  readonly text: string;
  /** `6-10 https://…` */
  readonly facets: readonly string[];
  readonly images: readonly string[];
}

async function read(markdown: string, options: object = {}): Promise<Read> {
  const { text, spans, images } = await readText({ text: markdown, markdown: {}, ...options });
  const facets = spansToFacets(text, spans).map(({ index, features }) => {
    const [feature] = features;
    const target = Object.entries(feature ?? {}).find(([name]) => name !== "$type")?.[1];
    return `${index.byteStart}-${index.byteEnd} ${String(target)}`;
  });
  return { text, facets, images: images.map(({ alt, source }) => `${alt}: ${source}`) };
}

describe("A13.2 each row of the table: text and offsets", () => {
  test.each<[markdown: string, text: string, ...facets: string[]]>([
    ["Click [here](https://bsky.app/) to go", "Click here to go", "6-10 https://bsky.app/"],
    ["é [lïnk](https://x.y) z", "é lïnk z", "3-8 https://x.y"],
    ["👍 [ok](https://x.y)", "👍 ok", "5-7 https://x.y"],
    ["[a](https://x.y)[b](https://z.w)", "ab", "0-1 https://x.y", "1-2 https://z.w"],
    ["one\n\ntwo\n\n\n\nthree", "one\n\ntwo\n\nthree"],
    ["one\ntwo  \nthree\\\nfour", "one\ntwo\nthree\nfour"],
    ["**b** *i* _i_ ***x***", "b i i x"],
    ["[**b**](https://x.y)", "b", "0-1 https://x.y"],
    ["**bold [l](https://x.y) more**", "bold l more", "5-6 https://x.y"],
    ["*[l](https://x.y)*", "l", "0-1 https://x.y"],
    ["# Head\ntext", "Head\ntext"],
    ["#tag at start", "#tag at start", "0-4 tag"],
    ["see <https://x.y> ok", "see https://x.y ok", "4-15 https://x.y"],
    [
      "https://x.y/z @bob.test #cat",
      "https://x.y/z @bob.test #cat",
      "0-13 https://x.y/z",
      "14-23 bob.test",
      "24-28 cat",
    ],
    ["- a\n- b", "• a\n• b"],
    ["- a\n  - b\n    - c\n- d", "• a\n  • b\n    • c\n• d"],
    ["1. a\n2. b", "1. a\n2. b"],
    ["7) a\n8) b", "7. a\n8. b"],
    ["- [l](https://x.y)", "• l", "4-5 https://x.y"],
    ["> quote [l](https://x.y)", "> quote l", "8-9 https://x.y"],
    ["> one\n> two\n>\n> three", "> one\n> two\n>\n> three"],
    ["`a.com` and\n\n```js\n#x b.com\n```\n\n    @c.com", "a.com and\n\n#x b.com\n\n@c.com"],
    ["a<br>b<br/>c", "a\nb\nc"],
    ["<b>b</b> <i>i</i> <em>e</em> <strong>s</strong> <span>p</span>", "b i e s p"],
    ["<div>one</div>\n\n<p class='x'>two &amp; three</p>", "one\n\ntwo & three"],
    ['<a href="https://x.y">t</a> z', "t z", "0-1 https://x.y"],
    ["a <script>alert(1)</script>b", "a b"],
    ["<style>\np { color: red }\n</style>\n\na", "a"],
    ["<iframe src='https://x.y'>no</iframe>", ""],
    ["<!-- aside -->a", "a"],
    ["Array<string> ok", "Array<string> ok"],
    ["~~s~~", "s"],
    ["| a | b |\n|---|---|\n| 1 | [l](https://x.y) |", "a | b\n1 | l", "10-11 https://x.y"],
    ["one\n\n---\n\ntwo", "one\n\ntwo"],
    ['[t][r] and [r]\n\n[r]: https://x.y "Title"', "t and r", "0-1 https://x.y", "6-7 https://x.y"],
    ["\\*x\\* a&amp;b", "*x* a&b"],
    ["[![a](p)](https://x.y)", "a", "0-1 https://x.y"],
  ])("%j", async (markdown, text, ...facets) => {
    expect(await read(markdown)).toMatchObject({ text, facets });
  });

  test("text, then images: the text is trimmed, images come in order with their alternative texts", async () => {
    expect(
      await read('Look:\n\n![one](a.png)\n![two](sub/b.jpg "title")\n\n![](<c d.gif>)\n![*four*][r]\n\n[r]: e.webp'),
    ).toEqual({
      text: "Look:",
      facets: [],
      images: ["one: a.png", "two: sub/b.jpg", ": c d.gif", "four: e.webp"],
    });
  });

  test.each([
    ["![a](1) begins", "begins"],
    ["within ![a](1) a line", "within a line"],
    ["one\n![a](1)\ntwo", "one\ntwo"],
    ["one\n\n![a](1)\n\ntwo", "one\n\ntwo"],
    ["- ![a](1)\n- two", "• two"],
    ['<img src="1" alt="a">\n\ntwo', "two"],
  ])("no gap is left where an image stood: %j", async (markdown, text) => {
    expect(await read(markdown)).toEqual({ text, facets: [], images: ["a: 1"] });
  });

  test.each([
    "[l](bsky.app/search)",
    "[l]()",
    "[l](javascript:alert)",
    "[l](ftp://x.y)",
    "[l][r]\n\n[r]: mailto:a@b.com",
  ])("a link that leads nowhere is named: %s", async (markdown) => {
    const error = await read(`Head\n\n${markdown}`).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ValidationError);
    expect((error as Error).message).toMatch(/^Line 3: .*\[l\].* http and https .*Nothing was sent\.$/);
  });
});

test("e-mail addresses are text, with and without brackets", async () => {
  expect(await read("a@b.com or <c@d.com>")).toMatchObject({ text: "a@b.com or c@d.com", facets: [] });
});

test("a URL detection would find is linked once", async () => {
  expect(await read("[x.com](https://y.com) and <https://z.com>, w.com")).toMatchObject({
    facets: ["0-5 https://y.com", "10-23 https://z.com", "25-30 https://w.com"],
  });
});

test("without detection only what is written as a link is one", async () => {
  expect(await read("a.com [b](https://b.com) @c.com #d", { detectFacets: false })).toMatchObject({
    facets: ["6-7 https://b.com"],
  });
});

test("without images their syntax is text", async () => {
  const { images, text } = await read("see ![a](/etc/passwd)", { markdown: { images: false } });
  expect([text, images]).toEqual(["see ![a](/etc/passwd)", []]);
});

test("footnotes and task lists stay readable", async () => {
  expect((await read("so[^1]\n\n- [x] a\n- [ ] b\n\n[^1]: it is")).text).toBe("so[1]\n\n• [x] a\n• [ ] b\n\n[1] it is");
});

test("Windows line ends are line ends", async () => {
  expect((await read("one\r\ntwo\r\n\r\n- three\r\n- four")).text).toBe("one\ntwo\n\n• three\n• four");
});

test("facets by offsets do not go with markdown, whose text is not known before", async () => {
  const facets = [{ index: { byteStart: 0, byteEnd: 1 }, features: [] }];
  await expect(read("*a*", { facets })).rejects.toThrow(/write links as markdown/);
});

test("quotes and lists are read a hundred deep, and refused beyond that by their line", async () => {
  expect((await read(`${"> ".repeat(100)}a`)).text).toBe(`${"> ".repeat(100)}a`);
  await expect(read(`one\n\n${"> ".repeat(101)}a`)).rejects.toThrow(
    /^Line 3 has quotes and lists 101 deep, more than 100.*Nothing was sent\.$/,
  );
  await expect(read("1. - ".repeat(60))).rejects.toBeInstanceOf(ValidationError);
});

test("half of a surrogate pair is refused where markdown stands between the halves, too", async () => {
  await expect(read("[👩\ud83d](https://x.y)\udc67")).rejects.toThrow(/half of a surrogate pair/);
});

test.each([
  ["*a", 100_000],
  ["[a](", 50_000],
  ["<title ", 80_000],
  ["x", 200_000],
])("X8 %j x %d is refused before it is parsed", async (piece, count) => {
  await expect(read(piece.repeat(count))).rejects.toThrow(
    /^The markdown has \d+ .*; the maximum is \d+\. Nothing was sent\.$/,
  );
});

test.each([
  ["<p>One</p><p>Two</p>", "One\n\nTwo"],
  ["<div>One</div><div>Two</div>", "One\nTwo"],
  ["<ul><li>a</li><li>b<ol><li>c</li></ol></li></ul>", "• a\n• b\n  1. c"],
  ["<h1>Head</h1>text", "Head\n\ntext"],
  ["<details><summary>More</summary>hidden</details>", "More\nhidden"],
  ["<pre>a\n  b</pre>", "a\n  b"],
  ["<p>one\n   two</p>", "one two"],
  ["Line<br>\nLine2", "Line\nLine2"],
  ["---\ntitle: Mine\ntags: [a]\n---\nText", "Text"],
  ["---\n\nText", "Text"],
  ["```\r\na\r\nb\r\n```", "a\nb"],
  ["&hellip; and &rsquo;", "… and ’"],
])("X5 %j is read as a reader of the rendered page would copy it", async (markdown, text) => {
  expect((await read(markdown)).text).toBe(text);
});

test("X5 signs within an address belong to it", async () => {
  expect(await read("see example.com/_next_/a and _not_ this")).toMatchObject({
    text: "see example.com/_next_/a and not this",
    facets: ["4-24 https://example.com/_next_/a"],
  });
});

test("X5 a picture that leads somewhere is a link of its words", async () => {
  expect(await read("[![Build](badge.svg)](https://ci.example)")).toMatchObject({
    text: "Build",
    facets: ["0-5 https://ci.example"],
    images: ["Build: badge.svg"],
  });
});
