import type { Pixels } from "./render.ts";

/** Rows of a band, and one band of so many that is taken */
const BAND = 64;
const SHARE = 8;

/** Bands of rows from all over a picture: an eighth of it that stands for the whole. Small pictures stand for themselves. */
export function sampleOf(pixels: Pixels): Pixels {
  const { data, width, height, channels } = pixels;
  if (height < BAND * SHARE * 2) return pixels;
  const stride = width * channels;
  const bands: Buffer[] = [];
  for (let row = Math.floor((BAND * SHARE) / 2); row + BAND <= height; row += BAND * SHARE) {
    bands.push(data.subarray(row * stride, (row + BAND) * stride));
  }
  return { data: Buffer.concat(bands), width, height: bands.length * BAND, channels };
}

/** Side of a window; windows lie side by side */
const WINDOW = 8;
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

/**
 * How much of the structure of one picture is left in another of the same size, from 0 to 1: SSIM of the luma.
 * https://doi.org/10.1109/TIP.2003.819861
 */
export function ssim(one: Pixels, other: Pixels): number {
  const { width, height } = one;
  const [luma1, luma2] = [lumaOf(one), lumaOf(other)];
  let sum = 0;
  let count = 0;
  for (let y = 0; y + WINDOW <= height; y += WINDOW) {
    for (let x = 0; x + WINDOW <= width; x += WINDOW) {
      sum += windowLikeness(luma1, luma2, y * width + x, width);
      count++;
    }
  }
  return count === 0 ? 1 : sum / count;
}

/** https://www.itu.int/rec/R-REC-BT.601 */
function lumaOf({ data, channels }: Pixels): Uint8Array {
  if (channels === 1) return data;
  const luma = new Uint8Array(data.length / channels);
  const [green, blue] = channels < 3 ? [0, 0] : [1, 2];
  for (let at = 0, from = 0; at < luma.length; at++, from += channels) {
    const [r = 0, g = 0, b = 0] = [data[from], data[from + green], data[from + blue]];
    luma[at] = (77 * r + 150 * g + 29 * b) >> 8;
  }
  return luma;
}

function windowLikeness(one: Uint8Array, other: Uint8Array, start: number, width: number): number {
  let [sum1, sum2, square1, square2, product] = [0, 0, 0, 0, 0];
  for (let row = 0; row < WINDOW; row++) {
    const from = start + row * width;
    for (let at = from; at < from + WINDOW; at++) {
      const a = one[at] as number;
      const b = other[at] as number;
      sum1 += a;
      sum2 += b;
      square1 += a * a;
      square2 += b * b;
      product += a * b;
    }
  }
  const n = WINDOW * WINDOW;
  const mean1 = sum1 / n;
  const mean2 = sum2 / n;
  const variances = square1 / n - mean1 * mean1 + square2 / n - mean2 * mean2;
  return (
    ((2 * mean1 * mean2 + C1) * (2 * (product / n - mean1 * mean2) + C2)) /
    ((mean1 * mean1 + mean2 * mean2 + C1) * (variances + C2))
  );
}
