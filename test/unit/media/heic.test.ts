import sharp from "sharp";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { IncompatibleMediaError } from "../../../src/core/errors/index.ts";
import { decodeHeic } from "../../../src/media/image/heic.ts";
import { bytesOf, failure, fixture } from "./pictures.ts";

// The codec of HEIC is in no package that tests could use: what ffmpeg makes of it is played.
const picture = { name: "a.heic", type: "image/heic", bytes: bytesOf("gps.heic") };
const png = (width: number, height: number): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: "red" } })
    .png()
    .toBuffer();

beforeEach(() => {
  vi.stubEnv("PATH", "");
  vi.stubEnv("FFMPEG_PATH", "");
});
afterEach(() => void vi.unstubAllEnvs());

test("a HEIC without ffmpeg is refused with advice", async () => {
  const error = await failure(fixture("gps.heic"));
  expect(error).toBeInstanceOf(IncompatibleMediaError);
  expect(error.message).toMatch(/is HEIC, which takes ffmpeg.*Install ffmpeg.*save it as JPEG/s);
});

test("what ffmpeg decodes is taken if it is all of the picture", async () => {
  const decoded = await decodeHeic(sharp, picture, undefined, () => png(120, 80));
  expect(decoded).toEqual({ ...picture, bytes: await png(120, 80) });
});

test("a tile of it is not taken for the picture", async () => {
  const decoding = decodeHeic(sharp, picture, undefined, () => png(64, 64));
  await expect(decoding).rejects.toThrow(/decodes 64 x 64 of its 120 x 80 pixels/);
});
