import { DamagedFileError, text, viewOf } from "./pieces.ts";
import { isHarmlessProfile, UNFIT_PROFILE } from "./profile.ts";
import type { ScanResult } from "./scan-result.ts";

/** Kinds of items that are pixels: https://aomediacodec.github.io/av1-avif/ */
const pixels = new Set(["av01", "grid", "iovl"]);
/** Boxes at the top of a still picture: its type, its items, their data */
const top = new Set(["ftyp", "meta", "mdat"]);

/** Properties that say how pixels look */
const properties = new Set("ispe pixi av1C colr pasp auxC clli mdcv a1lx a1op lsel irot imir clap ipma".split(" "));

interface Box {
  readonly type: string;
  readonly body: number;
  readonly end: number;
}

/**
 * Looks through the boxes of an AVIF. Nothing can be left out without moving what refers to places in the file: with anything but
 * pixels in it, it is encoded anew.
 */
export function walkAvif(bytes: Uint8Array): ScanResult {
  const boxes = [...boxesIn(bytes, 0, bytes.length)];
  const meta = boxes.find(({ type }) => type === "meta");
  if (meta === undefined) throw new DamagedFileError("it holds no picture");
  const facts = new Facts(bytes);
  if (boxes.some(({ type }) => !top.has(type))) facts.unfit = "it holds more than a picture";
  facts.read(meta.body + 4, meta.end);
  const { width, height, unfit } = facts;
  return { bytes, removed: [], width, height, frames: 1, unfit, interlaced: true };
}

/** What the boxes of the items say. */
class Facts {
  width = 0;
  height = 0;
  unfit: string | undefined;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(start: number, end: number): void {
    const bytes = this.#bytes;
    const view = viewOf(bytes);
    for (const box of boxesIn(bytes, start, end)) {
      const { type, body } = box;
      if (type === "iprp") this.read(body, box.end);
      if (type === "ipco") {
        const isPlain = [...boxesIn(bytes, body, box.end)].every((property) => properties.has(property.type));
        if (!isPlain) this.unfit = "it holds more than pixels";
        this.read(body, box.end);
      }
      // A version, a count of 2 bytes or, since version 1, of 4, and the entries.
      if (type === "iinf") this.read(body + (bytes[body] === 0 ? 6 : 8), box.end);
      if (
        type === "infe" &&
        !pixels.has(text(bytes, body + (bytes[body] === 3 ? 10 : 8), body + (bytes[body] === 3 ? 14 : 12)))
      ) {
        this.unfit = "it holds more than pixels";
      }
      if (type === "ispe" && box.end >= body + 12) {
        // Tiles are smaller than what they are tiles of.
        this.width = Math.max(this.width, view.getUint32(body + 4));
        this.height = Math.max(this.height, view.getUint32(body + 8));
      }
      if (type === "irot" || type === "imir" || type === "clap") this.unfit = "it is stored turned or cropped";
      const isProfile = type === "colr" && /^(?:prof|rICC)$/.test(text(bytes, body, body + 4));
      if (isProfile && !isHarmlessProfile(bytes.subarray(body + 4, box.end))) this.unfit = UNFIT_PROFILE;
      if (type === "uuid" || type === "udta" || type === "xml " || type === "bxml" || type === "free")
        this.unfit = "it holds more than pixels";
    }
  }
}

function* boxesIn(bytes: Uint8Array, start: number, end: number): Generator<Box, void, void> {
  const view = viewOf(bytes);
  for (let at = start; at < end;) {
    if (at + 8 > end) throw new DamagedFileError("it is cut off");
    const size = view.getUint32(at);
    // 0: to the end of the file. 1 announces more than 4 GB, which nothing here has.
    const length = size === 0 ? end - at : size;
    if (length < 8 || at + length > end) throw new DamagedFileError("it is cut off");
    yield { type: text(bytes, at + 4, at + 8), body: at + 8, end: at + length };
    at += length;
  }
}
