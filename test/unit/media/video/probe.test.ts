import { createReadStream, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { probeVideo } from "../../../../src/index.ts";
import type { RandomAccess } from "../../../../src/media/mp4/boxes.ts";
import { readMp4 } from "../../../../src/media/mp4/read-mp4.ts";
import { bytesOf, fixture } from "./fixtures.ts";

const folder = mkdtempSync(join(tmpdir(), "skylex-probe-"));
afterAll(() => rmSync(folder, { recursive: true }));

const clip = { container: "mp4", videoCodec: "h264", audioCodec: "aac", width: 160, height: 90, rotation: 0 };
const upright = { ...clip, width: 90, height: 160 };

describe("MP4 and QuickTime are read without any program", () => {
  test.each([
    ["h264-aac.mp4", { ...clip, fastStart: true, fragmented: false, location: false, size: 6371 }],
    ["moov-at-end.mp4", { ...clip, fastStart: false }],
    ["silent.mp4", { ...clip, audioCodec: undefined }],
    ["rotated-90.mp4", { ...upright, rotation: 90 }],
    ["rotated-180.mp4", { ...clip, rotation: 180 }],
    ["rotated-270.mov", { ...upright, container: "mov", rotation: 270 }],
    ["anamorphic.mp4", { ...clip, audioCodec: undefined, width: 320 }],
    ["quicktime.mov", { ...clip, container: "mov" }],
    ["fragmented.mp4", { ...clip, fragmented: true, fastStart: true }],
    ["fragmented-sidx.mp4", { ...clip, fragmented: true }],
    ["fragmented-after-header.mp4", { ...clip, fragmented: true }],
    ["edit-list.mp4", { ...clip, audioCodec: undefined }],
    ["located.mp4", { ...clip, location: true }],
    ["located.mov", { ...clip, container: "mov", location: true }],
    ["located-keys.mov", { ...clip, container: "mov", location: true }],
    ["located-track.mp4", { ...clip, location: true }],
    ["tagged.mp4", { ...clip, location: false }],
    ["hevc.mp4", { ...clip, videoCodec: "hevc", audioCodec: undefined }],
    ["hevc-aac.mov", { ...clip, container: "mov", videoCodec: "hevc" }],
    ["phone.mov", { ...upright, container: "mov", videoCodec: "hevc", rotation: 90, location: true }],
    ["hdr.mov", { ...clip, container: "mov", videoCodec: "hevc", audioCodec: undefined }],
    ["av1.mp4", { ...clip, videoCodec: "av1", audioCodec: undefined }],
    ["vp9.mp4", { ...clip, videoCodec: "vp9", audioCodec: undefined }],
    ["mpeg4.mp4", { ...clip, videoCodec: "mpeg4" }],
    ["mpeg4-amr.3gp", { ...clip, container: "3gp", videoCodec: "mpeg4", audioCodec: "amr_nb" }],
    ["h264-pcm.mov", { ...clip, container: "mov", audioCodec: "pcm" }],
    ["audio-only.m4a", { ...clip, videoCodec: undefined, width: 0, height: 0 }],
  ])("E19 %s", async (name, expected) => {
    const probe = await probeVideo(fixture(name));
    expect(probe).toMatchObject(expected);
    // A second, give or take a frame of sound before it begins.
    expect(probe.duration).toBeGreaterThanOrEqual(1);
    expect(probe.duration).toBeLessThan(1.07);
  });
});

test("from a path, a URL, bytes, a Blob and streams it is the same", async () => {
  const name = "rotated-90.mp4";
  const expected = await probeVideo(fixture(name));
  const bytes = bytesOf(name);
  const sources = [
    pathToFileURL(fixture(name)),
    bytes,
    bytes.buffer as ArrayBuffer,
    new Blob([bytes.slice()]),
    new Blob([bytes.slice()]).stream(),
    createReadStream(fixture(name), { highWaterMark: 700 }),
  ];
  for (const source of sources) expect(await probeVideo(source)).toEqual(expected);
});

/** Counts what is asked for. */
const counted = (size: number, bytesAt: (at: number, length: number) => Uint8Array) => {
  const asked: number[] = [];
  const source: RandomAccess = {
    size,
    read: async (at, length) => {
      asked.push(length);
      return bytesAt(at, Math.min(length, size - at));
    },
  };
  return { source, asked };
};

describe("what is read is bounded", () => {
  test("of 280 MB with the headers at the end, four windows", async () => {
    const bytes = bytesOf("moov-at-end.mp4");
    const text = Buffer.from(bytes);
    const mdat = text.indexOf("mdat") - 4;
    const moov = text.indexOf("moov") - 4;
    // The media grows by 280 MB of zeros; the headers come behind.
    const grown = 280_000_000;
    text.writeUInt32BE(moov - mdat + grown, mdat);
    const at = moov + grown;
    const { source, asked } = counted(bytes.length + grown, (from, length) => {
      const piece = new Uint8Array(length);
      piece.set(text.subarray(from, Math.min(from + length, moov)));
      const start = Math.max(from, at);
      if (start < from + length) piece.set(text.subarray(start - grown, from + length - grown), start - from);
      return piece;
    });
    const { tracks } = await readMp4(source);
    expect(tracks).toHaveLength(2);
    expect(asked.length).toBeLessThanOrEqual(4);
    expect(Math.max(...asked)).toBeLessThanOrEqual(65_536);
  });

  test("a file that says it has endless boxes is given up", async () => {
    const size = 12_000_000;
    const { source, asked } = counted(size, (at, length) => {
      const piece = new Uint8Array(length);
      for (let index = 0; index < length; index++)
        piece[index] = [0, 0, 0, 8, 102, 114, 101, 101][(at + index) % 8] ?? 0;
      return piece;
    });
    await expect(readMp4(source)).rejects.toThrow("more than 500000 boxes");
    expect(asked.length).toBeLessThan(70);
  });

  test("a box that claims more than the file has is damage, not memory", async () => {
    const path = join(folder, "huge.mp4");
    const head = Buffer.concat([bytesOf("h264-aac.mp4")]);
    head.writeUInt32BE(0x7f_ff_ff_ff, head.indexOf("moov") - 4);
    writeFileSync(path, head);
    truncateSync(path, 100_000_000);
    await expect(probeVideo(path)).rejects.toMatchObject({
      name: "IncompatibleMediaError",
      reason: expect.stringContaining('ends before its box "moov" does') as unknown,
    });
  });
});

test("a recording that was cut off is told from a whole one", async () => {
  const whole = bytesOf("moov-at-end.mp4");
  await expect(probeVideo(whole.slice(0, 3000))).rejects.toThrow(/ends before its box "mdat" does/);
  await expect(probeVideo(bytesOf("h264-aac.mp4").slice(0, 5000))).rejects.toThrow(/ends before its box "mdat" does/);
});
