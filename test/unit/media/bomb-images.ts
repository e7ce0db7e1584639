/** Run by fuzz.test.ts in a process of its own: pictures of few bytes that are many pixels or frames. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MediaTooLargeError } from "../../../src/core/errors/index.ts";
import { prepareImage } from "../../../src/media/image/prepare-image.ts";
import { blackPng, longGif } from "./bombs.ts";

const gif = readFileSync(join(import.meta.dirname, "../../support/fixtures/images/animated.gif"));
const bombs: readonly (readonly [name: string, bytes: () => Buffer, maxSize: number])[] = [
  ["16000 squared", () => blackPng(16_000, false), 10_000],
  ["17000 squared", () => blackPng(17_000, false), 10_000],
  ["10000 squared, interlaced", () => blackPng(10_000, true), 10_000],
  ["11000 squared, interlaced", () => blackPng(11_000, true), 10_000],
  ["1500 frames", () => longGif(gif, 300), 1_000_000],
  ["40000 frames", () => longGif(gif, 8_000), 1_000_000],
];

const outcomes: Record<string, string> = {};
for (const [name, bytes, maxSize] of bombs) {
  try {
    const { data } = await prepareImage(bytes(), { accept: ["image/*"], maxSize });
    outcomes[name] = data.length <= maxSize ? "sent" : "too large";
  } catch (error) {
    outcomes[name] = error instanceof MediaTooLargeError ? `refused: ${error.unit}` : String(error);
  }
}
const peak = Math.round(process.resourceUsage().maxRSS / 1024);
process.stdout.write(JSON.stringify({ outcomes, peak }));
