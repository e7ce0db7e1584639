/**
 * Run by fuzz.test.ts in a process of its own, so that its memory can be watched: prepares mutated pictures, and tells what became of them.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { MediaError } from "../../../src/core/errors/index.ts";
import { prepareImage } from "../../../src/media/image/prepare-image.ts";
import { partsOf } from "./metadata.ts";
import { randomNumbers } from "./photo.ts";

const folder = join(import.meta.dirname, "../../support/fixtures/images");
const [count = 2000, seed = 1] = process.argv.slice(2).map(Number);
const random = randomNumbers(seed);
const whole = (most: number): number => Math.floor(random() * most);

const originals = readdirSync(folder)
  .filter((name) => /\.(?:jpg|png|webp|gif|avif|tif|heic)$/.test(name))
  .map((name) => readFileSync(join(folder, name)));

/** Flips, cuts, repeats, and numbers that are as large as they can be: what breaks readers of lengths and sizes. */
function mutate(original: Buffer): Buffer {
  let bytes = Buffer.from(original);
  for (let times = 1 + whole(4); times > 0; times--) {
    // Headers are short and matter most.
    const at = random() < 0.6 ? whole(Math.min(bytes.length, 200)) : whole(bytes.length);
    switch (whole(6)) {
      case 0:
        bytes[at] = whole(256);
        break;
      case 1:
        bytes[at] = (bytes[at] as number) ^ (1 << whole(8));
        break;
      case 2:
        bytes.fill(random() < 0.5 ? 0xff : 0, at, Math.min(bytes.length, at + 1 + whole(8)));
        break;
      case 3:
        bytes = Buffer.from(bytes.subarray(0, Math.max(1, at)));
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + whole(400)), bytes.subarray(at)]);
        break;
      default: {
        const other = originals[whole(originals.length)] as Buffer;
        bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(whole(other.length))]);
      }
    }
  }
  return bytes;
}

const outcomes: Record<string, number> = {};
const wrong: string[] = [];
let slowest = 0;
for (let round = 0; round < count; round++) {
  const bytes = mutate(originals[round % originals.length] as Buffer);
  const begin = performance.now();
  let outcome: string;
  try {
    // A limit that some have to be made smaller for.
    const { data, width, height } = await prepareImage(bytes, { accept: ["image/*"], maxSize: 4000 });
    const found = partsOf(Buffer.from(data));
    if (found.length > 0 || data.length > 4000 || width * height === 0) wrong.push(`${round}: ${found.join()}`);
    outcome = "sent";
  } catch (error) {
    outcome = error instanceof Error ? error.name : typeof error;
    if (!(error instanceof MediaError) || !error.message.endsWith("Nothing was sent."))
      wrong.push(`${round}: ${String(error)}`);
  }
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  slowest = Math.max(slowest, performance.now() - begin);
}
const peak = process.resourceUsage().maxRSS / 1024;
process.stdout.write(JSON.stringify({ outcomes, wrong, slowest: Math.round(slowest), peak: Math.round(peak) }));
