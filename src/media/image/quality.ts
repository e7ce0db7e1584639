import type { LossyCodec } from "./codecs.ts";
import type { Pixels } from "./render.ts";

/** What encoding at a quality gave. */
export interface Encoded {
  readonly data: Buffer;
  readonly quality: number;
}

export interface QualityFound {
  /** The best that fits; absent when nothing does */
  readonly best: Encoded | undefined;
  /** Bytes at the least quality, about */
  readonly smallest: number;
  readonly encodes: number;
}

/** Of the limit, what is aimed at, and what is good enough */
const AIM = 0.985;
const ENOUGH = 0.9;
/** Of the limit, what the estimate of the least quality must not exceed */
const HOPELESS = 1.06;
/** Encodings for good; one more only ever follows one that was too large */
const MOST_ENCODES = 4;
/** Bytes a pixel takes at most at the highest quality, about: where that fits nothing has to be measured */
const MOST_BYTES_PER_PIXEL = 0.75;
/** Steps of quality over which the model is trusted without another estimate */
const TRUST = 1;
/** Estimates */
const MOST_ESTIMATES = 3;
/** Quality to begin with: most pictures end near it */
const FIRST = 80;

/**
 * Finds the highest quality that fits. The logarithm of the size grows with the quality along a line that is steeper above
 * 80; estimates bend it to the picture, so that one or two encodings do where a binary search takes seven.
 */
export async function searchQuality(codec: LossyCodec, pixels: Pixels, limit: number): Promise<QualityFound> {
  const { least, most, encode, estimate, isGood } = codec;
  const model = new SizeModel();
  const aim = (from: number, to: number): number =>
    Math.max(from, Math.min(to, Math.floor(model.qualityOf(limit * AIM))));
  const fitsAnyway = pixels.width * pixels.height * MOST_BYTES_PER_PIXEL <= limit;
  let quality = fitsAnyway ? most : FIRST;
  let encodes = 0;
  if (!fitsAnyway) {
    for (let next = quality; ; next = quality) {
      model.learn(next, await estimate(pixels, next));
      encodes++;
      quality = aim(least, most);
      if (Math.abs(next - quality) <= TRUST || encodes === MOST_ESTIMATES) break;
    }
    const isHopeless = model.sizeOf(least) > limit * HOPELESS;
    if (isHopeless || (isGood !== undefined && !(await isGood(pixels, quality)))) {
      return { best: undefined, smallest: Math.round(model.sizeOf(least)), encodes };
    }
  }
  let calibrates = encodes > 0;
  let best: Encoded | undefined;
  let tooHigh = most + 1;
  for (let attempt = 0; attempt < MOST_ENCODES; attempt++) {
    const data = await encode(pixels, quality);
    encodes++;
    model.learn(quality, data.length, calibrates);
    calibrates = false;
    if (data.length > limit) tooHigh = quality;
    else if (best === undefined || quality > best.quality) best = { data, quality };
    if (best === undefined) {
      if (quality <= least) break;
      quality = aim(least, tooHigh - 1);
      continue;
    }
    if (best.data.length >= limit * ENOUGH || best.quality >= tooHigh - 1) break;
    quality = aim(best.quality + 1, tooHigh - 1);
    // A step up must not end where it began: above the limit.
    if (model.sizeOf(quality) > limit) break;
  }
  return { best, smallest: Math.round(model.sizeOf(least)), encodes };
}

/** How the size of one picture depends on quality. */
class SizeModel {
  #points: { readonly quality: number; readonly log: number }[] = [];

  /** `calibrates`: what is known so far was measured by another encoder, and is moved to agree. */
  learn(quality: number, size: number, calibrates = false): void {
    const log = Math.log(size);
    if (calibrates) {
      const shift = log - Math.log(this.sizeOf(quality));
      this.#points = this.#points.map((point) => ({ ...point, log: point.log + shift }));
    }
    this.#points = [...this.#points.filter((point) => point.quality !== quality), { quality, log }].toSorted(
      (a, b) => a.quality - b.quality,
    );
  }

  sizeOf(quality: number): number {
    const points = this.#points;
    const above = points.findIndex((point) => point.quality >= quality);
    const left = points[above === -1 ? points.length - 1 : above - 1];
    const right = above === -1 ? undefined : points[above];
    if (left !== undefined && right !== undefined) {
      const share = (quality - left.quality) / (right.quality - left.quality);
      return Math.exp(left.log + share * (right.log - left.log));
    }
    const known = (left ?? right) as { readonly quality: number; readonly log: number };
    return Math.exp(known.log + usual(known.quality, quality));
  }

  /** The highest quality whose size is at most this. */
  qualityOf(size: number): number {
    let quality = 1;
    while (quality < 100 && this.sizeOf(quality + 1) <= size) quality++;
    return quality;
  }
}

/** Growth of the logarithm of the size from one quality to another, as photos usually have it. */
const usual = (from: number, to: number): number => usualLog(to) - usualLog(from);

const usualLog = (quality: number): number => 0.025 * Math.min(quality, 80) + 0.05 * Math.max(0, quality - 80);
