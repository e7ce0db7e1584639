import { RichText as Oracle } from "@atproto/api";
import { describe, expect, test } from "vitest";
import { detect } from "../../../src/richtext/detect.ts";
import { splitText } from "../../../src/richtext/split.ts";
import { spansToFacets } from "../../../src/richtext/spans.ts";
import { seededRandom } from "../../support/servers/faults.ts";
import { corpus } from "./corpus.ts";
import { reason, unexplained, type Shown } from "./differences.ts";

interface Facet {
  readonly index: { readonly byteStart: number; readonly byteEnd: number };
  readonly features: readonly object[];
}

const shown = (text: string, facets: readonly Facet[]): Shown[] => {
  const bytes = Buffer.from(text);
  return facets.map(({ index: { byteStart: start, byteEnd: end }, features }) => {
    const { $type = "", ...feature } = features[0] as Record<string, string>;
    const [target = ""] = Object.values(feature);
    return { start, end, shown: bytes.toString("utf8", start, end), target, kind: $type.split("#")[1] ?? "" };
  });
};

const ours = (text: string): Shown[] => shown(text, spansToFacets(text, detect(text)));

function oracles(text: string): Shown[] {
  const oracle = new Oracle({ text });
  oracle.detectFacetsWithoutResolution();
  return shown(text, oracle.facets ?? []);
}

describe("links, mentions and tags are found as `@atproto/api` finds them", () => {
  test.each(corpus.map(([text, ...found]) => ({ text, found })))("$text", ({ text, found }) => {
    expect(ours(text).map(({ shown, target }) => [shown, target])).toEqual(found);
    expect(oracles(text)).toEqual(ours(text));
  });

  test("in 5,000 texts made of pieces that go wrong together, but for the differences that are argued", () => {
    const signs = " \n\t.,!?;:'\"()@#$＃-_/\u2019\u200B\uFE0F\u3002".split("");
    const starts = [" ", " ", " ", " (", " @", " #", " $", "..", "https://", "http://", "www.", "HTTP://"];
    const names = ["alice.test", "bob.bsky.social", "@carol.com", "one.com", "two.co.uk", "httpbin.org", "x.zzz"];
    const rest = ["jane.me@mail.com", "/a?b=c#d", "https://three.org/x", "word", "Word", "é", "日本", "👍", "👨‍👩‍👧"];
    const pieces = [...signs, ...starts, ...names, ...rest, "1", "a", "AAPL", "tag", "x".repeat(61)];
    const random = seededRandom(6);
    const pick = (): string => pieces[Math.floor(random() * pieces.length)] ?? "";
    const texts = Array.from({ length: 5000 }, () =>
      Array.from({ length: 1 + Math.floor(random() * 14) }, pick).join(""),
    );
    const explained = new Map<string, number>();
    for (const text of texts) {
      const [mine, theirs] = [ours(text), oracles(text)];
      expect({ text, unexplained: unexplained(mine, theirs) }).toEqual({ text, unexplained: [] });
      for (const facet of theirs) {
        if (mine.some((own) => JSON.stringify(own) === JSON.stringify(facet))) continue;
        const why = reason(facet, mine, theirs) ?? "";
        explained.set(why, (explained.get(why) ?? 0) + 1);
      }
    }
    expect([...explained.keys()].toSorted()).toEqual(["e-mail address", "no URL", "no handle", "no scheme", "overlap"]);
    // Enough of them have something in them.
    expect(texts.filter((text) => ours(text).length > 0).length).toBeGreaterThan(1000);
  });
});

describe("what DIFFERENCES.md argues", () => {
  test.each([
    ["httpbin.org", ["https://httpbin.org"]],
    ["http.nonsense", []],
    ["https:// and https://:)", []],
    ["jane.me@mail.com", []],
    ["https://a.com/(@bob.test", ["https://a.com/(@bob.test"]],
    ["@.com @-a.com", []],
    [`#${"e\u0301\u0301\u0301\u0301\u0301".repeat(60)}`, []],
  ])("%j", (text, targets) => {
    expect(ours(text).map(({ target }) => target)).toEqual(targets);
    expect(oracles(text)).not.toEqual(ours(text));
  });
});

test("ten thousand brackets or signs take no time to speak of", () => {
  for (const piece of ["(", "(@", "(a.", "#", "@a.", "a.b", "$A("]) {
    const text = piece.repeat(10_000);
    expect(() => detect(text)).not.toThrow();
  }
});

test.each([
  ["a tag with its end far away", `#${"!".repeat(80_000)}a`],
  ["a mention with many dots", `@a${".".repeat(80_000)}`],
  ["a tag with much behind it", `#a${"!".repeat(80_000)}`],
  ["an address with many labels", `${"a.".repeat(80_000)}(${"a.".repeat(80_000)}`],
])("E16 %s takes time that grows with its length only", (_, text) => {
  expect(detect(text).length).toBeLessThanOrEqual(1);
});

test("E16 twenty thousand tags are split at spaces, none of them cut", () => {
  const text = Array.from({ length: 20_000 }, (__, index) => `#t${index}`).join(" ");
  const parts = splitText({ text, spans: detect(text), literal: [] }, { graphemes: 300, bytes: 3000 });
  expect(parts.flatMap((part) => part.text.split(" "))).toEqual(text.split(" "));
});
