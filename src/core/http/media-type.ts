/**
 * Tells the media type of a file from its first bytes, for the types that posts can carry.
 * Signatures: https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern and its sections on video.
 */
export function sniffMediaType(bytes: Uint8Array): string | undefined {
  const text = String.fromCharCode(...bytes.subarray(0, 12));
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (text.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (text.startsWith("II*\0") || text.startsWith("MM\0*")) return "image/tiff";
  if (text.startsWith("GIF87a") || text.startsWith("GIF89a")) return "image/gif";
  if (text.startsWith("RIFF") && text.slice(8) === "WEBP") return "image/webp";
  if (text.startsWith("WEBVTT") || text.startsWith("\xef\xbb\xbfWEBVTT")) return "text/vtt";
  if (text.slice(4, 8) !== "ftyp") return undefined;
  const brand = text.slice(8);
  if (brand === "avif" || brand === "avis") return "image/avif";
  if (/^hei[cxms]|^hev[cx]|^mif1/.test(brand)) return "image/heic";
  return brand === "qt  " ? "video/quicktime" : "video/mp4";
}
