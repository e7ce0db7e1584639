import type Sharp from "sharp";
import type { Sharp as Image } from "sharp";
import type { Place } from "./image-slot.ts";
import { ssim, sampleOf } from "./ssim.ts";
import type { Pixels } from "./render.ts";
import { rawInput } from "./render.ts";

/** A way to make pixels into a file. */
export type Codec = ExactCodec | LossyCodec;

/** Every pixel stays, or nearly. */
export interface ExactCodec {
  readonly kind: "exact";
  readonly type: string;
  /** What it makes of the smallest so far at best: where even that is too large, it is not tried */
  readonly ratio: number;
  readonly encode: (pixels: Pixels) => Promise<Buffer>;
}

/** Has a quality. */
export interface LossyCodec {
  readonly kind: "lossy";
  readonly type: string;
  /** Quality below which fewer pixels look better than coarser ones */
  readonly least: number;
  /** Quality above which nobody sees a difference */
  readonly most: number;
  readonly encode: (pixels: Pixels, quality: number) => Promise<Buffer>;
  /** Bytes at a quality, about, for a fraction of the work of encoding */
  readonly estimate: (pixels: Pixels, quality: number) => Promise<number>;
  /** Whether enough of the picture is left at a quality; another codec is tried where not */
  readonly isGood?: (pixels: Pixels, quality: number) => Promise<boolean>;
}

export interface PictureKind {
  readonly drawn: boolean;
  readonly transparent: boolean;
  /** It shall stay as it is if that fits */
  readonly exact: boolean;
}

/** Likeness to the picture below which JPEG has lost more than WebP would: noise and fine texture, mostly */
const GOOD = 0.962;

/**
 * The codecs for a picture, in the order in which they are tried. PNG is made ten times faster than lossless WebP, and is up to
 * twice as large. WebP needs half of JPEG's bytes for drawings and text. Photos become JPEG, which is made ten times faster and
 * keeps more of them, unless there are so few bytes that only WebP still has good ones.
 */
export function codecsFor(sharp: typeof Sharp, kind: PictureKind, { accepts }: Place): readonly Codec[] {
  const of = (pixels: Pixels): Image => sharp(pixels.data, rawInput(pixels));
  const png: ExactCodec = { kind: "exact", type: "image/png", ratio: 0, encode: (one) => of(one).png().toBuffer() };
  const palette: ExactCodec = {
    kind: "exact",
    type: "image/png",
    ratio: 0,
    encode: (one) => of(one).png({ palette: true, effort: 4 }).toBuffer(),
  };
  const exactWebp: ExactCodec = {
    kind: "exact",
    type: "image/webp",
    ratio: 0.4,
    encode: (one) => of(one).webp({ lossless: true, effort: 1 }).toBuffer(),
  };
  const webp: LossyCodec = {
    kind: "lossy",
    type: "image/webp",
    least: 50,
    most: 95,
    encode: (one, quality) => of(one).webp({ quality }).toBuffer(),
    estimate: async (one, quality) => {
      const sample = sampleOf(one);
      return ((await of(sample).webp({ quality }).toBuffer()).length * one.height) / sample.height;
    },
  };
  const [takesJpeg, takesPng, takesWebp] = [accepts("image/jpeg"), accepts("image/png"), accepts("image/webp")];
  const chromaSubsampling = kind.drawn ? "4:4:4" : "4:2:0";
  const jpeg: LossyCodec = {
    kind: "lossy",
    type: "image/jpeg",
    least: takesWebp ? 75 : 62,
    most: 95,
    encode: (one, quality) => of(one).jpeg({ quality, chromaSubsampling, progressive: true }).toBuffer(),
    // Without Huffman tables of its own: six times faster, and larger by a twentieth.
    estimate: async (one, quality) =>
      (await of(one).jpeg({ quality, chromaSubsampling, optimiseCoding: false }).toBuffer()).length * 0.95,
    ...(takesWebp && {
      isGood: async (one, quality) => {
        const sample = sampleOf(one);
        const jpeg = await of(sample).jpeg({ quality, chromaSubsampling }).toBuffer();
        const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
        return ssim(sample, { ...sample, data, channels: info.channels }) >= GOOD;
      },
    }),
  };
  const lossless = [...(takesPng ? [png] : []), ...(takesWebp ? [exactWebp] : [])];
  const isPhoto = !kind.transparent && !(kind.drawn && takesWebp);
  const lossy = [...(takesJpeg && isPhoto ? [jpeg] : []), ...(takesWebp ? [webp] : [])];
  if (lossy.length > 0) return [...(kind.drawn || kind.exact ? lossless : []), ...lossy];
  return takesPng ? [...lossless, palette] : lossless;
}
