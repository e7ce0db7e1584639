import { expect, test } from "vitest";
import { decodePage } from "../../../src/media/source/decode-page.ts";
import { readCard } from "../../../src/posts/attachments/card.ts";

const url = new URL("https://example.com/a/page?x=1");
const card = (html: string) => readCard({ url, html });

test("Open Graph tags, in any order of attributes and with any quotes", async () => {
  expect(
    await card(`<head><meta property="og:title" content="Tom &amp; J&#233;r&ocirc;me">
      <META content='Two
        lines' name='og:description'/><meta property=og:image content=/pic.png>
      <meta property="og:title" content="a second one"><title>not this</title></head>`),
  ).toEqual({ title: "Tom & Jérôme", description: "Two lines", images: ["https://example.com/pic.png"] });
});

test("what Twitter and HTML say, where Open Graph says nothing", async () => {
  expect(
    await card(`<title>A
    title</title><meta name="description" content="d"><meta name="twitter:image" content="https://cdn.example/i.jpg">`),
  ).toEqual({ title: "A title", description: "d", images: ["https://cdn.example/i.jpg"] });
});

test.each(["", "<html>", "%PDF-1.4", '<meta property="og:image" content="javascript:alert(1)">'])(
  "a page that says nothing is called by its address: %j",
  async (html) => {
    expect(await card(html)).toEqual({ title: "example.com/a/page", description: "", images: [] });
  },
);

test.each([
  ["attributes without an end", `<meta ${"a".repeat(1_000_000)}>`],
  ["tags without an end", "<meta ".repeat(200_000)],
  ["titles without an end", "<title ".repeat(200_000)],
  ["quotes without an end", `<meta content="${"<meta content='".repeat(80_000)}`],
  ["comments without an end", "<!--".repeat(250_000)],
  ["tags within each other", "<svg>".repeat(200_000)],
])("X1 %s take time that grows with their length only", async (_, html) => {
  expect((await card(html)).images).toEqual([]);
});

test("X4 entities of any name, titles with signs, and what only looks like a tag", async () => {
  const page = await card(`<!-- <meta property="og:title" content="in a comment"> -->
    <script>const x = '<meta property="og:title" content="in a script">';</script>
    <svg><title>of a drawing</title></svg>
    <title>a < b &hellip; &rsquo;c&rsquo; &eacute;</title>`);
  expect(page.title).toBe("a < b … ’c’ é");
});

test("X4 pictures are found from the base of the page, and others are there should the first not do", async () => {
  const page = await card(`<base href="https://cdn.example/x/"><meta property="og:image" content="logo.svg">
    <meta property="og:image" content="photo.jpg"><meta name="twitter:image" content="/t.png">`);
  expect(page.images).toEqual([
    "https://cdn.example/x/logo.svg",
    "https://cdn.example/x/photo.jpg",
    "https://cdn.example/t.png",
  ]);
});

const bytes = (...parts: (string | readonly number[])[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part))));

test.each([
  ["the header", bytes([0xc6, 0xfc, 0xcb, 0xdc]), "text/html; charset=EUC-JP", "日本"],
  ["the page", bytes('<meta charset="euc-jp">', [0xc6, 0xfc]), "text/html", '<meta charset="euc-jp">日'],
  ["an older form", bytes("<meta http-equiv=c content='text/html; charset=ISO-8859-1'>", [0xe9]), undefined, "é"],
  ["a mark, whatever else is said", bytes([0xff, 0xfe, 0x41, 0]), "text/html; charset=utf-8", "A"],
  ["its being UTF-8", bytes([0xc3, 0xa9]), "text/html", "é"],
  ["nothing at all", bytes([0xe9, 0x20, 0x93]), "text/html", "é “"],
  ["a name that nobody knows", bytes([0xc3, 0xa9]), "text/html; charset=klingon", "é"],
  ["a name that cannot be true", bytes("<meta charset=utf-16>", [0xc3, 0xa9]), "text/html", "é"],
])("X2 the encoding of a page by %s", (_, page, type, text) => {
  expect(decodePage(page, type)).toContain(text);
});

test("X2 a page that is cut within a character is still UTF-8", () => {
  expect(decodePage(bytes([0x61, 0xc3]), "text/html")).toBe("a");
});
