import { DamagedFileError, Pieces, text, viewOf } from "./pieces.ts";
import { isHarmlessProfile, UNFIT_PROFILE } from "./profile.ts";
import type { ScanResult } from "./scan-result.ts";

/** Chunks that pixels need. https://developers.google.com/speed/webp/docs/riff_container */
const kept = new Set(["VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "ICCP"]);

const names: Readonly<Record<string, string>> = { EXIF: "EXIF", "XMP ": "XMP" };

/** Bits of the flags in `VP8X` that announce EXIF and XMP */
const METADATA_FLAGS = 0b1100;

/** Walks the chunks of a WebP. */
export function walkWebp(bytes: Uint8Array): ScanResult {
  const view = viewOf(bytes);
  const end = 8 + view.getUint32(4, true);
  if (end > bytes.length) throw new DamagedFileError("it is cut off");
  const pieces = new Pieces(bytes);
  pieces.keep(12);
  const chunks = [...chunksIn(bytes, 12, end)];
  const removable = chunks.some(({ type }) => !kept.has(type)) || end < bytes.length;
  let size: { readonly width: number; readonly height: number } | undefined;
  let frames = 0;
  let hasPixels = false;
  let unfit: string | undefined;
  for (const { type, body, length, next } of chunks) {
    if (!kept.has(type)) {
      pieces.drop(next, names[type] ?? "unknown data");
      continue;
    }
    size ??= sizeIn(bytes, type, body, length);
    if (type === "ICCP" && !isHarmlessProfile(bytes.subarray(body, body + length))) unfit = UNFIT_PROFILE;
    if (type === "ANMF") {
      frames++;
      if (!holdsPixelsOnly(bytes, body, length)) unfit = "its frames hold unknown data";
    }
    if (type === "ANMF" || type === "VP8 " || type === "VP8L") hasPixels = true;
    const flags = bytes[body] as number;
    if (type === "VP8X" && (flags & METADATA_FLAGS) !== 0) {
      pieces.keep(body);
      pieces.replace(body + 1, Uint8Array.of(flags & ~METADATA_FLAGS));
    }
    pieces.keep(next);
  }
  if (size === undefined || !hasPixels) throw new DamagedFileError("it holds no picture");
  const whole = pieces.finish();
  if (removable) viewOf(whole).setUint32(4, whole.length - 8, true);
  return { bytes: whole, removed: pieces.removed, ...size, frames: Math.max(1, frames), unfit, interlaced: true };
}

interface Chunk {
  readonly type: string;
  readonly body: number;
  readonly length: number;
  /** Where the next one begins: chunks have an even length */
  readonly next: number;
}

function* chunksIn(bytes: Uint8Array, start: number, end: number): Generator<Chunk, void, void> {
  const view = viewOf(bytes);
  for (let at = start; at < end;) {
    if (at + 8 > end) throw new DamagedFileError("it is cut off");
    const length = view.getUint32(at + 4, true);
    const body = at + 8;
    // Some encoders leave out the padding of the last one.
    const next = Math.min(body + length + (length % 2), end);
    if (body + length > end) throw new DamagedFileError("it is cut off");
    yield { type: text(bytes, at, at + 4), body, length, next };
    at = next;
  }
}

/** A frame of an animation: a header of 16 bytes, then chunks of its own. */
const holdsPixelsOnly = (bytes: Uint8Array, body: number, length: number): boolean =>
  length >= 16 && [...chunksIn(bytes, body + 16, body + length)].every(({ type }) => /^(?:VP8 |VP8L|ALPH)$/.test(type));

function sizeIn(
  bytes: Uint8Array,
  type: string,
  at: number,
  length: number,
): { readonly width: number; readonly height: number } | undefined {
  const view = viewOf(bytes);
  if (type === "VP8X" && length >= 10) {
    const threeBytes = (start: number): number => view.getUint16(start, true) + ((bytes[start + 2] as number) << 16);
    return { width: threeBytes(at + 4) + 1, height: threeBytes(at + 7) + 1 };
  }
  if (type === "VP8L" && length >= 5) {
    const bits = view.getUint32(at + 1, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (type === "VP8 " && length >= 10) {
    return { width: view.getUint16(at + 6, true) & 0x3fff, height: view.getUint16(at + 8, true) & 0x3fff };
  }
  return undefined;
}
