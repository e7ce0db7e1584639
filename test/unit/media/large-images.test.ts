import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { blobSlots } from "../../../generated/blob-slots.ts";
import { MediaTooLargeError } from "../../../src/core/errors/index.ts";
import { prepareImage } from "../../../src/media/image/prepare-image.ts";
import { photo, screenshot } from "./photo.ts";
import { atMost, avatar, expectSound, failure, fixture, post } from "./pictures.ts";

const [width, height] = [900, 600];
const scene = sharp(photo({ width, height, noise: 8 }), { raw: { width, height, channels: 3 } });
/** The same as a lens shows it. */
const smooth = scene.clone().blur(1);
const transparent = scene.clone().joinChannel(photo({ width, height, seed: 3 }).subarray(0, width * height), {
  raw: { width, height, channels: 1 },
});

/** More than a post takes, at a size that nothing is too large for. */
const large = sharp(photo({ width: 3100, height: 1700, noise: 12 }), {
  raw: { width: 3100, height: 1700, channels: 3 },
})
  .jpeg({ quality: 95 })
  .toBuffer();

describe("what is too large", () => {
  test.each([
    ["a JPEG", () => smooth.clone().jpeg({ quality: 100 }).toBuffer()],
    ["a PNG", () => smooth.clone().png().toBuffer()],
    ["a WebP", () => smooth.clone().webp({ quality: 100 }).toBuffer()],
    ["a TIFF", () => smooth.clone().tiff({ compression: "lzw" }).toBuffer()],
    ["an AVIF", () => smooth.clone().avif({ quality: 100, effort: 0 }).toBuffer()],
  ])("A14.2 %s ends as JPEG within the limit, near it, at full size", async (_kind, make) => {
    const source = await make();
    const limit = 110_000;
    expect(source.length).toBeGreaterThan(limit);
    const prepared = await prepareImage(source, atMost(limit));
    expect(prepared.data.length).toBeLessThanOrEqual(limit);
    expect(prepared.data.length).toBeGreaterThan(limit * 0.85);
    expect([prepared.mimeType, prepared.width, prepared.height]).toEqual(["image/jpeg", width, height]);
    expect(prepared.encodes).toBeLessThanOrEqual(4);
    await expectSound(prepared);
  });

  test.each([
    ["a JPEG", () => scene.clone().jpeg({ quality: 98 }).toBuffer()],
    ["a GIF", () => scene.clone().gif({ effort: 1 }).toBuffer()],
  ])(
    "A14.2 %s full of noise ends as WebP, which keeps more of it, or as JPEG where nothing else is taken",
    async (_kind, make) => {
      const source = await make();
      const [anything, jpeg] = [
        await prepareImage(source, atMost(100_000)),
        await prepareImage(source, atMost(100_000, ["image/jpeg", "image/png"])),
      ];
      expect([anything.mimeType, jpeg.mimeType]).toEqual(["image/webp", "image/jpeg"]);
      for (const prepared of [anything, jpeg]) {
        expect(prepared.data.length).toBeLessThanOrEqual(100_000);
        expect(prepared.data.length).toBeGreaterThan(60_000);
        await expectSound(prepared);
      }
    },
  );

  test.each([60_000, 20_000, 6_000, 2_000])("A14.2 %i bytes are kept to by fewer pixels, not by mud", async (limit) => {
    const prepared = await prepareImage(await scene.clone().jpeg({ quality: 95 }).toBuffer(), atMost(limit));
    expect(prepared.data.length).toBeLessThanOrEqual(limit);
    expect(prepared.data.length).toBeGreaterThan(limit * 0.6);
    expect(Math.abs(prepared.width / prepared.height - width / height)).toBeLessThan(0.05);
    await expectSound(prepared);
  });

  test.each([
    [post, 2_000_000],
    ["app.bsky.embed.gallery#image.image", 2_000_000],
    ["app.bsky.embed.external#external.thumb", 1_000_000],
    [avatar, 1_000_000],
    ["app.bsky.actor.profile.banner", 1_000_000],
  ] as const)("A14.4 %s is kept within what its lexicon says", async (slot, limit) => {
    const source = await large;
    expect(blobSlots[slot].maxSize).toBe(limit);
    expect(source.length).toBeGreaterThan(limit);
    const prepared = await prepareImage(source, slot);
    expect(prepared.data.length).toBeLessThanOrEqual(limit);
    expect(prepared.data.length).toBeGreaterThan(limit * 0.85);
    expect(prepared.encodes).toBeLessThanOrEqual(8);
    await expectSound(prepared);
  });

  test("transparency stays, in every format that a place takes", async () => {
    const source = await transparent.clone().png().toBuffer();
    for (const accept of [["image/*"], ["image/png", "image/jpeg"], ["image/webp"], ["image/png"]]) {
      const prepared = await prepareImage(source, atMost(90_000, accept));
      expect(prepared.data.length).toBeLessThanOrEqual(90_000);
      const { hasAlpha } = await sharp(prepared.data).metadata();
      expect(hasAlpha).toBe(true);
      await expectSound(prepared);
    }
  });

  test("a screenshot stays exact as long as that fits, and legible after", async () => {
    const size = { width: 1200, height: 800 };
    const pixels = screenshot(size);
    // A picture in one of its windows.
    const picture = photo({ width: 400, height: 300 });
    for (let row = 0; row < 300; row++)
      pixels.set(picture.subarray(row * 1200, (row + 1) * 1200), ((row + 100) * 1200 + 500) * 3);
    const source = await sharp(pixels, { raw: { ...size, channels: 3 } })
      .png({ compressionLevel: 0 })
      .toBuffer();
    const exact = await prepareImage(source, atMost(400_000));
    const decoded = await sharp(exact.data).removeAlpha().raw().toBuffer();
    expect(decoded.equals(pixels)).toBe(true);
    const smaller = await prepareImage(source, atMost(Math.floor(exact.data.length * 0.7)));
    expect([smaller.width, smaller.height]).toEqual([1200, 800]);
    await expectSound(exact);
    await expectSound(smaller);
    const asPng = await prepareImage(source, atMost(600_000, ["image/png"]));
    expect((await sharp(asPng.data).removeAlpha().raw().toBuffer()).equals(pixels)).toBe(true);
  });

  test("nothing is made larger, and small pictures are not made smaller", async () => {
    const prepared = await prepareImage(fixture("orientation-6.jpg"), { maxSize: 1_000_000 });
    expect([prepared.width, prepared.height]).toEqual([120, 80]);
  });

  test("A14.6 what cannot be made small enough is refused with both sizes", async () => {
    const error = await failure(await scene.clone().png().toBuffer(), atMost(100));
    expect(error).toBeInstanceOf(MediaTooLargeError);
    const { size, maxSize, unit, message } = error as MediaTooLargeError;
    expect([maxSize, unit]).toEqual([100, "bytes"]);
    expect(size).toBeGreaterThan(100);
    expect(message).toContain(String(size));
    expect(message).toContain("100");
  });
});
