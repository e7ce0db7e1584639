import { orientationIn } from "./orientation.ts";
import { DamagedFileError, Pieces, text, viewOf } from "./pieces.ts";
import type { ScanResult } from "./scan-result.ts";
import { isHarmlessProfile, UNFIT_PROFILE } from "./profile.ts";

/**
 * Walks the segments of a JPEG. Kept is what its pixels need: JFIF without a thumbnail, Adobe's colour transform, a harmless
 * colour profile, tables, frames and scans. https://www.w3.org/Graphics/JPEG/itu-t81.pdf, annex B
 */
export function walkJpeg(bytes: Uint8Array): ScanResult {
  const view = viewOf(bytes);
  const pieces = new Pieces(bytes);
  const profile: Uint8Array[] = [];
  const exif: Uint8Array[] = [];
  let frame: Pick<ScanResult, "width" | "height" | "interlaced" | "unfit"> | undefined;
  let scans = 0;
  let hasTables = false;
  let at = 2;
  pieces.keep(at);
  for (;;) {
    const begin = at;
    // Any number of fill bytes may stand before a marker.
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++;
    const marker = bytes[at + 1];
    if (bytes[at] !== 0xff) {
      // Decoders pass over stray bytes between segments.
      at = bytes.indexOf(0xff, at);
      if (at < 0) throw new DamagedFileError("it is cut off");
      pieces.drop(at, "unknown data");
      continue;
    }
    if (marker === undefined) throw new DamagedFileError("it is cut off");
    if (marker === 0xd9) {
      pieces.keep(at + 2);
      break;
    }
    if (marker === 0x00 || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      throw new DamagedFileError("its segments are out of order");
    }
    if (at + 4 > bytes.length) throw new DamagedFileError("it is cut off");
    const body = at + 4;
    const end = at + 2 + view.getUint16(at + 2);
    if (end < body) throw new DamagedFileError("a segment has no length");
    if (end > bytes.length) throw new DamagedFileError("it is cut off");
    at = end;
    if (marker >= 0xe0 && marker <= 0xef) {
      const name = nameOf(bytes, marker, body, end);
      if (name === "ICC profile") profile.push(bytes.subarray(body + 14, end));
      if (name === "EXIF") exif.push(bytes.subarray(body, end));
      if (name === "JFIF") keepJfif(bytes, pieces, begin, body, end);
      else if (name === "Adobe") keepAdobe(bytes, pieces, begin, body, end);
      else if (name === "ICC profile") pieces.keep(end);
      else pieces.drop(end, name);
    } else if (marker === 0xfe) {
      pieces.drop(end, "comment");
    } else if (marker < 0xc0 || marker > 0xdf) {
      pieces.drop(end, "unknown data");
    } else {
      if (isFrame(marker)) {
        if (frame !== undefined || end < body + 6) throw new DamagedFileError("its frame is not one that can be shown");
        frame = {
          width: view.getUint16(body + 3),
          height: view.getUint16(body + 1),
          interlaced: (marker & 0x03) === 2,
          unfit: unfitFrame(marker, bytes[body] as number, bytes[body + 5] as number),
        };
      }
      if (marker === 0xdb) hasTables = true;
      if (marker === 0xda) {
        if (!hasTables || frame === undefined) throw new DamagedFileError("its pixels come before what they need");
        scans++;
        at = endOfScan(bytes, end);
      }
      pieces.keep(at);
    }
  }
  if (frame === undefined || scans === 0) throw new DamagedFileError("it holds no picture");
  // Every scan of a progressive picture makes a decoder go over all of it.
  if (scans > MAX_SCANS) throw new DamagedFileError(`it has ${scans} scans`);
  const harmless = profile.length === 0 || isHarmlessProfile(Buffer.concat(profile));
  const unfit = harmless ? frame.unfit : UNFIT_PROFILE;
  // Which of several counts, decoders do not agree on.
  const orientation = exif.length === 1 ? orientationIn(exif[0] as Uint8Array) : undefined;
  return { bytes: pieces.finish(), removed: pieces.removed, orientation, ...frame, frames: 1, unfit };
}

/** Encoders make at most about a dozen */
const MAX_SCANS = 100;

/** Decoders show Huffman codes of 8 bits: SOF0, SOF1 and SOF2. */
function unfitFrame(marker: number, bits: number, components: number): string | undefined {
  if (bits !== 8) return `its colours have ${bits} bits`;
  if (marker > 0xc2) return "its coding is one that browsers do not show";
  return components === 4 ? "its colours are CMYK" : undefined;
}

/** SOF0 to SOF15, among which DHT, JPG and DAC stand. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

function nameOf(bytes: Uint8Array, marker: number, body: number, end: number): string {
  const start = text(bytes, body, Math.min(end, body + 29));
  if (marker === 0xe0 && start.startsWith("JFIF\0") && end >= body + 14) return "JFIF";
  if (marker === 0xe1) return start.startsWith("Exif\0") ? "EXIF" : "XMP";
  if (marker === 0xe2 && start.startsWith("ICC_PROFILE\0") && end >= body + 14) return "ICC profile";
  if (marker === 0xed) return "IPTC";
  return marker === 0xee && start.startsWith("Adobe") ? "Adobe" : "application data";
}

/** A JFIF header may carry a thumbnail, which shows what was cropped away. */
function keepJfif(bytes: Uint8Array, pieces: Pieces, begin: number, body: number, end: number): void {
  if (end === body + 14 && bytes[body + 12] === 0 && bytes[body + 13] === 0) return pieces.keep(end);
  const plain = Uint8Array.from([0xff, 0xe0, 0, 16, ...bytes.subarray(body, body + 12), 0, 0]);
  pieces.keep(begin);
  return pieces.replace(end, plain, "thumbnail");
}

/** The colour transform takes 12 bytes; whatever follows is nothing that pixels need. */
function keepAdobe(bytes: Uint8Array, pieces: Pieces, begin: number, body: number, end: number): void {
  if (end <= body + 12) return pieces.keep(end);
  pieces.keep(begin);
  return pieces.replace(
    end,
    Uint8Array.from([0xff, 0xee, 0, 14, ...bytes.subarray(body, body + 12)]),
    "application data",
  );
}

/** Where coded data ends: at the next marker that is neither a stuffed byte nor a restart. */
function endOfScan(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(0xff, start); at !== -1 && at + 1 < bytes.length; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1] as number;
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
  }
  throw new DamagedFileError("it is cut off");
}
