import { RichText as Oracle } from "@atproto/api";
import { describe, expect, test } from "vitest";
import { RichText, ValidationError } from "../../../src/index.ts";
import { countGraphemes, graphemeEnds } from "../../../src/richtext/graphemes.ts";
import { readText } from "../../../src/richtext/read-text.ts";
import { spansToFacets } from "../../../src/richtext/spans.ts";

const link = (byteStart: number, byteEnd: number, uri = "https://x.y") => ({
  index: { byteStart, byteEnd },
  features: [{ $type: "app.bsky.richtext.facet#link" as const, uri }],
});

describe("the builder", () => {
  test("chains, and counts bytes", () => {
    const text = new RichText("👍 ")
      .text("see ")
      .link("hüer", "https://x.y")
      .text(" ")
      .tag("café")
      .mention("did:plc:abc", " @me");
    expect(String(text)).toBe("👍 see hüer #café @me");
    expect(text.facets).toEqual([
      link(9, 14),
      { index: { byteStart: 15, byteEnd: 21 }, features: [{ $type: "app.bsky.richtext.facet#tag", tag: "café" }] },
      {
        index: { byteStart: 21, byteEnd: 25 },
        features: [{ $type: "app.bsky.richtext.facet#mention", did: "did:plc:abc" }],
      },
    ]);
  });

  test("shows a mention by handle, and has no facet for it before the DID is known", () => {
    const text = new RichText().mention("alice.test");
    expect(String(text)).toBe("@alice.test");
    expect(() => text.facets).toThrow(/no DID yet.*createPost/);
  });

  test.each([
    () => new RichText().link("l", "ftp://x.y"),
    () => new RichText().link("l", "x.y"),
    () => new RichText().mention("alice"),
    () => new RichText().mention("did:plc:abc"),
  ])("refuses what no post can hold: %s", (build) => {
    expect(build).toThrow(ValidationError);
  });

  test("leaves its text to detection, and its facets alone", async () => {
    const text = new RichText("a.com ").link("b.com", "https://other.com");
    const { spans } = await readText({ text });
    expect(spansToFacets(String(text), spans)).toEqual([link(0, 5, "https://a.com"), link(6, 11, "https://other.com")]);
  });
});

describe("A13.3 explicit facets", () => {
  test("are kept in order, and nothing is detected on top of them", async () => {
    const facets = [link(10, 15), link(0, 4)];
    const { text, spans } = await readText({ text: "🐢 b a.com @c.test", facets });
    expect(spansToFacets(text, spans)).toEqual([
      link(0, 4),
      // `a.com` begins at byte 7: half of it is taken.
      link(10, 15),
    ]);
  });

  test.each([
    ["behind the end", [link(0, 9)], /ends at byte 9, but the text has 8 bytes/],
    ["before the beginning", [link(-1, 4)], /-1 to 4 is no range of bytes/],
    ["between bytes", [link(0, 1.5)], /0 to 1.5 is no range of bytes/],
    ["inside a character", [link(0, 3)], /cuts a character in two at byte 3/],
    ["empty", [link(4, 4)], /covers no text/],
    ["back to front", [link(6, 4)], /covers no text/],
    ["overlapping", [link(5, 8), link(4, 6)], /facets\[0\].index overlaps facets\[1\]/],
  ])("%s: refused before anything is sent", async (_, facets, message) => {
    const error = await readText({ text: "🐢 two", facets }).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ValidationError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).toMatch(/Nothing was sent\.$/);
  });

  test("half of a surrogate pair is refused: UTF-8 has no bytes for it", async () => {
    await expect(readText({ text: "a\uD83D" })).rejects.toThrow(/surrogate/);
  });
});

describe("graphemes", () => {
  test.each([
    "",
    "plain text",
    "line\r\nline\r\n",
    "cafe\u0301",
    "👨‍👩‍👧‍👦 is one",
    "🇩🇪🇫🇷",
    "한국어 각",
    "नमस्ते",
    "👋🏿 #️⃣ ❤️",
    "\u0000 control \u007F",
    "zalgo: a\u0300\u0301\u0302\u0303",
  ])("%j is counted as `@atproto/api` counts it", (text) => {
    expect(countGraphemes(text)).toBe(new Oracle({ text }).graphemeLength);
    expect(graphemeEnds(text).length).toBe(countGraphemes(text));
    expect(graphemeEnds(text).at(-1) ?? 0).toBe(text.length);
  });
});

test.each(["#news", "＃news", "news"])("P6 a tag given as %s has one sign", (tag) => {
  const { text, spans } = new RichText().tag(tag).marked;
  expect(text).toBe("#news");
  expect(spans[0]?.features).toEqual([{ $type: "app.bsky.richtext.facet#tag", tag: "news" }]);
});
