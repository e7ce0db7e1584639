import type Sharp from "sharp";
import type { SharpOptions } from "sharp";
import { MediaTooLargeError } from "../../core/errors/index.ts";
import type { Picture } from "./image-format.ts";
import type { Box } from "../limits.ts";
import { limits } from "../limits.ts";

/** Pixels: upright, 8 bit, sRGB or grey. */
export interface Pixels {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
  /** 1 grey, 2 grey with alpha, 3 colour, 4 colour with alpha */
  readonly channels: 1 | 2 | 3 | 4;
}

export interface Rendered extends Pixels {
  /** What was done to the picture's pixels, in words */
  readonly changes: readonly string[];
}

/** Decodes a picture once: turned upright, in sRGB, no larger than its box asks for. */
export async function render(sharp: typeof Sharp, { name, bytes }: Picture, box: Box): Promise<Rendered> {
  // What a decoder only grumbles about is still shown; what is cut off is not.
  const image = sharp(bytes, { limitInputPixels: limits.pixels, failOn: "error", sequentialRead: true });
  const { width, height, orientation = 1, space, depth, hasProfile, format } = await image.metadata();
  const isWhole = format !== "jpeg" && orientation > 1;
  if (isWhole && width * height > limits.wholePixels) {
    throw new MediaTooLargeError(
      `${name} has ${width} x ${height} pixels and has to be turned; at most ${limits.wholePixels} in all can be. Nothing was sent.`,
      { media: name, size: width * height, maxSize: limits.wholePixels, unit: "pixels" },
    );
  }
  const { data, info } = await image
    .autoOrient()
    .resize({ width: box.width, height: box.height, fit: box.fit, withoutEnlargement: true })
    .toColourspace("srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  const isSmaller = info.width * info.height < width * height;
  const changes = [
    ...(orientation > 1 ? ["turned upright"] : []),
    ...(isSmaller ? [`made smaller, from ${width} x ${height} pixels`] : []),
    ...(hasProfile || space === "cmyk" ? ["colours made sRGB"] : []),
    ...(depth !== undefined && depth !== "uchar" ? ["colours made 8 bit"] : []),
  ];
  const pixels = { data, width: info.width, height: info.height, channels: info.channels };
  return { ...(isOpaque(pixels) ? await withoutAlpha(sharp, pixels) : pixels), changes };
}

/** sharp's options for pixels as input. */
export const rawInput = ({ width, height, channels }: Pixels): SharpOptions => ({
  raw: { width, height, channels },
  limitInputPixels: limits.pixels,
});

export const hasAlpha = ({ channels }: Pixels): boolean => channels === 2 || channels === 4;

function isOpaque(pixels: Pixels): boolean {
  const { data, channels } = pixels;
  if (!hasAlpha(pixels)) return false;
  for (let at = channels - 1; at < data.length; at += channels) if (data[at] !== 255) return false;
  return true;
}

async function withoutAlpha(sharp: typeof Sharp, pixels: Pixels): Promise<Pixels> {
  const data = await sharp(pixels.data, rawInput(pixels)).removeAlpha().raw().toBuffer();
  return { ...pixels, data, channels: pixels.channels === 2 ? 1 : 3 };
}

/** The same, so much smaller in each direction. */
export async function shrink(sharp: typeof Sharp, pixels: Pixels, factor: number): Promise<Pixels> {
  const width = Math.max(1, Math.floor(pixels.width * factor));
  const height = Math.max(1, Math.round((pixels.height * width) / pixels.width));
  const data = await sharp(pixels.data, rawInput(pixels)).resize(width, height, { fit: "fill" }).raw().toBuffer();
  return { data, width, height, channels: pixels.channels };
}

/** Pixels looked at to tell a drawing from a photo */
const SAMPLE = 200_000;

/**
 * Whether it is drawn rather than taken: in screenshots and drawings most pixels equal their neighbour, in photos few do,
 * because of noise.
 */
export function isDrawn({ data, width, height, channels }: Pixels): boolean {
  const rows = Math.max(1, Math.min(height, Math.floor(SAMPLE / width)));
  let same = 0;
  let seen = 0;
  for (let row = 0; row < rows; row++) {
    const start = Math.floor((row * height) / rows) * width * channels;
    const end = start + (width - 1) * channels;
    for (let at = start; at < end; at += channels) {
      seen++;
      let channel = 0;
      while (channel < channels && data[at + channel] === data[at + channel + channels]) channel++;
      if (channel === channels) same++;
    }
  }
  return seen > 0 && same / seen > 0.5;
}
