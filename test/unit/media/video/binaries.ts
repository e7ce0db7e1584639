import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

interface Installer {
  readonly path: string;
}

/** ffmpeg and ffprobe as npm brings them, for tests: skylex itself uses what its user has installed. */
export const ffmpegPath: string = (require("@ffmpeg-installer/ffmpeg") as Installer).path;
export const ffprobePath: string = (require("@ffprobe-installer/ffprobe") as Installer).path;
