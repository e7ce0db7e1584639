import { IncompatibleMediaError } from "../../core/errors/index.ts";
import { walkAvif } from "../strip-metadata/avif.ts";
import { walkGif } from "../strip-metadata/gif.ts";
import { walkJpeg } from "../strip-metadata/jpeg.ts";
import { walkPng } from "../strip-metadata/png.ts";
import type { ScanResult } from "../strip-metadata/scan-result.ts";
import { walkWebp } from "../strip-metadata/webp.ts";
import type { Media } from "../source/source.ts";

/** A picture in memory. */
export interface Picture {
  readonly name: string;
  /** Media type, by content */
  readonly type: string;
  readonly bytes: Uint8Array;
}

const walkers: Readonly<Record<string, (bytes: Uint8Array) => ScanResult>> = {
  "image/avif": walkAvif,
  "image/gif": walkGif,
  "image/jpeg": walkJpeg,
  "image/png": walkPng,
  "image/webp": walkWebp,
};

/** Looks through a picture without decoding it, where its format is known well enough. */
export const walk = (type: string, bytes: Uint8Array): ScanResult | undefined => walkers[type]?.(bytes);

/** Formats that are only ever decoded. */
const decodable = new Set(["image/heic", "image/tiff"]);

/** What else people take for pictures, by first bytes: what it is, and what to do. */
const others: readonly (readonly [starts: readonly string[], advice: string])[] = [
  [["BM"], "a BMP: save it as PNG"],
  [["\xff\x0a", "\0\0\0\x0cJXL "], "a JPEG XL: save it as JPEG or PNG"],
  [["\0\0\0\x0cjP  ", "\xff\x4f\xff\x51"], "a JPEG 2000: save it as JPEG or PNG"],
  [["%PDF"], "a PDF: save the page as PNG"],
  [["8BPS"], "a Photoshop file: save it as JPEG or PNG"],
  [["<"], "text; an SVG is saved as PNG first, a web page is linked to"],
];

/** @throws IncompatibleMediaError when it is no picture that is known here */
export function pictureTypeOf({ name, type, head }: Media): string {
  if (type !== undefined && (walkers[type] !== undefined || decodable.has(type))) return type;
  const start = String.fromCharCode(...head);
  const what = type?.startsWith("video/")
    ? "a video: post it as one"
    : (others.find(([starts]) => starts.some((one) => start.startsWith(one)))?.[1] ?? "nothing that is known here");
  throw new IncompatibleMediaError(
    `${name} is no picture that can be sent; its content is ${what}. JPEG, PNG, WebP, GIF, AVIF, TIFF and, with ffmpeg, HEIC ` +
      "are read. Nothing was sent.",
    { media: name },
  );
}
