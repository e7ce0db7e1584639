import { describe, expect, test } from "vitest";
import { openMedia, readAll } from "../../../src/media/source/source.ts";
import { parseContent } from "../../../src/posts/parse/parse-content.ts";
import type { PostContent } from "../../../src/posts/content.ts";
import { allows, contentHash } from "../../../src/posts/records/content-hash.ts";
import { cidOfBytes } from "../../../src/posts/records/record-cid.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const ready = (source: unknown) => ({
  name: "",
  bytes: source as Uint8Array,
  type: "image/png",
  aspectRatio: undefined,
});
const embed = (of: object) => ({ text: "a", embed: { $type: "app.bsky.embed.external", external: of } as never });

/** The hash of a post whose files are what they are. */
async function hashOf(content: PostContent): Promise<string> {
  const draft = await parseContent(content, { allowMissingAlt: true }, "");
  const images = draft.images.map(({ source, alt = "", aspectRatio }) => ({ ready: ready(source), alt, aspectRatio }));
  const { external } = draft;
  const card = external && {
    uri: "",
    title: "",
    description: "",
    thumb: external.thumb === undefined ? undefined : ready(external.thumb),
  };
  const media = {
    fingerprint: async (source: Parameters<typeof openMedia>[0]) =>
      cidOfBytes(await readAll(await openMedia(source), 1e6)),
  };
  return contentHash([{ draft, attachments: { images, card } }], { media: media as never }, undefined);
}

const image = { source: bytes("one"), alt: "a" };
const uri = "https://example.com";
const caption = (text: string) => ({ source: bytes("video"), alt: "a", captions: [{ lang: "en", file: bytes(text) }] });

describe("E10 what tells one post from another", () => {
  test.each<[string, PostContent, PostContent]>([
    ["the picture of a card", { external: { uri, thumb: bytes("one") } }, { external: { uri, thumb: bytes("two") } }],
    ["captions", { video: caption("one") }, { video: caption("two") }],
    [
      "an aspect ratio",
      { images: [{ ...image, aspectRatio: { width: 1, height: 1 } }] },
      { images: [{ ...image, aspectRatio: { width: 1, height: 2 } }] },
    ],
    ["bytes", { images: [image] }, { images: [{ ...image, source: bytes("two") }] }],
    ["an alt text", { images: [image] }, { images: [{ ...image, alt: "b" }] }],
    ["the order of languages", { text: "a", langs: ["en", "de"] }, { text: "a", langs: ["de", "en"] }],
  ])("%s", async (_, one, other) => {
    expect(await hashOf(one)).toBe(await hashOf(one));
    expect(await hashOf(one)).not.toBe(await hashOf(other));
  });

  test("is not the order of fields, nor when it is posted", async () => {
    const external = { uri, title: "a", description: "b" };
    const turned = { description: "b", title: "a", uri };
    expect(await hashOf(embed(external))).toBe(await hashOf(embed(turned)));
    expect(await hashOf({ external, createdAt: new Date(0) })).toBe(await hashOf({ external: turned }));
  });

  test("what an earlier version stored says nothing, and counts as the same", async () => {
    const hash = await hashOf({ text: "a" });
    expect(allows(null, hash)).toBe(true);
    expect(allows(hash, hash)).toBe(true);
    expect(allows(await cidOfBytes(bytes("a")), hash)).toBe(true);
    expect(allows(await hashOf({ text: "b" }), hash)).toBe(false);
  });
});
