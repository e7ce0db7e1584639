import type { MediaSource } from "./source.ts";

/**
 * Media as it is when a call is made: bytes that the caller may go on writing into are copied, once. Files, Blobs and streams are
 * read later and belong to whoever gave them.
 */
export function takeSource(source: MediaSource): MediaSource {
  if (source instanceof Uint8Array) return new Uint8Array(source);
  if (source instanceof ArrayBuffer) return source.slice(0);
  return source instanceof URL ? new URL(source) : source;
}

/** The same for what goes with a video. */
export function takeCaptions<Caption extends { readonly file: MediaSource }>(
  captions: readonly Caption[],
): readonly Caption[] {
  if (!Array.isArray(captions)) return captions;
  return captions.map((caption) => {
    if (caption === null || typeof caption !== "object") return caption;
    return { ...caption, file: takeSource(caption.file) };
  });
}
