import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { fixture } from "../../unit/media/video/fixtures.ts";

/** Runs a program on a machine that has neither ffmpeg nor ffprobe. */
function run(program: string): unknown {
  const args = ["--conditions=skylex-source", "--input-type=module", "--eval", program];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: import.meta.dirname,
    encoding: "utf8",
    env: { PATH: "", HOME: "" },
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

const program = (work: string): string => `
  import { Client, probeVideo } from "../../../src/index.ts";
  const asked = [];
  const fetch = async (url) => (asked.push(url), Response.json({}));
  const client = new Client({ storage: ":memory:", service: "https://pds.test", accessToken: "a.e30.c", fetch, logLevel: "silent" });
  const told = ({ name, message, container, codec }) => ({ name, message, container, codec });
  const result = await (async () => ${work})().catch(told);
  console.log(JSON.stringify({ result, asked }));`;

test("A15.11 an MP4 is read", () => {
  const { result } = run(program(`probeVideo(${JSON.stringify(fixture("rotated-90.mp4"))})`)) as { result: unknown };
  expect(result).toMatchObject({ container: "mp4", videoCodec: "h264", audioCodec: "aac", width: 90, height: 160 });
});

test("A15.11 a WebM is refused with what is missing", () => {
  const { result, asked } = run(program(`client.uploadVideo(${JSON.stringify(fixture("vp9-opus.webm"))})`)) as Told;
  expect(result).toMatchObject({ name: "IncompatibleMediaError", container: "webm" });
  expect(result.message).toMatch(/it is webm.*ffprobe was not found.*FFPROBE_PATH.*Install ffmpeg.*Nothing was sent/);
  expect(asked).toEqual([]);
});

test("A15.11 conversion is refused with what is missing", () => {
  const call = `client.uploadVideo(${JSON.stringify(fixture("hevc.mp4"))}, { transcode: true })`;
  const { result, asked } = run(program(call)) as Told;
  expect(result).toMatchObject({ name: "IncompatibleMediaError", container: "mp4", codec: "hevc" });
  expect(result.message).toMatch(/could not be converted: ffmpeg was not found.*FFMPEG_PATH.*Nothing was sent/);
  expect(asked).toEqual([]);
});

interface Told {
  readonly result: { readonly message: string };
  readonly asked: readonly string[];
}
