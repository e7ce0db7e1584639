import type { OpenOptions, MediaSource } from "./source.ts";
import type { VideoProbe } from "./video-probe.ts";

/**
 * Reads what a video is: container, codecs, size of the upright picture, duration. A few kilobytes of an MP4 are read, by nothing but
 * this package; other containers need ffprobe.
 *
 * Rejects with `MediaError` for what cannot be read, with `IncompatibleMediaError` for what is no video.
 *
 * @example
 * const { width, height, duration } = await probeVideo("clip.mp4");
 */
export async function probeVideo(source: MediaSource, options?: OpenOptions): Promise<VideoProbe> {
  return (await import("./video-prepare.ts")).probeVideo(source, options);
}
