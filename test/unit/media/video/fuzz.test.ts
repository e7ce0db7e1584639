import { expect, test } from "vitest";
import { MediaError } from "../../../../src/index.ts";
import { readMp4 } from "../../../../src/media/mp4/read-mp4.ts";
import { DamagedMp4, type RandomAccess } from "../../../../src/media/mp4/boxes.ts";
import { findMetadata } from "../../../../src/media/mp4/private-metadata.ts";
import { prepareVideo } from "../../../../src/media/video/prepare-video.ts";
import { bytesOf } from "./fixtures.ts";

const names = [
  "h264-aac.mp4",
  "moov-at-end.mp4",
  "fragmented.mp4",
  "fragmented-sidx.mp4",
  "located.mp4",
  "located-keys.mov",
  "located-track.mp4",
  "h264-pcm.mov",
];
const MUTATIONS = 2_000;

/** The same numbers in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const extremes = [0, 1, 7, 8, 9, 15, 16, 0x7f_ff_ff_ff, 0x80_00_00_00, 0xff_ff_ff_fe, 0xff_ff_ff_ff];

function mutate(original: Uint8Array, random: (below: number) => number): Uint8Array {
  let bytes = Buffer.from(original);
  const text = bytes.toString("latin1");
  // Most of a file is media; what is read are headers, so that is where most of it happens.
  const headers = [...text.matchAll(/moov|trak|stbl|stsd|stsz|stsc|stco|moof|traf|trun|tfhd|udta|meta|keys|esds/g)];
  const near = (): number => Math.min(bytes.length - 8, (headers[random(headers.length)]?.index ?? 4) - 4 + random(40));
  for (let times = 1 + random(4); times > 0; times--) {
    const at = Math.max(4, near());
    switch (random(6)) {
      case 0:
        bytes[at] = random(256);
        break;
      case 1:
        bytes.writeUInt32BE(extremes[random(extremes.length)] as number, at);
        break;
      case 2:
        bytes.writeUInt32BE(random(2 ** 16), at);
        break;
      case 3:
        bytes = bytes.subarray(0, Math.max(16, random(bytes.length)));
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(12))]);
        break;
      default:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(near(), bytes.length)]);
    }
    if (bytes.length < 20) break;
  }
  return bytes;
}

test(`${MUTATIONS} broken MP4s: each is read or refused by its own error, within bounded memory`, async () => {
  const random = numbers(20_261_121);
  const originals = names.map(bytesOf);
  const outcomes = { read: 0, refused: 0 };
  let asked = 0;
  for (let round = 0; round < MUTATIONS; round++) {
    const bytes = mutate(originals[round % originals.length] as Uint8Array, random);
    const source: RandomAccess = {
      size: bytes.length,
      read: async (at, length) => {
        asked = Math.max(asked, length);
        return bytes.subarray(at, at + length);
      },
    };
    try {
      const mp4 = await readMp4(source);
      await findMetadata(mp4);
      expect(Number.isFinite(mp4.duration)).toBe(true);
      outcomes.read++;
    } catch (error) {
      if (!(error instanceof DamagedMp4)) throw new Error(`round ${round}`, { cause: error });
      outcomes.refused++;
    }
    const options = { transcode: false, maxSize: 3e8, media: {}, signal: undefined, onProgress: () => undefined };
    const prepared = await prepareVideo(bytes, options).catch((error: unknown) => {
      if (!(error instanceof MediaError)) throw new Error(`round ${round}`, { cause: error });
    });
    const sent = await prepared?.file.read(0, bytes.length);
    if (sent !== undefined && sent.length !== bytes.length) throw new Error(`round ${round}: the length changed`);
  }
  expect(asked).toBeLessThanOrEqual(65_536);
  expect(outcomes.read).toBeGreaterThan(200);
  expect(outcomes.refused).toBeGreaterThan(200);
});
