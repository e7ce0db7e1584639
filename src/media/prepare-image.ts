import type { ImageSlot } from "./image-slot.ts";
import type { PreparedImage } from "./image.ts";
import type { MediaSource, OpenOptions } from "./source.ts";

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
  return (await import("./image.ts")).prepareImage(source, slot, options);
}
