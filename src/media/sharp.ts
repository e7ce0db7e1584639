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
