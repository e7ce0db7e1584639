import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { IncompatibleMediaError, MediaTooLargeError } from "../../../src/core/errors/index.ts";
import { prepareImage } from "../../../src/media/image/prepare-image.ts";
import { photo } from "./photo.ts";
import { atMost, avatar, bytesOf, expectSound, failure, fixture } from "./pictures.ts";

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
