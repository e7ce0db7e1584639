import type Sharp from "sharp";
import { MediaError, MediaTooLargeError } from "../../core/errors/index.ts";
import { fitAnimation } from "./animation.ts";
import { DamagedFileError } from "../strip-metadata/pieces.ts";
import type { ScanResult } from "../strip-metadata/scan-result.ts";
import { decodeHeic } from "./heic.ts";
import type { ImageSlot, Place } from "./image-slot.ts";
import { placeOf } from "./image-slot.ts";
import type { Picture } from "./image-format.ts";
import { pictureTypeOf, walk } from "./image-format.ts";
import { limits } from "../limits.ts";
import type { Rendered } from "./render.ts";
import { render } from "./render.ts";
import { loadSharp, undecodable } from "./sharp.ts";
import type { MediaSource, OpenOptions } from "../source/source.ts";
import { openMedia, readAll } from "../source/source.ts";
import { fitStill } from "./still.ts";
import type { FittedImage, PreparedImage } from "./prepared-image.ts";

/**
 * Makes a picture fit its place: untouched where it can go as it is, without metadata where that is all, and else decoded
 * once and encoded at the best quality that fits. It is never made larger.
 *
 * @throws MediaError when it cannot be read or is damaged
 * @throws IncompatibleMediaError when it is of a kind that the place does not take or nothing here decodes
 * @throws MediaTooLargeError when it cannot be made to fit
 */
export async function prepareImage(
  source: MediaSource,
  slot: ImageSlot,
  options: OpenOptions = {},
): Promise<PreparedImage> {
  const place = placeOf(slot);
  const media = await openMedia(source, options);
  try {
    const type = pictureTypeOf(media);
    const bytes = await readAll(media, limits.imageInput, options.signal);
    const picture: Picture = { name: media.name, type, bytes };
    const walked = explained(picture, () => walk(type, bytes));
    if (walked !== undefined) checkSize(picture, walked, limits.pixels);
    const untouched = walked && (await asItIs(picture, walked, place, options.signal));
    options.signal?.throwIfAborted();
    const fitted = untouched ?? (await changed(picture, walked, place, options.signal));
    const standsStill = typeof slot === "string" && (walked?.frames ?? 1) > 1;
    return { ...fitted, warnings: standsStill ? [STANDS_STILL] : [] };
  } finally {
    await media.close();
  }
}

/** Bluesky makes pictures of one frame of whatever is stored. https://github.com/bluesky-social/atproto, packages/bsky/src/image */
const STANDS_STILL =
  'it is an animation, of which Bluesky shows one frame only: post it as a video with presentation "gif" to let it move';

/** The bytes without what is private, if nothing else has to change. */
async function asItIs(
  picture: Picture,
  walked: ScanResult,
  place: Place,
  signal: AbortSignal | undefined,
): Promise<FittedImage | undefined> {
  const { bytes, width, height, removed } = walked;
  if (walked.unfit !== undefined || bytes.length > place.maxSize || !place.accepts(picture.type)) return undefined;
  // An AVIF says much of itself that only its decoder understands.
  const isAsked = removed.includes("EXIF") || picture.type === "image/avif";
  if (isAsked && (walked.orientation ?? (await orientationOf(picture))) > 1) return undefined;
  await walked.check?.(signal).catch((cause: unknown) => {
    throw cause instanceof DamagedFileError ? damaged(picture, cause) : cause;
  });
  if (decodedToCheck.has(picture.type)) await checkByDecoding({ ...picture, bytes }, walked);
  const changes = removed.map((what) => `${what} removed`);
  return { data: bytes, mimeType: picture.type, width, height, aspectRatio: { width, height }, changes, encodes: 0 };
}

/** Formats whose pixels only a decoder can look at */
const decodedToCheck: ReadonlySet<string> = new Set(["image/gif", "image/webp"]);

/** @throws MediaError when not all of its pixels can be had */
async function checkByDecoding({ name, bytes }: Picture, { width, height, frames }: ScanResult): Promise<void> {
  // What would take too much of the machine to look at is left to those who show it.
  if (width * height * frames > limits.animationPixels || frames > limits.frames) return;
  const sharp = await loadSharp(name).catch(() => undefined);
  // Where sharp was left out, what goes untouched goes unseen.
  await sharp?.(bytes, { animated: true, limitInputPixels: limits.animationPixels, failOn: "error" })
    .stats()
    .catch((cause: unknown) => Promise.reject(undecodable(name, cause)));
}

async function orientationOf({ name, bytes }: Picture): Promise<number> {
  const sharp = await loadSharp(name);
  const { orientation } = await sharp(bytes, { limitInputPixels: limits.pixels })
    .metadata()
    .catch((cause: unknown) => Promise.reject(undecodable(name, cause)));
  return orientation ?? 1;
}

async function changed(
  picture: Picture,
  walked: ScanResult | undefined,
  place: Place,
  signal: AbortSignal | undefined,
): Promise<FittedImage> {
  const isAnimated = (walked?.frames ?? 1) > 1;
  if (walked !== undefined && isAnimated) return fitAnimation(picture, walked, place, signal);
  if (walked?.interlaced) checkSize(picture, walked, limits.wholePixels);
  const sharp = await loadSharp(picture.name);
  const rendered = await renderPicture(sharp, picture, place, signal);
  signal?.throwIfAborted();
  return fitStill(sharp, picture, rendered, place, signal);
}

async function renderPicture(
  sharp: typeof Sharp,
  picture: Picture,
  place: Place,
  signal: AbortSignal | undefined,
): Promise<Rendered> {
  try {
    return await render(sharp, picture, place.box);
  } catch (cause) {
    if (cause instanceof MediaError) throw cause;
    if (picture.type !== "image/heic") throw undecodable(picture.name, cause);
  }
  return render(sharp, await decodeHeic(sharp, picture, signal), place.box);
}

function explained<Value>(picture: Picture, read: () => Value): Value {
  try {
    return read();
  } catch (cause) {
    throw cause instanceof DamagedFileError || cause instanceof RangeError ? damaged(picture, cause) : cause;
  }
}

const damaged = ({ name, type }: Picture, cause: Error): MediaError =>
  new MediaError(
    `${name} is a damaged ${type}: ${cause instanceof RangeError ? "it is cut off" : cause.message}. Nothing was sent.`,
    { media: name, cause },
  );

/** Before anything is decoded: a few bytes may stand for more pixels than there is memory. */
function checkSize({ name }: Picture, { width, height }: ScanResult, most: number): void {
  const pixels = width * height;
  if (pixels === 0) throw new MediaError(`${name} has no pixels. Nothing was sent.`, { media: name });
  if (pixels <= most) return;
  throw new MediaTooLargeError(
    `${name} has ${width} x ${height} pixels; at most ${most} in all are taken. Nothing was sent.`,
    { media: name, size: pixels, maxSize: most, unit: "pixels" },
  );
}
