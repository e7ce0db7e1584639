import type { ImageSlot } from "./image/image-slot.ts";
import type { PreparedImage } from "./image/prepared-image.ts";
import type { MediaSource, OpenOptions } from "./source/source.ts";
import { takeSource } from "./source/take-source.ts";
import type { VideoProbe } from "./video/video-probe.ts";
// What needs no client. It stands apart so that importing skylex loads nothing of this room.

/**
 * Makes a picture fit what it is for, without sending it: upright, free of metadata, at the best quality that the limit of the slot
 * allows, and with its bytes untouched where nothing has to change. `client.uploadImage` does this and sends it.
 *
 * Rejects with `MediaError`, `IncompatibleMediaError` or `MediaTooLargeError`.
 *
 * @example
 * const { data, mimeType, aspectRatio } = await prepareImage("photo.jpg", "app.bsky.embed.images#image.image");
 */
export async function prepareImage(
  source: MediaSource,
  slot: ImageSlot,
  options?: OpenOptions,
): Promise<PreparedImage> {
  const taken = takeSource(source);
  return (await import("./image/prepare-image.ts")).prepareImage(taken, slot, options);
}

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
  const taken = takeSource(source);
  return (await import("./video/prepare-video.ts")).probeVideo(taken, options);
}
