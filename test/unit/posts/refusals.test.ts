import { describe, expect, test } from "vitest";
import type { Client, PostContent } from "../../../src/index.ts";
import { MediaError, NotAuthenticatedError, Post, ValidationError } from "../../../src/index.ts";
import { testClient } from "../../support/fakes/test-client.ts";
import { BOB, failure, writer } from "./writer.ts";

const uri = `at://${BOB}/app.bsky.feed.post/3kvyvhmkfxs2c`;
const image = { source: new Uint8Array([0x89, 0x50, 0x4e, 0x47]), alt: "a picture" };
const pictures = (count: number) => Array.from({ length: count }, () => image);
const family = "👨‍👩‍👧‍👦";
const link = (byteStart: number, byteEnd: number) => ({
  index: { byteStart, byteEnd },
  features: [{ $type: "app.bsky.richtext.facet#link" as const, uri: "https://x.y" }],
});

describe("refused before any request, saying what and where", () => {
  test.each<[title: string, content: PostContent, message: RegExp]>([
    ["A13.11 301 graphemes", { text: "x".repeat(301) }, /text has 301 graphemes, 1 more than the 300.*thread: true/],
    ["A13.11 3,025 bytes", { text: family.repeat(121) }, /text has 3025 bytes, 25 more than the 3000/],
    [
      "A13.3 a facet behind the end",
      { text: "é", facets: [link(0, 3)] },
      /facets\[0\].index ends at byte 3, but the text has 2 bytes/,
    ],
    ["A13.3 a facet inside a character", { text: "é!", facets: [link(1, 3)] }, /cuts a character in two at byte 1/],
    [
      "A13.3 facets on top of each other",
      { text: "abc", facets: [link(0, 2), link(1, 3)] },
      /facets\[1\].*overlaps facets\[0\]/,
    ],
    [
      "A13.12 pictures and a video",
      { text: "", images: [image], video: { source: "a.mp4", alt: "a" } },
      /images, video exclude each other/,
    ],
    [
      "A13.12 a picture and a card",
      { images: [image], external: "https://x.y" },
      /images, external exclude each other/,
    ],
    [
      "A13.12 a picture in markdown and a card",
      { text: "![a](b.png)", markdown: true, external: "https://x.y" },
      /images, external/,
    ],
    [
      "A13.12 a quote and an embed",
      { quote: uri, embed: { $type: "app.bsky.embed.images", images: [] } },
      /quote does not go with an embed/,
    ],
    ["A14.8 a fifth picture", { images: pictures(5) }, /images are 5, and a post holds 4.*gallery: true/],
    [
      "a misspelt field",
      { text: "a", replyto: uri } as PostContent,
      /replyto is no field of a post: do you mean replyTo\?/,
    ],
    [
      "a field of the record",
      { text: "a", reply: {} } as PostContent,
      /reply is no field of a post: do you mean replyTo\?/,
    ],
    [
      "a field of something else",
      { text: "a", colour: 1 } as PostContent,
      /colour is no field of a post: it has text, markdown/,
    ],
    ["a language that is no list", { text: "a", langs: "en" as never }, /langs must be a list/],
    ["a gallery of its own pictures", { text: "a", gallery: pictures(2) as never }, /gallery must be true or false/],
    ["a gallery of 21", { gallery: true, images: pictures(21) }, /images are 21, and a gallery holds 20/],
    ["A13.19 four languages", { text: "a", langs: ["a", "en", "de", "fr"] }, /langs are 4, and a post has 3 at most/],
    ["a language that is none", { text: "a", langs: ["English!"] }, /langs\[0\] is "English!"/],
    ["nine tags", { text: "a", tags: Array(9).fill("t") as string[] }, /tags are 9/],
    ["a tag of 65 graphemes", { text: "a", tags: ["x".repeat(65)] }, /tags\[0\] has 65 graphemes/],
    [
      "a picture nobody can hear of",
      { images: [image.source] },
      /images\[0\].alt is missing: say what is to be seen, or set allowMissingAlt/,
    ],
    [
      "a picture in markdown without a description",
      { text: "![](a.png)", markdown: true },
      /images\[0\].alt is missing/,
    ],
    ["a video without a description", { video: "a.mp4" }, /video.alt is missing/],
    ["nothing at all", { text: " " }, /text is empty, and there is nothing else to show/],
    [
      "A13.7 an answer to a like",
      { text: "a", replyTo: `at://${BOB}/app.bsky.feed.like/3k` },
      /only posts can be answered/,
    ],
    [
      "A13.7 an answer to a profile",
      { text: "a", replyTo: "https://bsky.app/profile/bob.test" },
      /replyTo is "https:.*which is no record/,
    ],
    [
      "A13.7 an answer on another host",
      { text: "a", replyTo: "https://example.com/profile/bob.test/post/3k" },
      /no record/,
    ],
    ["A13.7 an answer to no URI", { text: "a", replyTo: "bob.test" }, /write at:\/\/did/],
    ["A13.7 an answer to a bad handle", { text: "a", replyTo: "at://bob/app.bsky.feed.post/3k" }, /no record/],
    [
      "A13.5 an answer to an unknown key",
      { text: "a", replyTo: { key: "k" } },
      /is the key "k", under which did:plc:alice has no post/,
    ],
    ["a quote of a follow", { text: "a", quote: `at://${BOB}/app.bsky.graph.follow/3k` }, /which a post cannot show/],
    ["a card for no web page", { external: { uri: "ftp://x.y" } }, /external.uri is "ftp:\/\/x.y"/],
    ["a threadgate below an answer", { text: "a", replyTo: uri, threadgate: "nobody" }, /first post of a thread/],
    ["a rule that is none", { text: "a", threadgate: ["friends"] as never }, /threadgate\[0\] is none of/],
    [
      "six rules",
      { text: "a", threadgate: Array(6).fill("followers") as "followers"[] },
      /has 6 rules, and 5 are allowed/,
    ],
    [
      "a date that is none",
      { text: "a", createdAt: "yesterday" },
      /createdAt is "yesterday"; write a date with its time zone/,
    ],
    ["P6 a date without its time zone", { text: "a", createdAt: "2024-02-28T10:00:00" }, /with its time zone/],
    ["P6 a day that there is not", { text: "a", createdAt: "2024-02-30T00:00:00Z" }, /a day that there is not/],
    ["P6 a day that there is not, alone", { text: "a", createdAt: "2023-02-29" }, /a day that there is not/],
    ["P6 an hour that there is not", { text: "a", createdAt: "2024-02-28T25:00:00Z" }, /which is not a date/],
    ["P6 a date that is none as an object", { text: "a", createdAt: new Date(Number.NaN) }, /which is not a date/],
    ["E14 the year 10000", { text: "a", createdAt: new Date(Date.UTC(10_000, 0)) }, /is in the year 10000/],
    ["E14 a year before 0", { text: "a", createdAt: new Date(Date.UTC(-1, 0)) }, /is in the year -1/],
    ["P6 a NUL", { text: "a\u0000b" }, /text has a NUL character/],
    [
      "E14 an aspect ratio of nothing",
      { images: [{ ...image, aspectRatio: { width: 0, height: 1 } }] },
      /images\[0\].aspectRatio is 0:1/,
    ],
    [
      "E14 an aspect ratio that is none",
      { images: [{ ...image, aspectRatio: { width: 1, height: Number.POSITIVE_INFINITY } }] },
      /images\[0\].aspectRatio is 1:Infinity/,
    ],
    [
      "a stream under a key",
      { key: "k", video: { source: new Blob(["x"]).stream(), alt: "a" } },
      /video is a stream, which a post with a key cannot have/,
    ],
    ["an empty key", { text: "a", key: "" }, /key must have 1 to/],
  ])("%s", async (_, content, message) => {
    const { client, fetch } = writer();
    const error = await failure(client.createPost(content));
    expect(error).toBeInstanceOf(ValidationError);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/Nothing was sent\.$/);
    expect((error as ValidationError).issues.length).toBeGreaterThan(0);
    expect(fetch.requests).toEqual([]);
  });

  test("everything that is wrong is said at once", async () => {
    const error = await failure(writer().client.createPost({ text: "x".repeat(301), langs: ["?"], tags: [""] }));
    expect((error as ValidationError).issues.map(({ path }) => path)).toEqual(["langs[0]", "tags[0]", "text"]);
  });

  test("a file that is not there is named", async () => {
    const { client, fetch } = writer();
    const error = await failure(client.createPost("a", { images: [{ source: "no-such-file.png", alt: "a" }] }));
    expect([error.name, (error as Error & { media: string }).media]).toEqual(["MediaError", "no-such-file.png"]);
    expect(fetch.requests).toEqual([]);
  });

  test.each([
    ["![a](https://example.com/a.png)", true, /remoteImages: true/],
    ["![a](../secret.png)", true, /lies outside of .* baseDir/],
    ["![a](/etc/passwd)", true, /lies outside of/],
    ["![a](file:///etc/passwd)", true, /neither a path nor/],
    ["![a](%2Fetc%2Fpasswd)", true, /lies outside of/],
    ["![a](passwd)", { baseDir: "/etc" }, /passwd/],
  ])("a markdown text reads no file and no URL it should not: %s", async (text, markdown, message) => {
    const { client, fetch } = writer();
    const error = await failure(client.createPost({ text, markdown }));
    expect(error).toBeInstanceOf(MediaError);
    expect(error.message).toMatch(message);
    expect(fetch.requests).toEqual([]);
  });

  test("of several posts the one that is wrong is named", async () => {
    const error = await failure(writer().client.createThread(["a", "x".repeat(301), { text: "c", replyTo: "?" }]));
    expect((error as ValidationError).issues.map(({ path }) => path)).toEqual(["posts[1].text"]);
  });

  test("what belongs to a whole thread is said by its first post", async () => {
    const { client, fetch } = writer();
    for (const [second, message] of [
      [{ text: "b", replyTo: uri }, /posts\[1\].replyTo/],
      [{ text: "b", key: "k" }, /posts\[1\].key/],
      [{ text: "b", threadgate: "nobody" }, /posts\[1\].threadgate/],
    ] as const) {
      expect((await failure(client.createThread(["a", second]))).message).toMatch(message);
    }
    expect((await failure(client.createThread([]))).message).toMatch(/posts are none/);
    expect((await failure(client.createThread(Array(201).fill("a") as string[]))).message).toMatch(
      /201 records, and 200/,
    );
    expect(fetch.requests).toEqual([]);
  });

  test("a part of a text that is not there cannot be linked", () => {
    expect(() => new Post("see this").link("that", "https://x.y")).toThrow(/"that" is not in the text/);
    expect(() => new Post("[a](b)", { markdown: true }).link("a", "https://x.y")).toThrow(
      /markdown marks its parts itself/,
    );
  });
});

describe("A16.5 without an account", () => {
  const actions: Readonly<Record<string, (client: Client) => PromiseLike<unknown>>> = {
    createPost: (client) => client.createPost("a"),
    "createPost with a picture from the web": (client) =>
      client.createPost("a", { images: [{ source: "https://example.com/a.png", alt: "a" }] }),
    createThread: (client) => client.createThread(["a", "b"]),
    deletePost: (client) => client.deletePost(uri),
    like: (client) => client.like(uri),
    unlike: (client) => client.unlike(uri),
    repost: (client) => client.repost(uri),
    unrepost: (client) => client.unrepost(uri),
    follow: (client) => client.follow(BOB),
    unfollow: (client) => client.unfollow(BOB),
    block: (client) => client.block(BOB),
    unblock: (client) => client.unblock(BOB),
    mute: (client) => client.mute(BOB),
    unmute: (client) => client.unmute(BOB),
    "lists.add": (client) => client.lists.add(`at://${BOB}/app.bsky.graph.list/3k`, BOB),
    "lists.remove": (client) => client.lists.remove(`at://${BOB}/app.bsky.graph.list/3k`, BOB),
    updateHandle: (client) => client.updateHandle("new.test"),
  };

  test.each(Object.entries(actions))("%s is refused before any request", async (_, act) => {
    const { client, fetch } = testClient([], { logLevel: "silent" });
    expect(await failure(act(client))).toBeInstanceOf(NotAuthenticatedError);
    expect(fetch.requests).toEqual([]);
  });
});

test.each<[string, (client: Client) => PromiseLike<unknown>, RegExp]>([
  ["a like of an account", (client) => client.like("did:plc:bob"), /^What names the post/],
  [
    "a deletion of another's post",
    (client) => client.deletePost(uri),
    /^What names the post is a post of did:plc:bob, and this client speaks for did:plc:alice/,
  ],
  [
    "a look at a follow",
    (client) => client.getPost(`at://${BOB}/app.bsky.graph.follow/3k`),
    /^What names the post is a record of/,
  ],
])("M7 %s says what is wrong, not that a post cannot be sent", async (_, act, message) => {
  const { client, fetch } = writer();
  const error = await failure(act(client));
  expect(error).toBeInstanceOf(ValidationError);
  expect(error.message).toMatch(message);
  expect(fetch.requests).toEqual([]);
});
