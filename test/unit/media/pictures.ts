import { readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { expect } from "vitest";
import { MediaError } from "../../../src/core/errors/index.ts";
import type { ImageSlot } from "../../../src/media/image/image-slot.ts";
import type { PreparedImage } from "../../../src/media/image/prepared-image.ts";
import { prepareImage } from "../../../src/media/image/prepare-image.ts";
import type { MediaSource } from "../../../src/media/source/source.ts";
import { metadataIn } from "./metadata.ts";

export const fixture = (name: string): string => join(import.meta.dirname, "../../support/fixtures/images", name);
export const bytesOf = (name: string): Buffer => readFileSync(fixture(name));
export const post = "app.bsky.embed.images#image.image";
export const avatar = "app.bsky.actor.profile.avatar";

/** A place with a limit of one's own. */
export const atMost = (maxSize: number, accept?: readonly string[]): ImageSlot => ({
  maxSize,
  ...(accept && { accept }),
});

export async function failure(source: MediaSource, slot: ImageSlot = post): Promise<MediaError> {
  const error: unknown = await prepareImage(source, slot).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(MediaError);
  expect((error as MediaError).message).toMatch(/Nothing was sent\.$/);
  return error as MediaError;
}

/** Decodes what leaves and checks what is said of it. */
export async function expectSound({ data, mimeType, width, height, aspectRatio }: PreparedImage): Promise<void> {
  const { format, mediaType, pages, orientation, ...found } = await sharp(data, { animated: true }).metadata();
  expect(mediaType ?? `image/${format}`).toBe(mimeType);
  expect([found.width, found.pageHeight ?? found.height]).toEqual([width, height]);
  expect(aspectRatio).toEqual({ width, height });
  expect(orientation ?? 1).toBe(1);
  expect(metadataIn(data)).toEqual([]);
  await sharp(data, { animated: (pages ?? 1) > 1, failOn: "warning" }).stats();
}
