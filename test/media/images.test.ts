import { readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { blobSlots } from "../../generated/blob-slots.ts";
import { IncompatibleMediaError, MediaError, MediaTooLargeError, ValidationError } from "../../src/core/errors.ts";
import type { ImageSlot } from "../../src/media/image-slot.ts";
import type { PreparedImage } from "../../src/media/image.ts";
import { prepareImage } from "../../src/media/image.ts";
import type { MediaSource } from "../../src/media/source.ts";
import { prepareImages } from "../../src/media/upload-image.ts";
import { metadataIn } from "./metadata.ts";
import { photo, screenshot } from "./photo.ts";

const fixture = (name: string): string => join(import.meta.dirname, "fixtures", name);
const bytesOf = (name: string): Buffer => readFileSync(fixture(name));
const post = "app.bsky.embed.images#image.image";
const avatar = "app.bsky.actor.profile.avatar";

/** A place with a limit of one's own. */
const atMost = (maxSize: number, accept?: readonly string[]): ImageSlot => ({ maxSize, ...(accept && { accept }) });

async function failure(source: MediaSource, slot: ImageSlot = post): Promise<MediaError> {
  const error: unknown = await prepareImage(source, slot).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(MediaError);
  expect((error as MediaError).message).toMatch(/Nothing was sent\.$/);
  return error as MediaError;
}

/** Decodes what leaves and checks what is said of it. */
async function expectSound({ data, mimeType, width, height, aspectRatio }: PreparedImage): Promise<void> {
  const { format, pages, orientation, ...found } = await sharp(data, { animated: true }).metadata();
  expect(`image/${format}`).toBe(mimeType);
  expect([found.width, found.pageHeight ?? found.height]).toEqual([width, height]);
  expect(aspectRatio).toEqual({ width, height });
  expect(orientation ?? 1).toBe(1);
  expect(metadataIn(data)).toEqual([]);
  await sharp(data, { animated: (pages ?? 1) > 1, failOn: "warning" }).stats();
}

/** The red quarter of the fixtures lies at the left when they stand upright. */
async function sideOfRed(data: Uint8Array): Promise<string> {
  const { data: pixels, info } = await sharp(data).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number): boolean => {
    const [red = 0, green = 0] = pixels.subarray((y * info.width + x) * info.channels);
    return red > 150 && green < 90;
  };
  const [x, y] = [Math.floor(info.width / 2), Math.floor(info.height / 2)];
  if (at(4, 4) && at(4, info.height - 5) && !at(x, y)) return "left";
  return at(info.width - 5, y) ? "right" : at(x, 4) ? "top" : "elsewhere";
}

const pixelsOf = (bytes: Uint8Array): Promise<Buffer> => sharp(bytes, { animated: true }).raw().toBuffer();

const mean = async (bytes: Uint8Array): Promise<readonly number[]> => {
  const { channels } = await sharp(await sharp(bytes).toColourspace("srgb").png().toBuffer()).stats();
  return channels.map((channel) => channel.mean);
};

describe("what can go as it is", () => {
  test.each([
    "clean.jpg",
    "progressive.jpg",
    "grey.jpg",
    "display-p3.jpg",
    "clean.png",
    "16-bit.png",
    "alpha.png",
    "interlaced.png",
    "screenshot.png",
    "animated.png",
    "clean.webp",
    "alpha.webp",
    "animated.gif",
    "animated.webp",
  ])("A14.1 %s is sent byte for byte", async (name) => {
    const prepared = await prepareImage(fixture(name), post);
    expect(Buffer.from(prepared.data).equals(bytesOf(name))).toBe(true);
    expect([prepared.changes, prepared.encodes]).toEqual([[], 0]);
    await expectSound(prepared);
  });

  test.each([
    ["everything.jpg", ["application data", "thumbnail", "EXIF", "XMP", "IPTC", "comment", "data behind the picture"]],
    ["gps.jpg", ["EXIF", "XMP"]],
    ["orientation-1.jpg", ["EXIF"]],
    ["html-tail.jpg", ["data behind the picture"]],
    ["everything.png", ["text", "time", "unknown data", "EXIF", "data behind the picture"]],
    ["everything.webp", ["EXIF", "XMP", "data behind the picture"]],
    ["everything.gif", ["comment", "XMP", "application data", "data behind the picture"]],
  ])("A14.10 %s loses its metadata and not a pixel", async (name, removed) => {
    const original = bytesOf(name);
    expect(metadataIn(original).length).toBeGreaterThan(0);
    const prepared = await prepareImage(original, post);
    expect(prepared.changes.toSorted()).toEqual(removed.map((what) => `${what} removed`).toSorted());
    expect(prepared.encodes).toBe(0);
    await expectSound(prepared);
    const clean = name === "everything.gif" ? bytesOf("animated.gif") : original;
    expect((await pixelsOf(prepared.data)).equals(await pixelsOf(clean))).toBe(true);
  });

  test("A14.7 goes by what it is, not by what it is called", async () => {
    const file = new File([bytesOf("clean.png")], "photo.jpg", { type: "image/jpeg" });
    expect((await prepareImage(file, post)).mimeType).toBe("image/png");
  });
});

describe("what has to be changed", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])("A14.3 EXIF orientation %i ends upright, and so does its ratio", async (turn) => {
    const prepared = await prepareImage(fixture(`orientation-${turn}.jpg`), post);
    expect(prepared.aspectRatio).toEqual({ width: 120, height: 80 });
    expect(await sideOfRed(prepared.data)).toBe("left");
    await expectSound(prepared);
  });

  test("A14.3 a PNG that is to be turned stays without loss", async () => {
    const prepared = await prepareImage(fixture("oriented.png"), atMost(1_000_000, ["image/png"]));
    expect(prepared.aspectRatio).toEqual({ width: 120, height: 80 });
    expect(await sideOfRed(prepared.data)).toBe("left");
    expect(prepared.mimeType).toBe("image/png");
    await expectSound(prepared);
  });

  test.each([
    ["cmyk.jpg", "colours made sRGB"],
    ["display-serial.jpg", "colours made sRGB"],
    ["gps.avif", "converted to"],
    ["gps.tif", "converted to"],
  ])("A14.10 %s is encoded anew and says nothing: %s", async (name, change) => {
    const prepared = await prepareImage(fixture(name), post);
    expect(prepared.changes.join()).toContain(change);
    const { space, depth, hasProfile } = await sharp(prepared.data).metadata();
    expect([space, depth, hasProfile]).toEqual(["srgb", "uchar", false]);
    await expectSound(prepared);
  });

  test("wide gamut comes out as sRGB of the same look", async () => {
    const source = bytesOf("display-p3.jpg");
    const prepared = await prepareImage(source, atMost(source.length - 1));
    const [before, after] = [await mean(source), await mean(prepared.data)];
    for (const [channel, value] of before.entries()) expect(Math.abs(value - (after[channel] ?? 0))).toBeLessThan(3);
    await expectSound(prepared);
  });

  test.each(["clean.webp", "alpha.png", "alpha.webp", "gps.tif"])(
    "an avatar is PNG or JPEG, whatever it was: %s",
    async (name) => {
      const prepared = await prepareImage(fixture(name), avatar);
      expect(["image/png", "image/jpeg"]).toContain(prepared.mimeType);
      await expectSound(prepared);
    },
  );
});

const [width, height] = [900, 600];
const scene = sharp(photo({ width, height, noise: 8 }), { raw: { width, height, channels: 3 } });
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
    ["a JPEG", () => scene.clone().jpeg({ quality: 98 }).toBuffer(), "image/jpeg"],
    ["a PNG", () => scene.clone().png().toBuffer(), "image/jpeg"],
    ["a WebP", () => scene.clone().webp({ quality: 98 }).toBuffer(), "image/jpeg"],
    ["a GIF", () => scene.clone().gif().toBuffer(), "image/jpeg"],
    ["a TIFF", () => scene.clone().tiff({ compression: "lzw" }).toBuffer(), "image/jpeg"],
    ["an AVIF", () => scene.clone().avif({ quality: 95, effort: 0 }).toBuffer(), "image/jpeg"],
  ])("A14.2 %s ends within the limit, near it, at full size", async (_kind, make, mimeType) => {
    const source = await make();
    const limit = 120_000;
    expect(source.length).toBeGreaterThan(limit);
    const prepared = await prepareImage(source, atMost(limit));
    expect(prepared.data.length).toBeLessThanOrEqual(limit);
    expect(prepared.data.length).toBeGreaterThan(limit * 0.85);
    expect([prepared.mimeType, prepared.width, prepared.height]).toEqual([mimeType, width, height]);
    expect(prepared.encodes).toBeLessThanOrEqual(4);
    await expectSound(prepared);
  });

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
    expect(prepared.encodes).toBeLessThanOrEqual(4);
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

describe("animations", () => {
  const frames = 12;
  const size = { width: 200, height: 150 };
  const animation = sharp(
    Buffer.concat(Array.from({ length: frames }, (_, seed) => photo({ ...size, seed, noise: 4 }))),
    { raw: { width: size.width, height: size.height * frames, channels: 3, pageHeight: size.height } },
  );

  test.each(["gif", "webp"] as const)("A14.5 a %s that is too large keeps its frames as WebP", async (format) => {
    const source = await animation
      .clone()
      .toFormat(format, { delay: Array.from({ length: frames }, () => 80) })
      .toBuffer();
    for (const share of [0.9, 0.5]) {
      const limit = Math.floor(source.length * share);
      const prepared = await prepareImage(source, atMost(limit));
      const { pages, delay, loop } = await sharp(prepared.data, { animated: true }).metadata();
      expect(prepared.data.length).toBeLessThanOrEqual(limit);
      expect([prepared.mimeType, pages, delay?.[0], loop]).toEqual(["image/webp", frames, 80, 0]);
      await expectSound(prepared);
    }
  });

  test("A14.5 one that cannot be made to fit is refused with advice, and never made a still", async () => {
    const error = await failure(await animation.clone().gif().toBuffer(), atMost(3_000));
    expect(error).toBeInstanceOf(MediaTooLargeError);
    expect(error.message).toMatch(/12 frames.*video with presentation "gif"/s);
    const still = await failure(fixture("animated.gif"), avatar);
    expect(still).toBeInstanceOf(IncompatibleMediaError);
    expect(still.message).toMatch(/animation of 5 frames/);
    const apng = await failure(fixture("animated.png"), atMost(2_000));
    expect(apng).toBeInstanceOf(IncompatibleMediaError);
    expect(apng.message).toMatch(/animation of 2 frames/);
  });

  test("more frames than can be held are refused before one is decoded", async () => {
    const gif = bytesOf("animated.gif");
    const start = gif.indexOf(Buffer.from([0x21, 0xf9]));
    const many = Buffer.concat([
      gif.subarray(0, start),
      ...Array.from({ length: 400 }, () => gif.subarray(start, -1)),
      gif.subarray(-1),
    ]);
    const error = await failure(many, atMost(1_000));
    expect([(error as MediaTooLargeError).unit, (error as MediaTooLargeError).size]).toEqual(["frames", 2000]);
  });
});

describe("what is no picture, or no longer one", () => {
  test.each([
    ["truncated.jpg", /damaged image\/jpeg: it is cut off/],
    ["truncated.png", /damaged image\/png: it is cut off/],
    ["damaged.png", /its part IDAT is damaged/],
  ])("%s is refused by name", async (name, message) => {
    const error = await failure(fixture(name));
    expect(error.message).toMatch(message);
    expect(error.media).toBe(fixture(name));
  });

  test.each([
    ["a BMP", Buffer.from("BM" + "\0".repeat(100)), /BMP: save it as PNG/],
    ["an SVG", Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), /SVG is saved as PNG/],
    ["a web page", Buffer.from("<!DOCTYPE html>"), /web page is linked to/],
    ["a PDF", Buffer.from("%PDF-1.7"), /PDF/],
    ["a JPEG XL", Buffer.from([0xff, 0x0a, 0, 0]), /JPEG XL/],
    ["a video", Buffer.from("\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41"), /a video: post it as one/],
    ["anything", Buffer.from("anything"), /nothing that is known/],
  ])("%s is refused with advice", async (_kind, bytes, message) => {
    const error = await failure(bytes);
    expect(error).toBeInstanceOf(IncompatibleMediaError);
    expect(error.message).toMatch(message);
  });

  test("A14.6 a bomb is refused by its header, before a pixel is decoded", async () => {
    const error = await failure(fixture("bomb.png"));
    expect(error).toBeInstanceOf(MediaTooLargeError);
    expect((error as MediaTooLargeError).unit).toBe("pixels");
    expect((error as MediaTooLargeError).size).toBe(3_600_000_000);
  });

  test("a HEIC is decoded or refused with advice", async () => {
    const error = await failure(fixture("gps.heic"));
    expect(error).toBeInstanceOf(IncompatibleMediaError);
    expect(error.message).toMatch(/HEIC.*Save it as JPEG/s);
  });

  test("a place nobody knows is refused", async () => {
    const error: unknown = await prepareImage(fixture("clean.jpg"), "app.bsky.nothing" as ImageSlot).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ValidationError);
    const noFormat = await failure(fixture("clean.jpg"), { accept: ["video/mp4"] });
    expect(noFormat).toBeInstanceOf(IncompatibleMediaError);
  });
});

test("several pictures come back in their order, and the first bad one ends the others", async () => {
  const names = ["orientation-3.jpg", "clean.png", "cmyk.jpg", "alpha.webp", "gps.tif", "clean.jpg"];
  const prepared = await prepareImages(names.map(fixture), post);
  expect(prepared.map(({ mimeType }) => mimeType)).toEqual([
    "image/jpeg",
    "image/png",
    "image/jpeg",
    "image/webp",
    prepared[4]?.mimeType,
    "image/jpeg",
  ]);
  expect(prepared[1]?.data).toEqual(new Uint8Array(bytesOf("clean.png")));
  const sources = [...names.map(fixture), fixture("truncated.jpg")];
  await expect(prepareImages(sources, post)).rejects.toThrow(/truncated\.jpg is a damaged/);
});
