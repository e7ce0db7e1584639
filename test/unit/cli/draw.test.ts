import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { lexiconLines } from "../../../src/cli/draw/lexicon.ts";
import { barOf, spark } from "../../../src/cli/draw/chart.ts";
import { cells, columns, cut, since, wrap, wrapHanging } from "../../../src/cli/draw/columns.ts";
import { addressOf, postLines } from "../../../src/cli/draw/post.ts";
import { treeLines } from "../../../src/cli/draw/tree.ts";
import { Lexicons } from "../../../src/cli/lexicons.ts";
import { json, oneLine, plain, printable } from "../../../src/cli/output.ts";

const bare = (lines: readonly string[]): string[] => lines.map((line) => stripVTControlCharacters(line));

const leaf = (name: string, ...below: { lines: string[]; below: [] }[]) => ({
  lines: [name, `${name}'s text`],
  below,
});

test("a tree has lines between what belongs together", () => {
  const root = { lines: ["root", "text"], below: [leaf("a", { lines: ["deep"], below: [] }), leaf("b")] };
  expect(treeLines(root)).toEqual([
    "root",
    "│ text",
    "│",
    "├─ a",
    "│  │ a's text",
    "│  │",
    "│  └─ deep",
    "│",
    "└─ b",
    "   b's text",
  ]);
});

test("columns are as wide as what is in them, on the screen", () => {
  expect(
    bare(
      columns(
        ["name", "n"],
        [
          ["世界", "1"],
          ["a", "10"],
          ["👩‍👩‍👧‍👦", "100"],
        ],
      ),
    ),
  ).toEqual(["name    n", "世界    1", "a      10", "👩‍👩‍👧‍👦    100"]);
  expect(cells("é\u0301")).toBe(1);
  expect(wrap("one two three\nfour", 8)).toEqual(["one two", "three", "four"]);
  expect(wrap("x".repeat(20), 8).every((line) => cells(line) <= 8)).toBe(true);
  expect(wrap("x".repeat(20), 8).join("")).toBe("x".repeat(20));
});

test("charts show the highest, what is little, nothing, and what is not known", () => {
  expect(stripVTControlCharacters(spark([0, 1, 50, 100, null]))).toBe("·▁▄█ ");
  expect([barOf(0, 10, 10), barOf(1, 1000, 10), barOf(10, 10, 10), barOf(1, 0, 10)]).toEqual([
    "",
    "█",
    "██████████",
    "",
  ]);
});

test("times are told in one unit", () => {
  const now = Date.parse("2026-01-31T12:00:00Z");
  expect([now - 5000, now - 200_000, now - 9e6, now - 3e8, now + 7.3e6].map((at) => since(at, now))).toEqual([
    "5s",
    "3m",
    "2h",
    "3d",
    "in 2h",
  ]);
});

test("N7 what others wrote cannot do anything to the terminal", () => {
  const evil = "\u001b]0;title\u0007\u001b[2Jred\u001b[31m\u202egnp.exe\u009b2J\r\b";
  expect(plain(evil)).toBe(String.raw`\u001b]0;title\u0007\u001b[2Jred\u001b[31m\u202egnp.exe\u009b2J\r\u0008`);
  expect(plain("one\r\ntwo\nthree")).toBe("one\ntwo\nthree");
  expect(oneLine("a\n\tb  c")).toBe("a b c");
  expect(printable("\u001b[31mred\u001b[39m\u001b[2J")).toBe("\u001b[31mred\u001b[39m\\u001b[2J");
  expect(json({ a: "\u009b2J\u001b", bytes: new Uint8Array([1, 2]) })).toBe(
    String.raw`{"a":"\u009b2J\u001b","bytes":{"$bytes":"AQI"}}`,
  );
  const marks = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029";
  for (const space of [undefined, 2]) {
    const written = json({ a: marks, [marks]: [evil] }, space);
    expect(JSON.parse(written)).toEqual({ a: marks, [marks]: [evil] });
    for (const one of marks + "\u001b\u009b") expect(written).not.toContain(one);
  }
  const counts = { likeCount: "\u001b[31m9\nforged" as unknown as number };
  const author = { did: "did:plc:a", handle: "a.test", displayName: evil } as const;
  const record = { $type: "app.bsky.feed.post", text: evil, createdAt: "2026-01-31T12:00:00Z" };
  const post = {
    uri: "at://did:plc:a/app.bsky.feed.post/3k",
    cid: "c",
    author,
    record,
    indexedAt: record.createdAt,
    ...counts,
  };
  const lines = postLines(post, 60).join("\n");
  for (const one of ["\u001b]", "\u001b[2J", "\u009b", "\u202e", "\r", "\u0007"]) expect(lines).not.toContain(one);
  expect(lines).toContain(String.raw`\u001b[31m9 forged ♥`);
  expect(
    columns(["a"], [["x\ny\u001b[2J"]], 80)
      .join("\n")
      .split("\n"),
  ).toHaveLength(2);
  expect(addressOf({ ...post, uri: "at://a/b/\u001b[2Jc" })).not.toContain("\u001b");
});

test("a lexicon can be read", () => {
  const lexicons = new Lexicons();
  const text = (nsid: string, part?: string): string => {
    const document = lexicons.find(nsid);
    if (document === undefined) throw new Error(nsid);
    return bare(lexiconLines(document, part)).join("\n");
  };
  const timeline = text("app.bsky.feed.getTimeline");
  expect(timeline).toContain("app.bsky.feed.getTimeline query");
  expect(timeline).toMatch(/^ {2}limit {6}integer, at least 1, at most 100, default 50$/m);
  expect(timeline).toMatch(/^ {2}feed {4}list of app\.bsky\.feed\.defs#feedViewPost, required$/m);
  const create = text("com.atproto.repo.createRecord");
  expect(create).toMatch(/^errors\n {2}InvalidSwap$/m);
  expect(text("com.atproto.sync.getRepo")).toContain("output application/vnd.ipld.car");
  expect(text("app.bsky.feed.post")).toMatch(/^record, key tid$/m);
  expect(text("app.bsky.feed.defs", "postView")).toMatch(/^app\.bsky\.feed\.defs#postView object\n/);
  expect(text("app.bsky.actor.defs")).toContain("#profileView object");
  for (const document of lexicons.all()) expect(lexiconLines(document).join("\n")).not.toContain("[object");
});

test("X6 the address of a post whose author's handle is not valid has the DID, so that it leads there", () => {
  const author = { did: "did:plc:a", handle: "handle.invalid" } as const;
  expect(addressOf({ uri: "at://did:plc:a/app.bsky.feed.post/3k", author })).toBe(
    "https://bsky.app/profile/did:plc:a/post/3k",
  );
});

test("M16 tables fit the terminal: the widest words are cut with an ellipsis, numbers are whole", () => {
  const heading = ["handle", "did", "server", "items", "session"];
  const rows = [
    [
      "alice.example.com",
      "did:plc:z72i7hdynmk6r22z27h6tvur",
      "https://morel.us-east.host.bsky.network",
      "123456",
      "logged in",
    ],
    [
      "世界世界世界世界世界世界世界世界.example",
      "did:plc:z72i7hdynmk6r22z27h6tvur",
      "https://pds.test",
      "7",
      "logged in",
    ],
    ["👩‍👩‍👧‍👦❤️🇩🇪1️⃣".repeat(8), "did:web:x", "https://pds.test", "7", "over: ExpiredToken"],
  ];
  for (const width of [60, 80, 100]) {
    const lines = bare(columns(heading, rows, width));
    for (const line of lines) expect(cells(line)).toBeLessThanOrEqual(width);
    expect(lines[1]).toMatch(/… .*123456 {2}/);
  }
  expect(bare(columns(heading, rows, Infinity)).join("\n")).toContain("https://morel.us-east.host.bsky.network");
  expect(bare(columns(heading, rows, Infinity)).join("\n")).not.toContain("…");
});

test("M16 what is cut takes no more cells than it may, whatever its characters take", () => {
  expect(cut("plain words", 20)).toBe("plain words");
  expect(cut("plain words", 6)).toBe("plain…");
  expect(cut("世界世界", 6)).toBe("世界…");
  expect(cut("👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 5)).toBe("👩‍👩‍👧‍👦👩‍👩‍👧‍👦…");
  expect(["❤️", "🇩🇪", "𠀀", "한", "ｱ", "e\u0301", "\u200b"].map(cells)).toEqual([2, 2, 2, 2, 1, 1, 0]);
});

test("M16 lines of facts are broken between words, and go on below where they began", () => {
  const lines = wrapHanging("error     one two three four five", 20, 10);
  expect(lines).toEqual(["error     one two", "          three four", "          five"]);
  expect(wrapHanging("error     one two", Infinity, 10)).toEqual(["error     one two"]);
});
