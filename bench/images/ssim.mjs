/**
 * Structural similarity of two pictures' luma, from 0 to 1: windows of 8 x 8 pixels, four apart.
 * Z. Wang et al., Image quality assessment: from error visibility to structural similarity, 2004, https://doi.org/10.1109/TIP.2003.819861
 */
export function ssim(one, other, width, height) {
  let sum = 0;
  let count = 0;
  for (let y = 0; y + WINDOW <= height; y += STEP) {
    for (let x = 0; x + WINDOW <= width; x += STEP) {
      sum += similarity(one, other, y * width + x, width);
      count++;
    }
  }
  return sum / count;
}

const WINDOW = 8;
const STEP = 4;
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

function similarity(one, other, start, width) {
  let [sum1, sum2, square1, square2, product] = [0, 0, 0, 0, 0];
  for (let row = 0; row < WINDOW; row++) {
    const from = start + row * width;
    for (let at = from; at < from + WINDOW; at++) {
      const [a, b] = [one[at], other[at]];
      sum1 += a;
      sum2 += b;
      square1 += a * a;
      square2 += b * b;
      product += a * b;
    }
  }
  const n = WINDOW * WINDOW;
  const [mean1, mean2] = [sum1 / n, sum2 / n];
  const [variance1, variance2] = [square1 / n - mean1 * mean1, square2 / n - mean2 * mean2];
  const covariance = product / n - mean1 * mean2;
  return (
    ((2 * mean1 * mean2 + C1) * (2 * covariance + C2)) /
    ((mean1 * mean1 + mean2 * mean2 + C1) * (variance1 + variance2 + C2))
  );
}

/** Luma of RGB pixels: https://www.itu.int/rec/R-REC-BT.601 */
export function lumaOf(pixels) {
  const luma = new Float32Array(pixels.length / 3);
  for (let at = 0; at < luma.length; at++) {
    luma[at] = 0.299 * pixels[at * 3] + 0.587 * pixels[at * 3 + 1] + 0.114 * pixels[at * 3 + 2];
  }
  return luma;
}
