/** What it takes to know what a video is: headers read by skylex, and by ffprobe, on the same files. */
import { execFileSync } from "node:child_process";
import { closeSync, copyFileSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { interleave, rounds } from "../measure/rounds.mjs";
import { column, median, ratios, spread } from "../measure/statistics.mjs";
import { root, staged } from "../places.mjs";
import { table } from "../report.mjs";

const { path: ffprobe } = createRequire(import.meta.url)("@ffprobe-installer/ffprobe");
/** Probes of skylex for one of ffprobe: a single one is too short for the clock */
const TIMES = 50;

const clips = ["h264-aac.mp4", "moov-at-end.mp4", "rotated-90.mp4", "fragmented.mp4", "phone.mov"];
const fixture = (name) => join(root, "test/support/fixtures/videos", name);

/** A clip whose media has grown by a hole, with the headers behind it, as cameras write them. */
function largeClip(folder) {
  const path = join(folder, "large.mp4");
  const bytes = readFileSync(fixture("moov-at-end.mp4"));
  const moov = bytes.indexOf("moov") - 4;
  const grown = 280_000_000;
  bytes.writeUInt32BE(bytes.readUInt32BE(bytes.indexOf("mdat") - 4) + grown, bytes.indexOf("mdat") - 4);
  copyFileSync(fixture("moov-at-end.mp4"), path);
  truncateSync(path, bytes.length + grown);
  const file = openSync(path, "r+");
  writeSync(file, bytes, 0, moov, 0);
  writeSync(file, bytes, moov, bytes.length - moov, moov + grown);
  closeSync(file);
  return path;
}

async function read(probeVideo, path) {
  const begin = performance.now();
  for (let times = 0; times < TIMES; times++) await probeVideo(path);
  return { wall: (performance.now() - begin) / TIMES };
}

function ask(path) {
  const begin = performance.now();
  execFileSync(ffprobe, ["-v", "error", "-print_format", "json", "-show_format", "-show_streams", path]);
  return { wall: performance.now() - begin };
}

export async function run() {
  const { probeVideo } = await import(staged("dist/src/index.js"));
  const folder = mkdtempSync(join(tmpdir(), "skylex-bench-"));
  try {
    const files = [
      ...clips.map((name) => ({ file: name, path: fixture(name) })),
      { file: "280 MB, headers at the end", path: largeClip(folder) },
    ];
    const cases = files.flatMap(({ file, path }) => [
      { name: `skylex ${file}`, measure: () => read(probeVideo, path) },
      { name: `ffprobe ${file}`, measure: () => ask(path) },
    ]);
    const rows = await interleave("video", cases, rounds(9), (one) => one.measure());
    const share = (file) => median(ratios(rows[`skylex ${file}`], rows[`ffprobe ${file}`], "wall"));
    return {
      what: `Container, codecs, upright size and duration of a clip: probeVideo in a process that runs, ${TIMES} times for each ffprobe, which is a
process each time.`,
      tables: [
        table(
          ["clip", "skylex ms", "ffprobe ms", "ffprobe, × skylex"],
          files.map(({ file }) => [
            file,
            spread(column(rows[`skylex ${file}`], "wall"), 2),
            spread(column(rows[`ffprobe ${file}`], "wall"), 0),
            (1 / share(file)).toFixed(0),
          ]),
        ),
      ],
      goals: files.map(({ file }) => ({ what: `${file}: time, × ffprobe`, atMost: 0.05, measured: share(file) })),
      lost: [],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
