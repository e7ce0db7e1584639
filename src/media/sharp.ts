import type Sharp from "sharp";
import { MediaError } from "../core/errors.ts";

/** The only place that loads sharp, when the first picture has to be looked into. */
export async function loadSharp(media: string): Promise<typeof Sharp> {
  try {
    return (await import("sharp")).default;
  } catch (cause) {
    throw new MediaError(
      `${media} cannot go as it is, and sharp, which would change it, cannot be loaded here: install it with the optional ` +
        "packages of this platform (npm install --include=optional sharp). Nothing was sent.",
      { media, cause },
    );
  }
}

/** The error for what sharp could make nothing of. Its own messages have a line for every attempt; the last one says why. */
export function undecodable(media: string, cause: unknown): MediaError {
  const why = cause instanceof Error ? cause.message.trim().split("\n").at(-1)?.trim() : String(cause);
  return new MediaError(`${media} cannot be decoded: ${why}. Nothing was sent.`, { media, cause });
}
