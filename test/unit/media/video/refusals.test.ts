import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { IncompatibleMediaError, MediaError, MediaTooLargeError, type MediaSource } from "../../../../src/index.ts";
import { bytesOf, fixture } from "./fixtures.ts";
import { done, job, scriptedService } from "./scripted-service.ts";

const folder = mkdtempSync(join(tmpdir(), "skylex-refusals-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What becomes of a video; nothing may be asked of any server. */
async function refused(source: MediaSource, options = {}): Promise<unknown> {
  const { client, clock, fetch } = scriptedService({});
  const error: unknown = await clock.run(client.uploadVideo(source, options)).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(fetch.requests).toEqual([]);
  expect((error as Error).message).toMatch(/Nothing was sent\.$/);
  return error;
}

describe("A15.6 refused before anything is sent", () => {
  test.each([
    ["hevc.mp4", "mp4", "hevc", /its picture is hevc/],
    ["hevc-aac.mov", "mov", "hevc", /its picture is hevc/],
    ["av1.mp4", "mp4", "av1", /its picture is av1/],
    ["vp9.mp4", "mp4", "vp9", /its picture is vp9/],
    ["mpeg4.mp4", "mp4", "mpeg4", /its picture is mpeg4/],
    ["mpeg4-amr.3gp", "3gp", "mpeg4", /it is 3gp with mpeg4 and amr_nb/],
    ["h264-aac.3gp", "3gp", "h264", /it is 3gp with h264 and aac/],
    ["h264-pcm.mov", "mov", "h264", /its sound is pcm/],
  ])("%s", async (name, container, codec, reason) => {
    const error = await refused(fixture(name));
    expect(error).toBeInstanceOf(IncompatibleMediaError);
    expect(error).toMatchObject({ container, codec, reason: expect.stringMatching(reason) as unknown });
    expect((error as Error).message).toMatch(/transcode: true/);
  });

  test.each([
    ["sound without a picture", bytesOf("audio-only.m4a"), /it has no picture/],
    ["text", Buffer.from("#EXTM3U\n#EXT-X-STREAM-INF\nhttp://127.0.0.1/secret\n".repeat(20)), /no kind of video/],
    ["noise", Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7919) % 251)), /no kind of video/],
    ["a JPEG", Buffer.concat([Buffer.from("ffd8ffe000104a464946", "hex"), Buffer.alloc(500)]), /a JPEG picture/],
    ["an MP4 cut short", bytesOf("h264-aac.mp4").slice(0, 4000), /ends before its box "mdat" does/],
    ["headers alone", bytesOf("h264-aac.mp4").slice(0, 32), /it has no header \(moov\)/],
  ])("%s", async (_, bytes, reason) => {
    const error = await refused(bytes);
    expect(error).toBeInstanceOf(IncompatibleMediaError);
    expect((error as Error).message).toMatch(reason);
  });

  test("nothing at all, and what is not there", async () => {
    expect(await refused(new Uint8Array())).toBeInstanceOf(MediaError);
    expect(await refused(join(folder, "missing.mp4"))).toBeInstanceOf(MediaError);
    expect(await refused(folder)).toBeInstanceOf(MediaError);
  });
});

/** A clip that has grown by a hole of zeros, which takes no room on the disk. */
function grown(size: number): string {
  const path = join(folder, `${size}.mp4`);
  const bytes = bytesOf("h264-aac.mp4");
  writeFileSync(path, bytes);
  const file = openSync(path, "r+");
  const free = Buffer.from("00000000free", "latin1");
  free.writeUInt32BE(size - bytes.length, 0);
  writeSync(file, Buffer.concat([free.subarray(0, 4), Buffer.from("free")]), 0, 8, bytes.length);
  closeSync(file);
  truncateSync(path, size);
  return path;
}

describe("the size that the lexicon allows", () => {
  test("A15.6 a byte more is refused before anything is sent, with both sizes", async () => {
    const error = await refused(grown(300_000_001));
    expect(error).toBeInstanceOf(MediaTooLargeError);
    expect(error).toMatchObject({ size: 300_000_001, maxSize: 300_000_000 });
  });

  test("exactly so many are sent, none of them read to memory as a whole", async () => {
    const { client, clock, fetch } = scriptedService({ uploadVideo: job("JOB_STATE_CREATED"), getJobStatus: done });
    await clock.run(client.uploadVideo(grown(300_000_000), { multipart: false }));
    const upload = fetch.requests.find(({ url }) => url.pathname.endsWith("uploadVideo"));
    expect(upload?.headers["content-length"]).toBe("300000000");
    expect(upload?.body).toBeInstanceOf(ReadableStream);
  });

  test("a stream is given up where it grows too long", async () => {
    let given = 0;
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      yield bytesOf("h264-aac.mp4");
      for (const chunk = new Uint8Array(10_000_000); ; given += chunk.length) yield chunk;
    };
    const error = await refused(endless());
    expect(error).toBeInstanceOf(MediaTooLargeError);
    expect(given).toBeLessThanOrEqual(310_000_000);
  });
});

describe("captions", () => {
  const vtt = Buffer.from("WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n");
  const clip = bytesOf("h264-aac.mp4");

  test.each([
    ["no WebVTT", [{ lang: "en", file: Buffer.from("1\n00:00:00,000 --> 00:00:01,000\nHello") }], /no WebVTT/],
    ["a language that is none", [{ lang: "not a language", file: vtt }], /captions\[0\]: lang must be/],
    [
      "a language twice",
      [
        { lang: "en", file: vtt },
        { lang: "en", file: vtt },
      ],
      /captions\[1\].*in en already/,
    ],
    ["too long a text", [{ lang: "en", file: Buffer.concat([vtt, Buffer.alloc(20_000, 65)]) }], /20038 bytes.*20000/],
    ["an empty one", [{ lang: "en", file: Buffer.alloc(0) }], /is empty/],
    [
      "too many",
      Array.from({ length: 21 }, (_, index) => ({ lang: `a${index}`, file: vtt })),
      /at most 20 captions, not 21/,
    ],
  ])("A15.9 %s: refused before anything is sent", async (_, captions, said) => {
    const error = await refused(clip, { captions });
    expect(error).toBeInstanceOf(MediaError);
    expect((error as Error).message).toMatch(said);
  });
});
