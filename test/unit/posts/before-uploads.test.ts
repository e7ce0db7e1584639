import { describe, expect, test } from "vitest";
import type { Client, PostContent, PostOptions } from "../../../src/index.ts";
import { MediaError, Post, RichText, ValidationError } from "../../../src/index.ts";
import { bytesOf as clipBytes } from "../media/video/fixtures.ts";
import { bytesOf, fixture } from "../media/pictures.ts";
import { BOB, failure, writer } from "./writer.ts";

const picture = { source: bytesOf("clean.png"), alt: "A grey square" };
const video = { source: clipBytes("h264-aac.mp4"), alt: "A clip" };
const cid = "bafyreib2rxk3rybk3aobmv5cjuql3bm2twh4jo5uxgf5kpqcsgz7soitae";
const uri = `at://${BOB}/app.bsky.feed.post/3kvyvhmkfxs2c`;
const badLink = {
  index: { byteStart: 0, byteEnd: 1 },
  features: [{ $type: "app.bsky.richtext.facet#link", uri: "no uri" }],
};

describe("refused before an upload", () => {
  test.each<[string, PostContent, PostOptions?]>([
    ["a facet that is not a link", { text: "a", video, facets: [badLink as never] }],
    [
      "CIDs that are none",
      { text: "a", images: [picture], replyTo: { root: { uri, cid: "x" }, parent: { uri, cid: "y" } } },
    ],
    ["a label that is too long", { text: "a", images: [picture], labels: ["x".repeat(129)] }],
    [
      "a BigInt in an embed",
      { text: "a", key: "k", embed: { $type: "app.bsky.embed.external", external: 1n } as never },
    ],
    ["E15 pictures alone that are not uploaded", { images: [picture] }, { skipUploads: true }],
    ["E15 a video alone that is not uploaded", { video }, { skipUploads: true }],
  ])("E14 %s", async (_, content, options = {}) => {
    const { client, fetch } = writer([], { validate: {} });
    const error = await failure(client.createPost(content, { ...options, dryRun: false }));
    expect(error).toBeInstanceOf(ValidationError);
    expect(error.message).toMatch(/Nothing was sent\.$/);
    expect(fetch.requests).toEqual([]);
  });

  test.each<[string, (client: Client) => PromiseLike<unknown>]>([
    [
      "of a thread",
      (client) => client.createThread([{ text: "a", images: [picture] }, { video: { source: "none.mp4", alt: "a" } }]),
    ],
    ["E15 of a draft", (client) => client.createPost({ video: { source: "none.mp4", alt: "a" } }, { dryRun: true })],
    [
      "whose captions are missing, of a draft",
      (client) =>
        client.createPost({ video: { ...video, captions: [{ lang: "en", file: "none.vtt" }] } }, { dryRun: true }),
    ],
  ])("E14 a missing video %s", async (_, post) => {
    const { client, fetch } = writer();
    const error = await failure(post(client));
    expect(error).toBeInstanceOf(MediaError);
    expect(error.message).toContain("none.");
    expect(fetch.requests).toEqual([]);
  });

  test("E14 a ratio of 1.78:1 is sent in whole numbers", async () => {
    const images = [{ ...picture, aspectRatio: { width: 1.78, height: 1 } }];
    const { posts } = await writer().client.createPost({ images }, { dryRun: true });
    expect(posts[0]?.record.embed).toMatchObject({ images: [{ aspectRatio: { width: 1780, height: 1000 } }] });
  });

  test("P6 an animation among the pictures is posted, and that it will stand still is told", async () => {
    const lines: string[] = [];
    const say = (line: string): void => void lines.push(line);
    const { client } = writer([], { logger: { debug: say, info: say, warn: say, error: say }, logLevel: "warn" });
    await client.createPost(
      { images: [{ source: fixture("animated.gif"), alt: "it moves" }, picture] },
      { dryRun: true },
    );
    expect(lines).toEqual([
      expect.stringMatching(/animated\.gif: it is an animation, of which Bluesky shows one frame/),
    ]);
  });

  test.each([
    [undefined, "not undefined"],
    [null, "not null"],
    [42, "not 42"],
    [["a"], "not a list"],
  ])("M1 %j is not a post", async (post, said) => {
    const { client, fetch } = writer();
    const error = await failure(client.createPost(post as never));
    expect(error).toBeInstanceOf(ValidationError);
    expect(error.message).toContain(said);
    expect(await failure(client.createPost(post as never, { dryRun: true }))).toBeInstanceOf(ValidationError);
    expect(fetch.requests).toEqual([]);
  });

  test("M1 a text is not a thread", async () => {
    const error = await failure(writer().client.createThread("one" as never));
    expect(error).toBeInstanceOf(ValidationError);
    expect(error.message).toContain("not a text");
  });
});

const said = async (change: (client: Client) => PromiseLike<{ posts: readonly { record: unknown }[] }>) => {
  const { posts } = await change(writer().client);
  return posts.map(({ record }) => record);
};
const dry = { dryRun: true } as const;
const postThenAdd = async (text: RichText) =>
  said((client) => {
    const draft = client.createPost(text, dry);
    text.text(" later").link("x", "https://later.example");
    return draft;
  });

describe("E12 what is posted is what was there when the call was made", () => {
  test("of a RichText", async () => {
    expect(await postThenAdd(new RichText("now"))).toMatchObject([{ text: "now" }]);
    expect(await postThenAdd(new RichText("now ").link("y", "https://now.example"))).toMatchObject([{ facets: [{}] }]);
  });

  test("of a Post", async () => {
    const text = new RichText("now");
    const post = new Post(text).langs("en");
    const records = await said((client) => {
      const draft = client.createPost(post, dry);
      text.text(" later");
      post.langs("de").tags("later");
      return draft;
    });
    expect(records).toEqual([
      { $type: "app.bsky.feed.post", text: "now", langs: ["en"], createdAt: expect.any(String) },
    ]);
  });

  test("of objects, lists, dates and bytes, in threads and options as well", async () => {
    const bytes = Buffer.from(picture.source);
    const content = { text: "now", images: [{ source: bytes, alt: "now" }], tags: ["now"], createdAt: new Date(0) };
    const posts = [content];
    const options = { langs: ["en"], ...dry };
    const change = (): void => {
      content.text = "later";
      (content.images[0] as { alt: string }).alt = "later";
      content.tags.push("later");
      content.createdAt.setTime(1e12);
      posts.push(content);
      options.langs.push("de");
      bytes.fill(0);
    };
    const records = await said((client) => {
      const draft = client.createThread(posts, options);
      change();
      return draft;
    });
    expect(records).toMatchObject([
      {
        text: "now",
        tags: ["now"],
        langs: ["en"],
        createdAt: new Date(0).toISOString(),
        embed: { images: [{ alt: "now" }] },
      },
    ]);
  });

  test("of embeds, and of what refers to itself, which is refused", async () => {
    const embed: Record<string, unknown> = { $type: "app.bsky.embed.record", record: { uri, cid } };
    const records = await said((client) => {
      const draft = client.createPost({ text: "a", embed: embed as never }, dry);
      (embed["record"] as { uri: string }).uri = "later";
      return draft;
    });
    expect(records).toMatchObject([{ embed: { record: { uri } } }]);
    embed["record"] = embed;
    expect(await failure(writer().client.createPost({ text: "a", embed: embed as never }))).toBeInstanceOf(
      ValidationError,
    );
  });
});

test("E12 bytes are taken when an upload is asked for", async () => {
  const { client, fetch } = writer([Response.json({ blob: {} })]);
  const bytes = new Uint8Array([1, 2, 3]);
  const sent = client.uploadBlob(bytes);
  bytes.fill(9);
  await sent;
  const chunks: Uint8Array[] = [];
  const [request] = fetch.requests;
  for await (const chunk of (request?.body ?? []) as AsyncIterable<Uint8Array>) chunks.push(chunk);
  expect(Buffer.concat(chunks)).toEqual(Buffer.from([1, 2, 3]));
});
