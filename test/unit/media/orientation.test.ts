import sharp from "sharp";
import { expect, test } from "vitest";
import { walkJpeg } from "../../../src/media/strip-metadata/jpeg.ts";
import { orientationIn } from "../../../src/media/strip-metadata/orientation.ts";
import { prepareImage } from "../../../src/index.ts";
import { bytesOf, post } from "./pictures.ts";

interface Entry {
  readonly tag?: number;
  readonly type?: number;
  readonly count?: number;
  readonly value: number;
}

/** A block of EXIF whose first directory has these entries. */
function exif(entries: readonly Entry[], isLittle: boolean): Buffer {
  const block = Buffer.alloc(6 + 8 + 2 + 12 * entries.length + 4);
  const view = new DataView(block.buffer, block.byteOffset + 6);
  block.write("Exif\0\0", "latin1");
  block.write(isLittle ? "II" : "MM", 6, "latin1");
  view.setUint16(2, 42, isLittle);
  view.setUint32(4, 8, isLittle);
  view.setUint16(8, entries.length, isLittle);
  for (const [index, { tag = 0x0112, type = 3, count = 1, value }] of entries.entries()) {
    const at = 10 + 12 * index;
    view.setUint16(at, tag, isLittle);
    view.setUint16(at + 2, type, isLittle);
    view.setUint32(at + 4, count, isLittle);
    view.setUint16(at + 8, value, isLittle);
  }
  return block;
}

function withExif(...blocks: readonly Buffer[]): Buffer {
  const plain = bytesOf("clean.jpg");
  const segments = blocks.flatMap((block) => {
    const head = Buffer.from([0xff, 0xe1, 0, 0]);
    head.writeUInt16BE(block.length + 2, 2);
    return [head, block];
  });
  return Buffer.concat([plain.subarray(0, 2), ...segments, plain.subarray(2)]);
}

const software = { tag: 0x0131, type: 2, count: 1, value: 0 };

test.each([true, false])("what EXIF says of turning is what the decoder reads, little endian: %s", async (isLittle) => {
  for (let turn = 1; turn <= 8; turn++) {
    const file = withExif(exif([software, { value: turn }], isLittle));
    const { orientation } = await sharp(file).metadata();
    expect([turn, walkJpeg(file).orientation, orientation]).toEqual([turn, turn, turn]);
  }
  const silent = withExif(exif([software], isLittle));
  expect([walkJpeg(silent).orientation, (await sharp(silent).metadata()).orientation ?? 1]).toEqual([1, 1]);
});

test("what is not plain is left to the decoder", () => {
  const odd: readonly (readonly Entry[])[] = [
    [{ value: 0 }],
    [{ value: 9 }],
    [{ type: 4, value: 6 }],
    [{ count: 2, value: 6 }],
    [{ value: 1 }, { value: 6 }],
  ];
  for (const entries of odd) expect(orientationIn(exif(entries, true))).toBe(undefined);
  const block = exif([{ value: 6 }], false);
  expect(walkJpeg(withExif(block, block)).orientation).toBe(undefined);
  expect(orientationIn(Buffer.concat([Buffer.from("Exif\0x"), block.subarray(6)]))).toBe(undefined);
});

test("no block that is cut off or changed throws", () => {
  const block = exif([software, { value: 6 }], true);
  for (let length = 0; length < block.length - 4; length++)
    expect(orientationIn(block.subarray(0, length))).toBe(undefined);
  for (let at = 0; at < block.length; at++) {
    for (const byte of [0, 1, 0x7f, 0x80, 0xff]) {
      const changed = Buffer.from(block);
      changed[at] = byte;
      expect([undefined, 1, 2, 3, 4, 5, 6, 7, 8]).toContain(orientationIn(changed));
    }
  }
});

const frame = async (background: string): Promise<Buffer> =>
  sharp({ create: { width: 40, height: 20, channels: 3, background } })
    .composite([{ input: { create: { width: 10, height: 10, channels: 3, background: "white" } }, left: 0, top: 0 }])
    .png()
    .toBuffer();
const isLike = (given: readonly number[], wanted: readonly number[]): boolean =>
  given.every((value, channel) => Math.abs(value - (wanted[channel] ?? 0)) < 60);

test("P7 an animated WebP is turned as its EXIF says, with its frames, times and loop", async () => {
  const frames = [await frame("red"), await frame("blue")];
  const upright = await sharp(frames, { join: { animated: true } })
    .webp({ delay: [100, 200], loop: 3 })
    .toBuffer();
  const lying = await sharp(upright, { animated: true }).withMetadata({ orientation: 6 }).webp().toBuffer();
  const { data, width, height, aspectRatio, changes } = await prepareImage(lying, post);
  expect([width, height, aspectRatio]).toEqual([20, 40, { width: 20, height: 40 }]);
  expect(changes).toContain("turned upright");
  const made = await sharp(data, { animated: true }).metadata();
  expect(made).toMatchObject({ pages: 2, width: 20, pageHeight: 40, delay: [100, 200], loop: 3 });
  expect([made.orientation ?? 1, made.exif]).toEqual([1, undefined]);
  // What was at the top left is at the top right.
  const { data: pixels, info } = await sharp(data, { page: 1 }).raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number): readonly number[] =>
    [...pixels.subarray((y * info.width + x) * info.channels)].slice(0, 3);
  expect([isLike(at(17, 2), [255, 255, 255]), isLike(at(2, 2), [0, 0, 255]), isLike(at(2, 37), [0, 0, 255])]).toEqual([
    true,
    true,
    true,
  ]);
});
