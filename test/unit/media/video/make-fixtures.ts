import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ffmpegPath } from "./binaries.ts";

/**
 * Makes the clips under `fixtures/`: `node test/unit/media/video/make-fixtures.ts`. They are committed, so that tests need no encoder and
 * everybody tests the same bytes; run it to add one.
 */
const folder = join(import.meta.dirname, "../../../support/fixtures/videos");
const scratch = mkdtempSync(join(tmpdir(), "skylex-fixtures-"));

const picture = ["-f", "lavfi", "-i", "testsrc=size=160x90:rate=10:duration=1"];
const tone = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=16000:duration=1"];
const h264 = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-preset", "veryslow", "-crf", "40", "-g", "5"];
const aac = ["-c:a", "aac", "-b:a", "16k", "-ac", "1"];
const plain = ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact", "-map_metadata", "-1"];
const place = "+47.3769+008.5417/";

function make(name: string, ...args: readonly string[]): void {
  execFileSync(ffmpegPath, ["-v", "error", "-y", "-nostdin", ...args, join(folder, name)], { stdio: "inherit" });
}

mkdirSync(folder, { recursive: true });
const at = (name: string): string => join(folder, name);
try {
  make("h264-aac.mp4", ...picture, ...tone, ...h264, ...aac, ...plain, "-movflags", "+faststart");
  make("moov-at-end.mp4", "-i", at("h264-aac.mp4"), "-c", "copy", ...plain);
  make("silent.mp4", "-i", at("h264-aac.mp4"), "-c", "copy", "-an", ...plain, "-movflags", "+faststart");
  // This ffmpeg turns the other way: `rotate=270` is what a phone held upright writes, a quarter clockwise.
  make("rotated-90.mp4", "-i", at("h264-aac.mp4"), "-c", "copy", "-metadata:s:v", "rotate=270", "-fflags", "+bitexact");
  make(
    "rotated-180.mp4",
    "-i",
    at("h264-aac.mp4"),
    "-c",
    "copy",
    "-metadata:s:v",
    "rotate=180",
    "-fflags",
    "+bitexact",
  );
  make("rotated-270.mov", "-i", at("h264-aac.mp4"), "-c", "copy", "-metadata:s:v", "rotate=90", "-fflags", "+bitexact");
  make("anamorphic.mp4", ...picture, ...h264, "-vf", "setsar=2/1", ...plain);
  make("quicktime.mov", "-i", at("h264-aac.mp4"), "-c", "copy", ...plain);
  const fragments = "+empty_moov+default_base_moof";
  make("fragmented.mp4", "-i", at("h264-aac.mp4"), "-c", "copy", ...plain, "-movflags", `${fragments}+frag_keyframe`);
  make(
    "fragmented-sidx.mp4",
    "-i",
    at("h264-aac.mp4"),
    "-c",
    "copy",
    ...plain,
    "-movflags",
    `${fragments}+frag_keyframe+dash`,
  );
  // The header has the first part, fragments the rest.
  make("fragmented-after-header.mp4", "-i", at("h264-aac.mp4"), "-c", "copy", ...plain, "-movflags", "+frag_keyframe");
  // One second of ten, cut without encoding: all from the key frame on is there, and an edit list says what is shown.
  const long = join(scratch, "long.mp4");
  const ten = ["-f", "lavfi", "-i", "testsrc=size=160x90:rate=10:duration=10"];
  const oneKeyFrame = [
    "-c:v",
    "libx264",
    "-pix_fmt",
    "yuv420p",
    "-crf",
    "45",
    "-bf",
    "0",
    "-g",
    "200",
    "-sc_threshold",
    "0",
  ];
  execFileSync(ffmpegPath, ["-v", "error", "-y", ...ten, ...oneKeyFrame, ...plain, long]);
  make("edit-list.mp4", "-ss", "8", "-i", long, "-t", "1", "-c", "copy", ...plain);
  const located = ["-metadata", `location=${place}`, "-metadata", `location-eng=${place}`];
  make(
    "located.mp4",
    "-i",
    at("h264-aac.mp4"),
    "-c",
    "copy",
    "-fflags",
    "+bitexact",
    ...located,
    "-movflags",
    "+faststart",
  );
  make("located.mov", "-i", at("h264-aac.mp4"), "-c", "copy", "-fflags", "+bitexact", ...located);
  const apple = [
    "-metadata",
    `com.apple.quicktime.location.ISO6709=${place}`,
    "-metadata",
    "com.apple.quicktime.make=Apple",
  ];
  make(
    "located-keys.mov",
    "-i",
    at("h264-aac.mp4"),
    "-c",
    "copy",
    "-fflags",
    "+bitexact",
    ...apple,
    "-movflags",
    "use_metadata_tags",
  );
  const track = join(scratch, "track.srt");
  writeFileSync(
    track,
    `1\n00:00:00,000 --> 00:00:00,500\nGPS(${place})\n\n2\n00:00:00,500 --> 00:00:01,000\nGPS(${place})\n`,
  );
  make(
    "located-track.mp4",
    "-i",
    at("h264-aac.mp4"),
    "-i",
    track,
    "-c:v",
    "copy",
    "-c:a",
    "copy",
    "-c:s",
    "mov_text",
    ...plain,
  );
  make("tagged.mp4", "-i", at("h264-aac.mp4"), "-c", "copy", "-movflags", "+faststart");
  make(
    "hevc.mp4",
    ...picture,
    "-c:v",
    "libx265",
    "-pix_fmt",
    "yuv420p",
    "-crf",
    "45",
    "-x265-params",
    "log-level=error:info=0",
    "-tag:v",
    "hvc1",
    ...plain,
  );
  make(
    "hevc-aac.mov",
    ...picture,
    ...tone,
    "-c:v",
    "libx265",
    "-pix_fmt",
    "yuv420p",
    "-crf",
    "45",
    "-x265-params",
    "log-level=error:info=0",
    "-tag:v",
    "hvc1",
    ...aac,
    ...plain,
  );
  const hlg = [
    "-color_primaries",
    "bt2020",
    "-color_trc",
    "arib-std-b67",
    "-colorspace",
    "bt2020nc",
    "-movflags",
    "+write_colr",
  ];
  const hlgParams = "log-level=error:info=0:colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc";
  make(
    "hdr.mov",
    ...picture,
    "-c:v",
    "libx265",
    "-pix_fmt",
    "yuv420p",
    "-crf",
    "45",
    "-x265-params",
    hlgParams,
    "-tag:v",
    "hvc1",
    ...hlg,
    ...plain,
  );
  // What a phone makes that was held upright and knew where it was.
  make(
    "phone.mov",
    "-i",
    at("hevc-aac.mov"),
    "-c",
    "copy",
    "-metadata:s:v",
    "rotate=270",
    "-fflags",
    "+bitexact",
    ...apple,
    "-movflags",
    "use_metadata_tags",
  );
  make(
    "av1.mp4",
    ...picture,
    "-c:v",
    "libaom-av1",
    "-strict",
    "experimental",
    "-crf",
    "60",
    "-b:v",
    "0",
    "-cpu-used",
    "8",
    ...plain,
  );
  make("vp9.mp4", ...picture, "-c:v", "libvpx-vp9", "-crf", "60", "-b:v", "0", ...plain);
  make(
    "vp9-opus.webm",
    ...picture,
    ...tone,
    "-c:v",
    "libvpx-vp9",
    "-crf",
    "60",
    "-b:v",
    "0",
    "-c:a",
    "libopus",
    "-b:a",
    "16k",
    ...plain,
  );
  make("h264.mkv", "-i", at("h264-aac.mp4"), "-c", "copy", ...plain);
  make("mpeg4.mp4", ...picture, ...tone, "-c:v", "mpeg4", "-q:v", "31", ...aac, ...plain);
  make(
    "mpeg4-amr.3gp",
    ...picture,
    ...tone,
    "-c:v",
    "mpeg4",
    "-q:v",
    "31",
    "-c:a",
    "libopencore_amrnb",
    "-ar",
    "8000",
    "-ac",
    "1",
    "-b:a",
    "6.7k",
    ...plain,
  );
  make("h264-aac.3gp", "-i", at("h264-aac.mp4"), "-c", "copy", ...plain);
  make("h264-pcm.mov", "-i", at("h264-aac.mp4"), "-c:v", "copy", "-c:a", "pcm_s16le", ...plain);
  make("audio-only.m4a", ...tone, ...aac, ...plain);
  make("mpeg4.avi", ...picture, "-c:v", "mpeg4", "-q:v", "31", ...plain);
  make("animated.gif", "-f", "lavfi", "-i", "testsrc=size=64x36:rate=5:duration=1", ...plain);
  make(
    "odd.avi",
    "-f",
    "lavfi",
    "-i",
    "testsrc=size=161x91:rate=5:duration=1",
    "-c:v",
    "ffv1",
    "-pix_fmt",
    "yuv444p",
    ...plain,
  );
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
