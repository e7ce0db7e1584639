import type Sharp from "sharp";
import { IncompatibleMediaError, MediaTooLargeError } from "../../core/errors/index.ts";
import type { ScanResult } from "../strip-metadata/scan-result.ts";
import type { Place } from "./image-slot.ts";
import type { Picture } from "./image-format.ts";
import type { FittedImage } from "./prepared-image.ts";
import { limits } from "../limits.ts";
import { loadSharp, undecodable } from "./sharp.ts";

const ATTEMPTS = 4;
/** Quality to begin with, and the one that comes before fewer pixels */
const QUALITIES = [75, 50] as const;
/** What the second takes of the bytes of the first, about */
const SAVED = 0.65;
/** Pixels of the longer side below which an animation is not shrunk, nor below half of what it is */
const SMALLEST = 96;

const ADVICE = 'Post it as a video with presentation "gif" instead, or make it shorter';

/** Makes an animation fit, with all its frames: as WebP, and smaller if it must be. */
export async function fitAnimation(
  picture: Picture,
  walked: ScanResult,
  place: Place,
  signal: AbortSignal | undefined,
): Promise<FittedImage> {
  const { name, type, bytes } = picture;
  const { frames } = walked;
  if (!place.accepts("image/webp") || type === "image/png") {
    const why = type === "image/png" ? "cannot be made smaller without losing its frames" : "is not taken here";
    throw new IncompatibleMediaError(
      `${name} is an animation of ${frames} frames, which ${why}. Give one frame as PNG or JPEG, or the animation as GIF or ` +
        `WebP where ${place.name} takes it. Nothing was sent.`,
      { media: name },
    );
  }
  const pixels = walked.width * walked.height * frames;
  refuseMore(picture, frames, limits.frames, "frames");
  refuseMore(picture, pixels, limits.animationPixels, "pixels");
  const sharp = await loadSharp(name);
  const turned = await turnUpright(sharp, bytes, signal).catch((cause: unknown) => {
    throw signal?.aborted ? cause : undecodable(name, cause);
  });
  const size = turned === undefined ? walked : { width: turned.width, height: turned.height };
  const upright = turned?.data ?? bytes;
  const decode = () => sharp(upright, { animated: true, limitInputPixels: limits.animationPixels, failOn: "error" });
  const longest = Math.max(size.width, size.height);
  let scale = 1;
  let quality: number = QUALITIES[0];
  let smallest = Number.POSITIVE_INFINITY;
  for (let encodes = 1; encodes <= ATTEMPTS; encodes++) {
    const [width, height] = [size.width, size.height].map((side) => Math.max(1, Math.floor(side * scale)));
    const resized = scale === 1 ? decode() : decode().resize({ width, height, fit: "fill" });
    const { data, info } = await resized
      .webp({ quality, effort: 2 })
      .toBuffer({ resolveWithObject: true })
      .catch((cause: unknown) => Promise.reject(undecodable(name, cause)));
    signal?.throwIfAborted();
    if (data.length <= place.maxSize) {
      const fitted = { width: info.width, height: info.pageHeight ?? info.height };
      const changes = [
        ...(turned === undefined ? [] : ["turned upright"]),
        ...(scale === 1 ? [] : [`made smaller, from ${size.width} x ${size.height} pixels`]),
        type === "image/webp" ? "encoded anew" : "converted to image/webp",
      ];
      return { data, mimeType: "image/webp", ...fitted, aspectRatio: fitted, changes, encodes };
    }
    smallest = Math.min(smallest, data.length);
    const needed = (place.maxSize * 0.85) / data.length;
    if (quality !== QUALITIES[1]) {
      quality = QUALITIES[1];
      scale = Math.min(1, Math.sqrt(needed / SAVED));
    } else {
      scale *= Math.min(0.9, Math.sqrt(needed));
    }
    if (longest * scale < Math.min(SMALLEST, longest / 2)) break;
  }
  throw new MediaTooLargeError(
    `${name}, an animation of ${frames} frames and ${bytes.length} bytes, cannot be made smaller than ${smallest} bytes; ` +
      `${place.name} takes ${place.maxSize}. ${ADVICE}. Nothing was sent.`,
    { media: name, size: smallest, maxSize: place.maxSize },
  );
}

/** The animation with its frames turned as its EXIF says, which animations cannot be in one piece; `undefined` if they stand upright. */
async function turnUpright(
  sharp: typeof Sharp,
  bytes: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<{ readonly data: Buffer; readonly width: number; readonly height: number } | undefined> {
  const input = { limitInputPixels: limits.animationPixels, failOn: "error" } as const;
  const { orientation = 1, pages = 1, delay, loop } = await sharp(bytes, { ...input, animated: true }).metadata();
  if (orientation <= 1) return undefined;
  const frames: Buffer[] = [];
  for (let page = 0; page < pages; page++) {
    signal?.throwIfAborted();
    frames.push(
      await sharp(bytes, { ...input, page })
        .autoOrient()
        .png({ compressionLevel: 1 })
        .toBuffer(),
    );
  }
  const { data, info } = await sharp(frames, { ...input, join: { animated: true } })
    .webp({ lossless: true, effort: 0, ...(delay && { delay }), ...(loop !== undefined && { loop }) })
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.pageHeight ?? info.height };
}

function refuseMore({ name }: Picture, size: number, maxSize: number, unit: "frames" | "pixels"): void {
  if (size <= maxSize) return;
  throw new MediaTooLargeError(
    `${name} is an animation of ${size} ${unit}; at most ${maxSize} can be changed. ${ADVICE}. Nothing was sent.`,
    { media: name, size, maxSize, unit },
  );
}
