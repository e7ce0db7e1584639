import { crc32, deflateSync } from "node:zlib";
import type Sharp from "sharp";
import { IncompatibleMediaError, MediaError } from "../../core/errors/index.ts";
import { decodeStill } from "./decode-still.ts";
import type { Picture } from "./image-format.ts";
import { undecodable } from "./sharp.ts";

/**
 * Decodes a HEIC with ffmpeg, because sharp as it is published does not know its codec: as PNG, upright, with its colour profile.
 *
 * @throws IncompatibleMediaError when there is no ffmpeg that can
 */
export async function decodeHeic(
  sharp: typeof Sharp,
  picture: Picture,
  signal: AbortSignal | undefined,
  decode: typeof decodeStill = decodeStill,
): Promise<Picture> {
  const { autoOrient: shown, icc } = await sharp(picture.bytes)
    .metadata()
    .catch((cause: unknown) => Promise.reject(undecodable(picture.name, cause)));
  let png: Uint8Array;
  try {
    png = await decode(picture.name, picture.bytes, signal);
  } catch (cause) {
    throw cause instanceof MediaError
      ? refused(picture, cause.message.replace(" Nothing was sent.", ""), cause)
      : cause;
  }
  const { width, height, hasProfile } = await sharp(png).metadata();
  // Phones store a grid of tiles, of which an ffmpeg that does not know grids decodes the first.
  if (width !== shown.width || height !== shown.height) {
    const sizes = `${width} x ${height} of its ${shown.width} x ${shown.height} pixels`;
    throw refused(picture, `the ffmpeg here decodes ${sizes}; a newer one may know all.`);
  }
  return { ...picture, bytes: icc === undefined || hasProfile ? png : withProfile(png, icc) };
}

const refused = ({ name }: Picture, why: string, cause?: unknown): IncompatibleMediaError =>
  new IncompatibleMediaError(
    `${name} is HEIC, which takes ffmpeg to read: ${why} Or save it as JPEG; an iPhone takes JPEG with Settings, Camera, ` +
      "Formats, Most Compatible. Nothing was sent.",
    { media: name, cause },
  );

/** Bytes of the signature and the header, behind which a profile stands */
const HEAD = 33;

function withProfile(png: Uint8Array, icc: Uint8Array): Uint8Array {
  const content = Buffer.concat([Buffer.from("iCCPprofile\0\0", "latin1"), deflateSync(icc)]);
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32BE(content.length - 4);
  numbers.writeUInt32BE(crc32(content), 4);
  const [length, checksum] = [numbers.subarray(0, 4), numbers.subarray(4)];
  return Buffer.concat([png.subarray(0, HEAD), length, content, checksum, png.subarray(HEAD)]);
}
