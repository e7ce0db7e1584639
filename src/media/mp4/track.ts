import type { Box, BoxReader } from "./boxes.ts";
import { fourCharacters } from "./boxes.ts";
import { codecNames, objectTypes } from "./codec-names.ts";

/** What an MP4 says of one of its tracks. */
export interface Mp4Track {
  readonly id: number;
  /** `vide`, `soun`, `meta`, `text` … */
  readonly handler: string;
  /** As ffprobe names it, else the four characters of the file; `encrypted` behind DRM */
  readonly codec: string;
  /** Pixels as they are to be shown, before rotation; 0 for tracks without pictures */
  readonly width: number;
  readonly height: number;
  /** Degrees clockwise that the picture is to be turned by */
  readonly rotation: 0 | 90 | 180 | 270;
  /** Curve of a picture in high dynamic range, as ffprobe names it */
  readonly transfer: string | undefined;
  /** Ticks of `timescale`; 0 in fragmented files */
  readonly duration: number;
  /** Ticks a second */
  readonly timescale: number;
  /** What of it is shown, in ticks of the movie as a whole; 0 where no edit list says */
  readonly shown: number;
  readonly box: Box;
  /** Where its samples are described */
  readonly samples: Box | undefined;
}

/** Reads a `trak` box; `undefined` for one that does not even say what it is. */
export async function readTrack(reader: BoxReader, trak: Box): Promise<Mp4Track | undefined> {
  const tkhd = await reader.find(trak, "tkhd");
  const mdia = await reader.find(trak, "mdia");
  const hdlr = mdia && (await reader.find(mdia, "hdlr"));
  if (tkhd === undefined || mdia === undefined || hdlr === undefined) return undefined;
  const mdhd = await reader.find(mdia, "mdhd");
  const stbl = await reader.find(mdia, "minf", "stbl");
  const { id, rotation } = await readHeader(reader, tkhd);
  const handler = fourCharacters(await reader.view(hdlr.body + 8, 4), 0);
  const stsd = stbl && (await reader.find(stbl, "stsd"));
  const entry = stsd && (await firstEntry(reader, stsd));
  return {
    id,
    rotation,
    handler,
    ...(entry === undefined ? noEntry : await readEntry(reader, entry, handler)),
    ...(mdhd === undefined ? { duration: 0, timescale: 0 } : await readTimes(reader, mdhd)),
    shown: await readEdits(reader, trak),
    box: trak,
    samples: stbl,
  };
}

const noEntry = { codec: "unknown", width: 0, height: 0, transfer: undefined };

async function readHeader(reader: BoxReader, tkhd: Box): Promise<Pick<Mp4Track, "id" | "rotation">> {
  const long = (await reader.view(tkhd.body, 1)).getUint8(0) === 1;
  const id = (await reader.view(tkhd.body + (long ? 20 : 12), 4)).getUint32(0);
  const matrix = await reader.view(tkhd.body + (long ? 52 : 40), 20);
  const [a, b, c, d] = [0, 4, 12, 16].map((at) => matrix.getInt32(at)) as [number, number, number, number];
  const rotation = quarterTurn((Math.atan2(b, a) * 180) / Math.PI);
  // A mirrored picture stands upright.
  return { id, rotation: a * d - b * c < 0 && rotation === 180 ? 0 : rotation };
}

/** Degrees as the nearest of the four that a picture can be turned by. */
export function quarterTurn(degrees: number): 0 | 90 | 180 | 270 {
  const quarters = ((Math.round(degrees / 90) % 4) + 4) % 4;
  return quarters === 1 ? 90 : quarters === 2 ? 180 : quarters === 3 ? 270 : 0;
}

/** Duration and ticks a second of an `mdhd` or `mvhd` box. All ones mean that the duration is not known. */
export async function readTimes(
  reader: BoxReader,
  header: Box,
): Promise<{ readonly duration: number; readonly timescale: number }> {
  const long = (await reader.view(header.body, 1)).getUint8(0) === 1;
  const view = await reader.view(header.body + (long ? 20 : 12), long ? 12 : 8);
  const duration = long ? Number(view.getBigUint64(4)) : view.getUint32(4);
  const unknown = duration === 0xff_ff_ff_ff || duration > Number.MAX_SAFE_INTEGER;
  return { timescale: view.getUint32(0), duration: unknown ? 0 : duration };
}

/** Edits of a list that are read; a film of a day that is cut every second has fewer */
const MAX_EDITS = 100_000;

/** Sum of the durations in an edit list: ISO/IEC 14496-12, section 8.6.6. */
async function readEdits(reader: BoxReader, trak: Box): Promise<number> {
  const elst = await reader.find(trak, "edts", "elst");
  if (elst === undefined) return 0;
  const head = await reader.view(elst.body, 8);
  const long = head.getUint8(0) === 1;
  const size = long ? 20 : 12;
  const room = Math.floor((elst.end - elst.body - 8) / size);
  const count = Math.min(head.getUint32(4), room, MAX_EDITS);
  let sum = 0;
  for (let edit = 0; edit < count; edit++) {
    const view = await reader.view(elst.body + 8 + edit * size, size);
    sum += long ? Number(view.getBigUint64(0)) : view.getUint32(0);
  }
  return Number.isSafeInteger(sum) ? sum : 0;
}

async function firstEntry(reader: BoxReader, stsd: Box): Promise<Box | undefined> {
  for await (const box of reader.boxes(stsd.body + 8, stsd.end)) return box;
  return undefined;
}

async function readEntry(
  reader: BoxReader,
  entry: Box,
  handler: string,
): Promise<Pick<Mp4Track, "codec" | "width" | "height" | "transfer">> {
  if (entry.type === "encv" || entry.type === "enca") return { ...noEntry, codec: "encrypted" };
  const named = codecNames[entry.type] ?? entry.type.trim();
  if (handler === "vide") {
    const size = await reader.view(entry.body + 24, 4);
    const inner = { ...entry, body: entry.body + 78 };
    const codec = entry.type === "mp4v" ? await describedCodec(reader, inner, named) : named;
    const pixels = await reader.find(inner, "pasp");
    const ratio = pixels === undefined ? 1 : await pixelRatio(reader, pixels);
    const color = await reader.find(inner, "colr");
    const transfer = color === undefined ? undefined : await highDynamicRange(reader, color);
    return { codec, width: Math.round(size.getUint16(0) * ratio), height: size.getUint16(2), transfer };
  }
  if (handler !== "soun" || entry.type !== "mp4a") return { ...noEntry, codec: named };
  // QuickTime has longer descriptions, told by their version.
  const version = (await reader.view(entry.body + 8, 2)).getUint16(0);
  const inner = { ...entry, body: entry.body + (version === 1 ? 44 : version === 2 ? 64 : 28) };
  const wave = await reader.find(inner, "wave");
  return { ...noEntry, codec: await describedCodec(reader, wave ?? inner, named) };
}

/** Width of a pixel by its height; what no camera makes counts as square. */
async function pixelRatio(reader: BoxReader, pasp: Box): Promise<number> {
  const view = await reader.view(pasp.body, 8);
  const ratio = view.getUint32(0) / view.getUint32(4);
  return ratio > 0.1 && ratio < 10 ? ratio : 1;
}

/** Transfer characteristics 16 and 18 of ITU-T H.273, table 3; the others are those of ordinary screens. */
async function highDynamicRange(reader: BoxReader, colr: Box): Promise<string | undefined> {
  const view = await reader.view(colr.body, Math.min(8, colr.end - colr.body));
  if (view.byteLength < 8 || !fourCharacters(view, 0).startsWith("ncl")) return undefined;
  const transfer = view.getUint16(6);
  return transfer === 16 ? "smpte2084" : transfer === 18 ? "arib-std-b67" : undefined;
}

/** The codec by its `esds` descriptor: ISO/IEC 14496-1, section 7.2.6. */
async function describedCodec(reader: BoxReader, within: Box, otherwise: string): Promise<string> {
  const esds = await reader.find(within, "esds");
  if (esds === undefined) return otherwise;
  const view = await reader.view(esds.body, Math.min(64, esds.end - esds.body));
  let at = 4;
  const byte = (): number => (at < view.byteLength ? view.getUint8(at++) : 0);
  const skipLength = (): void => {
    while (byte() & 0x80);
  };
  if (byte() !== 3) return otherwise;
  skipLength();
  at += 2;
  const flags = byte();
  if (flags & 0x80) at += 2;
  if (flags & 0x40) at += byte();
  if (flags & 0x20) at += 2;
  if (byte() !== 4) return otherwise;
  skipLength();
  const type = byte();
  return objectTypes[type] ?? `${otherwise}:0x${type.toString(16)}`;
}
