import type Sharp from "sharp";
import type { Sharp as Image } from "sharp";
import type { Place } from "./image-slot.ts";
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
  /** A faster encoder that tells how size depends on quality, and what its bytes are to be multiplied by */
  readonly fast?: { readonly encode: (pixels: Pixels, quality: number) => Promise<Buffer>; readonly ratio: number };
}

export interface PictureKind {
  readonly drawn: boolean;
  readonly transparent: boolean;
  /** It shall stay as it is if that fits */
  readonly exact: boolean;
}

/**
 * The codecs for a picture, in the order in which they are tried. PNG is made ten times faster than lossless WebP, and is up to
 * twice as large. WebP needs half of JPEG's bytes for drawings and text; photos become JPEG, which is made ten times faster.
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
    encode: (one, quality) =>
      of(one)
        .webp({ quality, effort: kind.drawn ? 4 : 2 })
        .toBuffer(),
  };
  const chromaSubsampling = kind.drawn ? "4:4:4" : "4:2:0";
  const jpeg: LossyCodec = {
    kind: "lossy",
    type: "image/jpeg",
    least: 62,
    most: 95,
    encode: (one, quality) => of(one).jpeg({ quality, chromaSubsampling, progressive: true }).toBuffer(),
    // Without Huffman tables of its own: six times faster, and larger by a tenth.
    fast: {
      encode: (one, quality) => of(one).jpeg({ quality, chromaSubsampling, optimiseCoding: false }).toBuffer(),
      ratio: 0.91,
    },
  };
  const [takesJpeg, takesPng, takesWebp] = [accepts("image/jpeg"), accepts("image/png"), accepts("image/webp")];
  const lossless = [...(takesPng ? [png] : []), ...(takesWebp ? [exactWebp] : [])];
  const wantsWebp = kind.transparent || kind.drawn || !takesJpeg;
  const lossy = takesWebp && wantsWebp ? [webp] : takesJpeg && !kind.transparent ? [jpeg] : [];
  if (lossy.length > 0) return [...(kind.drawn || kind.exact ? lossless : []), ...lossy];
  return takesPng ? [...lossless, palette] : lossless;
}
