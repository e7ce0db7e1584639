import type Sharp from "sharp";
import { IncompatibleMediaError, MediaTooLargeError } from "../../core/errors/index.ts";
import type { Codec } from "./codecs.ts";
import { codecsFor } from "./codecs.ts";
import type { Picture } from "./image-format.ts";
import type { Place } from "./image-slot.ts";
import type { FittedImage } from "./prepared-image.ts";
import { searchQuality } from "./quality.ts";
import type { Pixels, Rendered } from "./render.ts";
import { hasAlpha, isDrawn, shrink } from "./render.ts";

/** Pixels of a picture's longer side below which nothing is left of it */
const SMALLEST = 64;

/** Encodes pixels so that they fit: exactly where that is possible, else at the best quality, else with fewer of them. */
export async function fitStill(
  sharp: typeof Sharp,
  picture: Picture,
  rendered: Rendered,
  place: Place,
  signal: AbortSignal | undefined,
): Promise<FittedImage> {
  const isLossy = picture.type === "image/jpeg";
  const kind = {
    drawn: !isLossy && isDrawn(rendered),
    transparent: hasAlpha(rendered),
    // What was without loss stays so where it surely fits.
    exact: !isLossy && rendered.data.length <= place.maxSize,
  };
  const codecs = codecsFor(sharp, kind, place);
  if (codecs.length === 0) throw noFormat(picture, place);
  let encodes = 0;
  let smallest = Number.POSITIVE_INFINITY;
  for (let pixels: Pixels = rendered; ;) {
    for (const codec of codecs) {
      const found = await encode(codec, pixels, place.maxSize, smallest);
      signal?.throwIfAborted();
      encodes += found.encodes;
      if (found.data !== undefined) return result(found.data, codec.type, pixels, encodes, picture, rendered);
      smallest = Math.min(smallest, found.smallest);
    }
    const factor = Math.min(0.85, Math.sqrt((place.maxSize * 0.8) / smallest));
    if (Math.max(pixels.width, pixels.height) * factor < SMALLEST) break;
    pixels = await shrink(sharp, pixels, factor);
  }
  throw new MediaTooLargeError(
    `${picture.name} has ${picture.bytes.length} bytes and cannot be made smaller than ${smallest}; ${place.name} takes ` +
      `${place.maxSize}. Nothing was sent.`,
    { media: picture.name, size: smallest, maxSize: place.maxSize },
  );
}

interface Attempt {
  /** Absent when it does not fit */
  readonly data: Buffer | undefined;
  /** Bytes of the smallest that was made, or would be */
  readonly smallest: number;
  readonly encodes: number;
}

async function encode(codec: Codec, pixels: Pixels, limit: number, smallest: number): Promise<Attempt> {
  if (codec.kind === "lossy") {
    const found = await searchQuality(codec, pixels, limit);
    return { ...found, data: found.best?.data };
  }
  if (smallest * codec.ratio > limit) return { data: undefined, smallest, encodes: 0 };
  const data = await codec.encode(pixels);
  return { data: data.length <= limit ? data : undefined, smallest: data.length, encodes: 1 };
}

function result(
  data: Buffer,
  type: string,
  { width, height }: Pixels,
  encodes: number,
  picture: Picture,
  rendered: Rendered,
): FittedImage {
  const changes = [
    ...rendered.changes,
    ...(width < rendered.width ? [`made smaller, to ${width} x ${height} pixels`] : []),
    type === picture.type ? "encoded anew" : `converted to ${type}`,
  ];
  return { data, mimeType: type, width, height, aspectRatio: { width, height }, changes, encodes };
}

const noFormat = ({ name }: Picture, place: Place): IncompatibleMediaError =>
  new IncompatibleMediaError(
    `${name} cannot be made into what ${place.name} takes: pictures become JPEG, PNG or WebP. Nothing was sent.`,
    { media: name },
  );
