import { expect, test } from "vitest";
import { readCard } from "../../../src/posts/attachments/card.ts";

const url = new URL("https://example.com/a/page?x=1");
const card = (html: string) => readCard({ url, html });

test("Open Graph tags, in any order of attributes and with any quotes", () => {
  expect(
    card(`<head><meta property="og:title" content="Tom &amp; J&#233;r&ocirc;me">
      <META content='Two
        lines' name='og:description'/><meta property=og:image content=/pic.png>
      <meta property="og:title" content="a second one"><title>not this</title></head>`),
  ).toEqual({ title: "Tom & Jér&ocirc;me", description: "Two lines", image: "https://example.com/pic.png" });
});

test("what Twitter and HTML say, where Open Graph says nothing", () => {
  expect(
    card(`<title>A
    title</title><meta name="description" content="d"><meta name="twitter:image" content="https://cdn.example/i.jpg">`),
  ).toEqual({
    title: "A title",
    description: "d",
    image: "https://cdn.example/i.jpg",
  });
});

test.each([
  "",
  "<html>",
  "%PDF-1.4",
  '<meta property="og:image" content="javascript:alert(1)">',
  "<meta ".repeat(50_000),
])("a page that says nothing is called by its address", (html) => {
  expect(card(html)).toEqual({ title: "example.com/a/page", description: "", image: undefined });
});
