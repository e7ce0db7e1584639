import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { IncompatibleMediaError, MediaTooLargeError, probeVideo, type MediaSource } from "../../../src/index.ts";
import { decodeStill } from "../../../src/media/image/decode-still.ts";
import { prepareVideo, type PrepareOptions } from "../../../src/media/video/prepare-video.ts";
import { ffmpegPath, ffprobePath } from "../../unit/media/video/binaries.ts";
import { bytesOf, fixture, latitude } from "../../unit/media/video/fixtures.ts";

process.env["FFMPEG_PATH"] = ffmpegPath;
process.env["FFPROBE_PATH"] = ffprobePath;
const folder = mkdtempSync(join(tmpdir(), "skylex-transcode-"));
process.env["TMPDIR"] = folder;
afterAll(() => rmSync(folder, { recursive: true }));

const temporaryFolders = (): readonly string[] =>
  readdirSync(folder).filter((name) => name.startsWith("skylex-video-"));

/** The bytes that would be sent, what they are, and what was told on the way. */
async function convert(source: MediaSource, options: Partial<PrepareOptions> = {}) {
  const percents: (number | undefined)[] = [];
  const prepared = await prepareVideo(source, {
    transcode: true,
    maxSize: 300_000_000,
    media: {},
    signal: undefined,
    onProgress: (phase, percent) => {
      if (phase === "transcode") percents.push(percent);
    },
    ...options,
  });
  const bytes = Buffer.from(await prepared.file.read(0, prepared.file.size));
  await prepared.file.close();
  expect(temporaryFolders()).toEqual([]);
  return { ...prepared, bytes, percents };
}

interface Streams {
  readonly streams: readonly Readonly<Record<string, unknown>>[];
  readonly format: { readonly duration: string; readonly tags?: Readonly<Record<string, string>> };
}

function ffprobe(path: string): Streams {
  const args = ["-v", "error", "-print_format", "json", "-show_streams", "-show_format", path];
  return JSON.parse(execFileSync(ffprobePath, args, { encoding: "utf8" })) as Streams;
}

test.each(readdirSync(join(import.meta.dirname, "../../support/fixtures/videos")))(
  "%s: ffprobe reads the same",
  async (name) => {
    const { streams, format } = ffprobe(fixture(name));
    const video = streams.find(({ codec_type }) => codec_type === "video");
    const audio = streams.find(({ codec_type }) => codec_type === "audio");
    const probe = await probeVideo(fixture(name));
    const [across = 1, down = 1] = String(video?.["sample_aspect_ratio"] ?? "1:1")
      .split(":")
      .map(Number);
    const sides = [probe.width, probe.height];
    if (probe.rotation % 180 !== 0) sides.reverse();
    expect(probe.videoCodec).toBe(video?.["codec_name"]);
    expect(probe.audioCodec).toBe(String(audio?.["codec_name"] ?? "").replace("pcm_s16le", "pcm") || undefined);
    expect(sides).toEqual(video ? [(Number(video["width"]) * across) / down, video["height"]] : [0, 0]);
    // It counts by edit lists, and fragments twice over.
    expect(Math.abs((probe.duration ?? 0) - Number(format.duration))).toBeLessThan(0.5);
  },
);

describe("what Bluesky does not take becomes MP4 with H.264 and AAC", () => {
  test.each([
    ["vp9-opus.webm", "aac", [160, 90]],
    ["hevc-aac.mov", "aac", [160, 90]],
    ["av1.mp4", undefined, [160, 90]],
    ["mpeg4-amr.3gp", "aac", [160, 90]],
    ["h264-pcm.mov", "aac", [160, 90]],
    ["h264.mkv", "aac", [160, 90]],
    ["animated.gif", undefined, [64, 36]],
    ["odd.avi", undefined, [160, 90]],
  ])("%s", async (name, audioCodec, [width, height]) => {
    const { probe, bytes, percents, ...rest } = await convert(fixture(name));
    expect(rest).toMatchObject({ mimeType: "video/mp4", transcoded: true });
    const expected = { container: "mp4", videoCodec: "h264", audioCodec, width, height, fastStart: true };
    expect(probe).toMatchObject(expected);
    expect([percents[0], percents.at(-1)]).toEqual([0, 100]);
    const path = join(folder, "result.mp4");
    writeFileSync(path, bytes);
    const { streams, format } = ffprobe(path);
    expect(streams[0]).toMatchObject({ codec_name: "h264", pix_fmt: "yuv420p", sample_aspect_ratio: "1:1" });
    expect(Object.keys(format.tags ?? {}).filter((tag) => !/brand|minor/.test(tag))).toEqual([]);
  });

  test("what it takes already stays as it is, byte for byte", async () => {
    const { bytes, transcoded } = await convert(fixture("h264-aac.mp4"));
    expect([transcoded, bytes]).toEqual([false, Buffer.from(bytesOf("h264-aac.mp4"))]);
  });

  test("upright, from bytes, a stream and a path alike, and the same bytes each time", async () => {
    const name = "phone.mov";
    const results = [
      await convert(fixture(name)),
      await convert(bytesOf(name)),
      await convert(new Blob([bytesOf(name).slice()]).stream()),
    ];
    for (const { probe, bytes } of results) {
      expect(probe).toMatchObject({ width: 90, height: 160, rotation: 0, videoCodec: "h264" });
      expect(bytes).toEqual(results[0]?.bytes);
    }
  });

  test("the place is gone with all other metadata", async () => {
    const { bytes, transcoded } = await convert(fixture("phone.mov"));
    expect(transcoded).toBe(true);
    expect(bytes.includes(latitude.text)).toBe(false);
    expect(bytes.includes("Apple")).toBe(false);
  });

  test("high dynamic range becomes what screens show", async () => {
    const path = join(folder, "sdr.mp4");
    writeFileSync(path, (await convert(fixture("hdr.mov"))).bytes);
    const [before, after] = [ffprobe(fixture("hdr.mov")), ffprobe(path)].map(({ streams }) => streams[0]);
    expect(before).toMatchObject({ color_transfer: "arib-std-b67", color_primaries: "bt2020" });
    expect(after).toMatchObject({ color_transfer: "bt709", color_primaries: "bt709", color_space: "bt709" });
  });

  test("noise is made to fit the limit", async () => {
    const path = join(folder, "noise.mkv");
    const source = "nullsrc=s=320x180:r=15:d=2,geq=random(1)*255:128:128";
    execFileSync(ffmpegPath, ["-v", "error", "-f", "lavfi", "-i", source, "-c:v", "libx264", "-qp", "10", path]);
    const { bytes } = await convert(path, { maxSize: 120_000 });
    expect(bytes.length).toBeLessThanOrEqual(120_000);
    expect(bytes.length).toBeGreaterThan(40_000);
  });
});

describe("what cannot be converted", () => {
  test("too long for the limit at any quality: said before the work is begun", async () => {
    const failed = convert(fixture("hevc-aac.mov"), { maxSize: 5000 });
    await expect(failed).rejects.toBeInstanceOf(MediaTooLargeError);
    await expect(failed).rejects.toThrow(/too long for 5000 bytes.*Cut it shorter/);
    expect(temporaryFolders()).toEqual([]);
  });

  test("a WebM that is broken behind its first bytes", async () => {
    const broken = Buffer.concat([bytesOf("vp9-opus.webm").slice(0, 60), Buffer.alloc(5000, 7)]);
    const failed = convert(broken);
    await expect(failed).rejects.toBeInstanceOf(IncompatibleMediaError);
    await expect(failed).rejects.toThrow(/could not be converted: ffmpeg said: .*Nothing was sent/);
    expect(temporaryFolders()).toEqual([]);
  });

  test("files that name other files are not handed over", async () => {
    const secret = join(folder, "secret.txt");
    writeFileSync(secret, "secret");
    const playlist = Buffer.from(`ffconcat version 1.0\nfile ${secret}\n`.padEnd(600));
    await expect(convert(playlist)).rejects.toThrow(/no kind of video/);
  });
});

test("a picture that ffmpeg can decode is given as PNG", async () => {
  const png = Buffer.from(await decodeStill("a.heic", bytesOf("hevc.mp4")));
  expect(png.subarray(1, 4).toString()).toBe("PNG");
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([160, 90]);
  await expect(decodeStill("a.heic", Buffer.from("no picture"))).rejects.toThrow(
    /a\.heic cannot be decoded: ffmpeg said/,
  );
  expect(temporaryFolders()).toEqual([]);
});
