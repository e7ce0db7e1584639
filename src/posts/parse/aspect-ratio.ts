import type { AspectRatio } from "../content.ts";
import type { Issues } from "./issues.ts";

/** Parts that a whole number is made of, where one is given that is not: 1.78:1 is 1780:1000 */
const PARTS = 1000;

/** A ratio in the whole numbers that records have: https://docs.bsky.app/docs/api/app-bsky-embed-defs */
export function wholeRatio(ratio: AspectRatio | undefined, path: string, issues: Issues): AspectRatio | undefined {
  if (ratio === undefined) return undefined;
  const { width, height } = ratio;
  const isWhole = Number.isSafeInteger(width) && Number.isSafeInteger(height);
  const whole = isWhole ? { width, height } : { width: Math.round(width * PARTS), height: Math.round(height * PARTS) };
  if (Object.values(whole).every((length) => Number.isSafeInteger(length) && length > 0)) return whole;
  issues.add(path, `is ${width}:${height}; width and height are numbers greater than 0`);
  return undefined;
}
