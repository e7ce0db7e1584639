import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { prepareVideo } from "../../../src/media/video/prepare-video.ts";
import { ffmpegPath } from "../../unit/media/video/binaries.ts";
import { fixture } from "../../unit/media/video/fixtures.ts";

const folder = mkdtempSync(join(tmpdir(), "skylex-abort-"));
process.env["TMPDIR"] = folder;
afterAll(() => rmSync(folder, { recursive: true }));

/** Says of itself what ffmpeg says, and never ends when it is to convert. */
const stuck = join(folder, "ffmpeg");
const pidFile = join(folder, "pid");
writeFileSync(
  stuck,
  `#!/bin/sh
case "$*" in
  -formats|-encoders|-codecs|-filters) exec ${ffmpegPath} "$@";;
esac
echo $$ > ${pidFile}
exec sleep 600
`,
);
chmodSync(stuck, 0o755);
process.env["FFMPEG_PATH"] = stuck;

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z");
  } catch {
    return false;
  }
};

test("an abort kills ffmpeg, removes what it wrote, and comes through as the signal's reason", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const converting = prepareVideo(fixture("hevc-aac.mov"), {
    transcode: true,
    maxSize: 300_000_000,
    media: {},
    signal: controller.signal,
    onProgress: () => undefined,
  });
  const started = async (): Promise<void> => {
    while (!existsSync(pidFile) || readFileSync(pidFile, "utf8") === "") await sleep(5);
  };
  await Promise.race([started(), converting]);
  const pid = Number(readFileSync(pidFile, "utf8"));
  expect(isRunning(pid)).toBe(true);
  controller.abort(reason);
  await expect(converting).rejects.toBe(reason);
  expect(isRunning(pid)).toBe(false);
  expect(readdirSync(folder).filter((name) => name.startsWith("skylex-video-"))).toEqual([]);
});
