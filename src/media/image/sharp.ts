import type Sharp from "sharp";
import { MediaError } from "../../core/errors/index.ts";
import { leftOut } from "../../core/optional-package.ts";

/** The only place that loads sharp, when the first picture has to be looked into. */
export async function loadSharp(media: string): Promise<typeof Sharp> {
  try {
    return (await import("sharp").catch(leftOut("sharp", "changing it"))).default;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new MediaError(`${media} cannot go as it is, and ${why}. Nothing was sent.`, { media, cause });
  }
}

/** The error for what sharp could make nothing of. Its own messages have a line for every attempt; the last one says why. */
export function undecodable(media: string, cause: unknown): MediaError {
  const why = cause instanceof Error ? cause.message.trim().split("\n").at(-1)?.trim() : String(cause);
  return new MediaError(`${media} cannot be decoded: ${why}. Nothing was sent.`, { media, cause });
}
