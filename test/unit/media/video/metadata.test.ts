import { expect, describe, test } from "vitest";
import { prepareVideo } from "../../../../src/media/video/prepare-video.ts";
import { bytesOf, fixture, latitude } from "./fixtures.ts";

/** What would leave the machine. */
async function sentOf(name: string): Promise<Buffer> {
  const { file } = await prepareVideo(fixture(name), {
    transcode: false,
    maxSize: 300_000_000,
    media: {},
    signal: undefined,
    onProgress: () => undefined,
  });
  // In odd pieces, so that what is blanked crosses their borders.
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < file.size; at += 313) pieces.push(await file.read(at, Math.min(313, file.size - at)));
  await file.close();
  return Buffer.concat(pieces);
}

describe("what a video tells beside picture and sound does not leave", () => {
  test.each([
    ["located.mp4", latitude.fixed],
    ["located.mov", latitude.text],
    ["located-keys.mov", latitude.text],
    ["located-track.mp4", latitude.text],
  ])("%s: no byte of the place", async (name, told) => {
    const before = Buffer.from(bytesOf(name));
    const sent = await sentOf(name);
    expect(before.includes(told)).toBe(true);
    expect(sent).toHaveLength(before.length);
    for (const mark of [told, "xyz", "loci", "location", "GPS"]) expect(sent.includes(mark)).toBe(false);
  });

  test("nothing else changes: headers and media stay where they are", async () => {
    const before = Buffer.from(bytesOf("located.mp4"));
    const sent = await sentOf("located.mp4");
    const udta = before.indexOf("udta") - 4;
    const end = udta + before.readUInt32BE(udta);
    expect(sent.subarray(0, udta)).toEqual(before.subarray(0, udta));
    expect(sent.subarray(end)).toEqual(before.subarray(end));
    expect(sent.toString("latin1", udta + 4, udta + 8)).toBe("free");
    expect(sent.subarray(udta + 8, end).every((byte) => byte === 0)).toBe(true);
  });

  test("a track of captions goes with its samples; picture and sound keep theirs", async () => {
    const before = Buffer.from(bytesOf("located-track.mp4"));
    const sent = await sentOf("located-track.mp4");
    const changed = before.reduce((count, byte, at) => (byte === sent[at] ? count : count + 1), 0);
    expect(changed).toBeGreaterThan(100);
    // The clip it was made of has the same media.
    const media = Buffer.from(bytesOf("moov-at-end.mp4"));
    const first = media.indexOf("mdat") + 4;
    expect(sent.includes(media.subarray(first, first + 500))).toBe(true);
  });

  test.each(["h264-aac.mp4", "tagged.mp4", "fragmented.mp4", "quicktime.mov"])(
    "%s has nothing to hide and is sent as it is",
    async (name) => {
      expect(await sentOf(name)).toEqual(Buffer.from(bytesOf(name)));
    },
  );

  test("XMP beside the headers goes too", async () => {
    const xmp = Buffer.from(
      "....uuid\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac<x:xmpmeta exif:GPSLatitude='47'/>",
      "latin1",
    );
    xmp.writeUInt32BE(xmp.length, 0);
    const source = Buffer.concat([bytesOf("moov-at-end.mp4"), xmp]);
    const prepared = await prepareVideo(source, {
      transcode: false,
      maxSize: 300_000_000,
      media: {},
      signal: undefined,
      onProgress: () => undefined,
    });
    expect(prepared.probe.location).toBe(true);
    const sent = Buffer.from(await prepared.file.read(0, prepared.file.size));
    expect(sent.includes("GPSLatitude")).toBe(false);
    expect(sent.subarray(0, -xmp.length)).toEqual(Buffer.from(bytesOf("moov-at-end.mp4")));
  });
});
