import { viewOf } from "./pieces.ts";

const ORIENTATION = 0x0112;
const SHORT = 3;

/**
 * How the picture is to be turned, 1 to 8, by a block of EXIF as it stands in a JPEG; `undefined` where that is not plain, and
 * its decoder has to say. https://www.cipa.jp/std/documents/download_e.html?DC-008-Translation-2023-E, 4.5 and 4.6.5
 */
export function orientationIn(exif: Uint8Array): number | undefined {
  if (exif.length < 16 || exif[5] !== 0) return undefined;
  const tiff = exif.subarray(6);
  const view = viewOf(tiff);
  const order = view.getUint16(0);
  const isLittle = order === 0x4949;
  if (!isLittle && order !== 0x4d4d) return undefined;
  const first = view.getUint32(4, isLittle);
  if (view.getUint16(2, isLittle) !== 42 || first + 2 > tiff.length) return undefined;
  const end = first + 2 + 12 * view.getUint16(first, isLittle);
  if (end > tiff.length) return undefined;
  let found = 1;
  let count = 0;
  for (let at = first + 2; at < end; at += 12) {
    if (view.getUint16(at, isLittle) !== ORIENTATION) continue;
    const isPlain = view.getUint16(at + 2, isLittle) === SHORT && view.getUint32(at + 4, isLittle) === 1;
    found = view.getUint16(at + 8, isLittle);
    if (!isPlain || found < 1 || found > 8 || ++count > 1) return undefined;
  }
  return found;
}
