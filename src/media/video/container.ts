/** A kind of file, by its first bytes. */
export interface Container {
  /** As people call it: `mp4`, `webm`, `avi` … */
  readonly name: string;
  /** `mp4`: its headers are read here. `video`: ffmpeg may know it. `other`: it is no video */
  readonly kind: "mp4" | "video" | "other";
}

/** Bytes that are enough to tell */
const CONTAINER_BYTES = 512;

const asfHeader = "\x30\x26\xb2\x75\x8e\x66\xcf\x11";
const mp4Boxes: ReadonlySet<string> = new Set(["ftyp", "styp", "moov", "mdat", "wide", "free", "skip", "pnot"]);

/**
 * Tells the container of a video. Signatures: https://mimesniff.spec.whatwg.org/#matching-an-audio-or-video-type-pattern, for
 * the others https://www.garykessler.net/library/file_sigs.html. What nothing is known of is never handed to ffmpeg, which would
 * also take playlists that name other files.
 */
export function containerOf(head: Uint8Array): Container | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, CONTAINER_BYTES)).toString("latin1");
  const tag = text.slice(4, 8);
  if (tag === "ftyp" && /^(?:hei|hev|mif1|avi[fs])/.test(text.slice(8, 12))) return other("a HEIF or AVIF picture");
  if (mp4Boxes.has(tag)) return { name: "mp4", kind: "mp4" };
  if (text.startsWith("\x1a\x45\xdf\xa3")) return video(text.slice(0, 64).includes("webm") ? "webm" : "matroska");
  if (text.startsWith("RIFF")) {
    const form = text.slice(8, 12);
    return form === "AVI " ? video("avi") : other(form === "WEBP" ? "a WebP picture" : `a RIFF file (${form.trim()})`);
  }
  if (/^GIF8[79]a/.test(text)) return video("gif");
  if (text.startsWith("OggS")) return video("ogg");
  if (text.startsWith("FLV\x01")) return video("flv");
  if (text.startsWith(asfHeader)) return video("wmv");
  if (text.startsWith("\0\0\x01\xba") || text.startsWith("\0\0\x01\xb3")) return video("mpeg");
  if (text[0] === "G" && text[188] === "G") return video("mpegts");
  if (text[4] === "G" && text[196] === "G") return video("mpegts");
  if (text.startsWith("\x89PNG")) return other("a PNG picture");
  if (text.startsWith("\xff\xd8\xff")) return other("a JPEG picture");
  if (text.startsWith("ID3") || /^\xff[\xe2-\xfb]/.test(text)) return other("an MP3 file");
  return undefined;
}

const video = (name: string): Container => ({ name, kind: "video" });
const other = (name: string): Container => ({ name, kind: "other" });
