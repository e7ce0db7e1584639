import { availableParallelism } from "node:os";
import type { BlobRef } from "../../core/lexicon/formats.ts";
import type { Call } from "../../core/lexicon/namespace.ts";
import type { ImageSlot } from "./image-slot.ts";
import type { PreparedImage } from "./prepared-image.ts";
import { prepareImage } from "./prepare-image.ts";
import { limits } from "../limits.ts";
import type { MediaOptions } from "../options.ts";
import type { MediaSource } from "../source/source.ts";
import type { UploadProgress } from "../upload-blob.ts";
import { uploadBlob } from "../upload-blob.ts";

/** How a picture is made to fit and uploaded. */
export interface UploadImageOptions {
  /** What the picture is for. Default: a picture of a post */
  readonly slot?: ImageSlot | undefined;
  /** Ends preparing and sending */
  readonly signal?: AbortSignal | undefined;
  /** Bytes of the picture as it is sent */
  readonly onProgress?: ((progress: UploadProgress) => void) | undefined;
}

/** A picture at the account's server, ready for a record. */
export interface UploadedImage extends Omit<PreparedImage, "data"> {
  /** For the record that shows it */
  readonly blob: BlobRef;
}

export const postImage = "app.bsky.embed.images#image.image";

/** Makes a picture fit and sends it. */
export async function uploadImage(
  call: Call,
  source: MediaSource,
  { slot = postImage, signal, onProgress }: UploadImageOptions,
  media: MediaOptions,
): Promise<UploadedImage> {
  const prepared = await prepareImage(source, slot, { ...media, signal });
  return sendImage(call, prepared, { signal, onProgress });
}

/** Sends a picture that was prepared. */
export async function sendImage(
  call: Call,
  { data, ...facts }: PreparedImage,
  options: Pick<UploadImageOptions, "signal" | "onProgress">,
): Promise<UploadedImage> {
  const { blob } = await uploadBlob(call, data, { mimeType: facts.mimeType, ...options }, {});
  return { ...facts, blob };
}

/**
 * Prepares several pictures, some at a time, in their order. All of them are ready before any is sent, so that a bad one costs
 * nothing but time; the first that fails ends the others.
 */
export async function prepareImages(
  sources: readonly MediaSource[],
  slot: ImageSlot,
  options: MediaOptions & { readonly signal?: AbortSignal | undefined } = {},
): Promise<PreparedImage[]> {
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const prepared: PreparedImage[] = [];
  const waiting = sources.entries();
  const work = async (): Promise<void> => {
    for (const [index, source] of waiting) prepared[index] = await prepareImage(source, slot, { ...options, signal });
  };
  const workers = Math.min(sources.length, limits.parallel, availableParallelism());
  try {
    await Promise.all(Array.from({ length: workers }, work));
  } catch (error) {
    stop.abort(error);
    throw error;
  }
  return prepared;
}
