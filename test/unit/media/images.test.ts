import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { IncompatibleMediaError, MediaTooLargeError, ValidationError } from "../../../src/core/errors/index.ts";
import type { ImageSlot } from "../../../src/media/image/image-slot.ts";
import { prepareImage } from "../../../src/media/image/prepare-image.ts";
import { prepareImages } from "../../../src/media/image/upload-image.ts";
import { metadataIn } from "./metadata.ts";
import { atMost, avatar, bytesOf, expectSound, failure, fixture, post } from "./pictures.ts";

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
    "clean.avif",
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
