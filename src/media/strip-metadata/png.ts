import { crc32, inflateSync } from "node:zlib";
import { DamagedFileError, Pieces, text, viewOf } from "./pieces.ts";
import { checkPngPixels } from "./png-pixels.ts";
import { isHarmlessProfile, UNFIT_PROFILE } from "./profile.ts";
import type { ScanResult } from "./scan-result.ts";

/** Chunks that say how pixels look; all others go. https://www.w3.org/TR/png-3/#11Chunks */
const kept = new Set(
  "IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD pHYs acTL fcTL fdAT".split(" "),
);

const names: Readonly<Record<string, string>> = {
  eXIf: "EXIF",
  tEXt: "text",
  zTXt: "text",
  iTXt: "text",
  tIME: "time",
};

/** Bytes that an inflated profile may have */
const LONGEST_PROFILE = 1_000_000;

/** Walks the chunks of a PNG, and checks that they are whole. */
export function walkPng(bytes: Uint8Array): ScanResult {
  const view = viewOf(bytes);
  const pieces = new Pieces(bytes);
  pieces.keep(8);
  let header: { readonly width: number; readonly height: number; readonly interlaced: boolean } | undefined;
  let frames = 1;
  let unfit: string | undefined;
  let bits = 0;
  const data: Uint8Array[] = [];
  /** Of an animation, the first one left out where it is the picture itself */
  const moving: { readonly width: number; readonly height: number; readonly data: Uint8Array[] }[] = [];
  for (let at = 8, type = ""; type !== "IEND";) {
    if (at + 12 > bytes.length) throw new DamagedFileError("it is cut off");
    type = text(bytes, at + 4, at + 8);
    const body = at + 8;
    const end = body + view.getUint32(at) + 4;
    if (end > bytes.length) throw new DamagedFileError("it is cut off");
    if ((header === undefined) !== (type === "IHDR")) throw new DamagedFileError("it does not begin with its header");
    at = end;
    if (!kept.has(type)) {
      pieces.drop(end, names[type] ?? "unknown data");
      continue;
    }
    if (crc32(bytes.subarray(body - 4, end - 4)) !== view.getUint32(end - 4)) {
      throw new DamagedFileError(`its part ${type} is damaged`);
    }
    if (type === "IHDR") {
      if (end - 4 - body !== 13) throw new DamagedFileError("its header is damaged");
      // Samples of a pixel by its colour type
      const samples = [1, 0, 3, 1, 2, 0, 4][bytes[body + 9] as number] ?? 0;
      bits = samples * (bytes[body + 8] as number);
      if (bits === 0) throw new DamagedFileError("its header is damaged");
      header = { width: view.getUint32(body), height: view.getUint32(body + 4), interlaced: bytes[body + 12] !== 0 };
    }
    if (type === "acTL" && end - 4 - body >= 4) frames = Math.max(1, view.getUint32(body));
    if (type === "iCCP" && !isHarmlessChunk(bytes.subarray(body, end - 4))) unfit = UNFIT_PROFILE;
    if (type === "IDAT") data.push(bytes.subarray(body, end - 4));
    if (type === "fcTL" && end - 4 - body >= 12) {
      moving.push({ width: view.getUint32(body + 4), height: view.getUint32(body + 8), data: [] });
    }
    // A number comes before the data.
    if (type === "fdAT") moving.at(-1)?.data.push(bytes.subarray(body + 4, end - 4));
    pieces.keep(end);
  }
  if (header === undefined || data.length === 0) throw new DamagedFileError("it holds no picture");
  const rows = { ...header, bits };
  const check = async (signal?: AbortSignal): Promise<void> => {
    await checkPngPixels(data, rows, signal);
    for (const { width, height, data } of moving) {
      if (data.length > 0) await checkPngPixels(data, { ...rows, width, height }, signal);
    }
  };
  return { bytes: pieces.finish(), removed: pieces.removed, ...header, frames, unfit, check };
}

/** A name, a zero, the method, the deflated profile. */
function isHarmlessChunk(chunk: Uint8Array): boolean {
  try {
    return isHarmlessProfile(inflateSync(chunk.subarray(chunk.indexOf(0) + 2), { maxOutputLength: LONGEST_PROFILE }));
  } catch {
    return false;
  }
}
