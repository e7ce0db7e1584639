import { DamagedFileError, Pieces, text, viewOf } from "./pieces.ts";
import type { ScanResult } from "./scan-result.ts";

/** Walks the blocks of a GIF: frames, their timing and the loop are kept. https://www.w3.org/Graphics/GIF/spec-gif89a.txt */
export function walkGif(bytes: Uint8Array): ScanResult {
  const view = viewOf(bytes);
  if (bytes.length < 13) throw new DamagedFileError("it is cut off");
  const pieces = new Pieces(bytes);
  let frames = 0;
  let width = view.getUint16(6, true);
  let height = view.getUint16(8, true);
  let at = 13 + tableLength(bytes[10] as number);
  pieces.keep(at);
  for (;;) {
    const introducer = bytes[at];
    if (introducer === undefined && frames > 0) {
      // Decoders do without the last byte.
      pieces.replace(bytes.length, Uint8Array.of(0x3b));
      break;
    }
    if (introducer === 0x3b) {
      pieces.keep(at + 1);
      break;
    }
    if (introducer === 0x2c) {
      const flags = bytes[at + 9];
      if (flags === undefined) throw new DamagedFileError("it is cut off");
      frames++;
      // Decoders give a frame that is larger than the screen the room it wants.
      width = Math.max(width, view.getUint16(at + 1, true) + view.getUint16(at + 5, true));
      height = Math.max(height, view.getUint16(at + 3, true) + view.getUint16(at + 7, true));
      // After the descriptor, its colours and the size of codes come the blocks of the frame.
      at = endOfBlocks(bytes, at + 10 + tableLength(flags) + 1);
      pieces.keep(at);
    } else if (introducer === 0x21) {
      const name = extensionAt(bytes, at);
      at = endOfBlocks(bytes, at + 2);
      if (name === undefined) pieces.keep(at);
      else pieces.drop(at, name);
    } else {
      throw new DamagedFileError(introducer === undefined ? "it is cut off" : "its blocks are out of order");
    }
  }
  if (frames === 0) throw new DamagedFileError("it holds no picture");
  return { bytes: pieces.finish(), removed: pieces.removed, width, height, frames, unfit: undefined, interlaced: true };
}

/** Bytes of the colours that a flag byte announces. */
const tableLength = (flags: number): number => ((flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 0x07) + 1));

/** What an extension is, unless it is one that pixels need. */
function extensionAt(bytes: Uint8Array, at: number): string | undefined {
  const label = bytes[at + 1];
  if (label === 0xf9) return undefined;
  if (label !== 0xff) return label === 0xfe ? "comment" : "text";
  const application = text(bytes, at + 3, at + 14);
  if (application === "NETSCAPE2.0" || application === "ANIMEXTS1.0") return undefined;
  return application.startsWith("XMP") ? "XMP" : "application data";
}

/** Each block says its length in its first byte; one of length 0 is the last. */
function endOfBlocks(bytes: Uint8Array, start: number): number {
  for (let at = start; at < bytes.length; at += (bytes[at] as number) + 1) {
    if (bytes[at] === 0) return at + 1;
  }
  throw new DamagedFileError("it is cut off");
}
