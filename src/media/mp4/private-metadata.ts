import type { Box, BoxReader } from "./boxes.ts";
import { DamagedMp4 } from "./boxes.ts";
import type { Mp4 } from "./read-mp4.ts";
import type { Mp4Track } from "./track.ts";

/** Bytes of a file that are to be others when it is sent; everything else stays where it is. */
export interface Patch {
  readonly at: number;
  /** Bytes that become zero */
  readonly length: number;
  /** What takes the place of the first of them */
  readonly bytes?: Uint8Array;
}

/** What a file tells beside picture and sound, and how to take it out without moving a byte. */
export interface Metadata {
  /** It names a place */
  readonly place: boolean;
  /** In the order of the file, none overlapping another; empty for a file that tells nothing */
  readonly patches: readonly Patch[];
}

/** Tracks that hold nothing of the kind: picture, sound, and the numbers cameras count frames by */
const harmlessTracks: ReadonlySet<string> = new Set(["vide", "soun", "tmcd"]);
/** Tags that only name the program that wrote the file, and what holds them */
const harmlessTags: ReadonlySet<string> = new Set([
  "meta",
  "hdlr",
  "ilst",
  "\xa9too",
  "\xa9enc",
  "\xa9swr",
  "free",
  "data",
]);
/** Android's and ISO's own tags, the names Apple gives its keys, and what XMP and GPS recorders write */
const placeMarks = /\xa9xyz|loci|location|gps|gpmd|camm|latitude|longitude/i;
/** How much of the metadata is searched for a place: to say that there is one, not to take it out */
const SEARCHED_BYTES = 65_536;
const SEARCHED_RANGES = 500;
const MAX_PATCHES = 250_000;
const free = Uint8Array.from("free", (letter) => letter.charCodeAt(0));

/**
 * Finds user data, metadata, XMP, and the tracks of sensors and captions, which is where cameras and phones write the place a video was
 * taken. A box becomes `free`, which readers skip, and its content zero, so that every offset in the file stays right.
 *
 * @throws DamagedMp4 where a track with data cannot be taken out like that
 */
export async function findMetadata(mp4: Mp4): Promise<Metadata> {
  const { reader, moov, tracks, extras, fragments } = mp4;
  const foreign = tracks.filter((track) => !harmlessTracks.has(track.handler));
  const gone = new Set(foreign.map((track) => track.box.at));
  const boxes: Box[] = [...extras];
  const times: Patch[] = [];
  for (const box of [moov, ...fragments]) await collect(reader, box, { boxes, times, gone });
  for (const { handler, samples } of tracks) {
    if (handler === "tmcd" && samples !== undefined) boxes.push(...(await reelNames(reader, samples)));
  }
  const telling: Box[] = [];
  for (const box of boxes) if (!(await isHarmless(reader, box))) telling.push(box);
  if (mp4.fragmented && foreign.length > 0) {
    throw new DamagedMp4("it is in fragments and has a track of data, which may tell the place it was taken");
  }
  const patches = [...times, ...[...telling, ...foreign.map((track) => track.box)].flatMap(blank)];
  for (const track of foreign) await blankSamples(reader, track, patches);
  const place = await mentionsPlace(reader, [
    ...telling,
    ...foreign.map((track) => track.box),
    ...patches.filter(hasContent),
  ]);
  return { place, patches: patches.toSorted((a, b) => a.at - b.at) };
}

/** Boxes that hold others, in which anybody may put what is theirs */
const containers: ReadonlySet<string> = new Set("trak mdia minf stbl dinf edts gmhd mvex moof traf".split(" "));
/** What players skip or show to nobody */
const skipped: ReadonlySet<string> = new Set("udta meta uuid free skip emsg prft loci xml bxml cprt".split(" "));
/** Headers that begin with the times at which they were made and changed */
const timed: ReadonlySet<string> = new Set(["mvhd", "tkhd", "mdhd"]);

interface Collected {
  readonly boxes: Box[];
  readonly times: Patch[];
  /** Where tracks begin that go as a whole */
  readonly gone: ReadonlySet<number>;
}

/** Boxes of metadata and times of headers, however deep they lie. */
async function collect(reader: BoxReader, within: Box, into: Collected): Promise<void> {
  for await (const box of reader.boxes(within.body, within.end)) {
    if (into.gone.has(box.at)) continue;
    if (skipped.has(box.type)) into.boxes.push(box);
    else if (timed.has(box.type)) await collectTimes(reader, box, into.times);
    else if (containers.has(box.type)) await collect(reader, box, into);
  }
}

async function collectTimes(reader: BoxReader, header: Box, into: Patch[]): Promise<void> {
  const length = (await reader.view(header.body, 1)).getUint8(0) === 1 ? 16 : 8;
  const view = await reader.view(header.body + 4, length);
  const isSet = Array.from({ length }, (_, at) => view.getUint8(at)).some((byte) => byte !== 0);
  if (isSet) into.push({ at: header.body + 4, length });
}

/** Bytes of a description of time codes before its own boxes, one of which names the reel */
const TIME_CODE = 26;

async function reelNames(reader: BoxReader, samples: Box): Promise<readonly Box[]> {
  const stsd = await reader.find(samples, "stsd");
  const found: Box[] = [];
  if (stsd === undefined) return found;
  for await (const entry of reader.boxes(stsd.body + 8, stsd.end)) {
    for await (const box of reader.boxes(entry.body + TIME_CODE, entry.end)) found.push(box);
  }
  return found;
}

async function isHarmless(reader: BoxReader, box: Box): Promise<boolean> {
  if (box.type === "free" || box.type === "skip") return isBlank(reader, box);
  if (!harmlessTags.has(box.type) && box.type !== "udta") return false;
  if (box.type !== "udta" && box.type !== "meta" && box.type !== "ilst") return true;
  let { body } = box;
  if (box.type === "meta" && box.end - body >= 8) {
    // ISO puts version and flags before the content, QuickTime does not.
    const isQuickTime = (await reader.view(body + 4, 4)).getUint32(0) === HDLR;
    if (!isQuickTime) body += 4;
  }
  for await (const inner of reader.boxes(body, box.end)) if (!(await isHarmless(reader, inner))) return false;
  return true;
}

async function isBlank(reader: BoxReader, { body, end }: Box): Promise<boolean> {
  if (end - body > SEARCHED_BYTES) return false;
  const view = await reader.view(body, end - body);
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength).every((byte) => byte === 0);
}

const HDLR = 0x68_64_6c_72;

const hasContent = ({ bytes, length }: Patch): boolean => bytes === undefined && length > 0;

function blank({ at, body, end }: Box): readonly Patch[] {
  return [
    { at: at + 4, length: 4, bytes: free },
    { at: body, length: end - body },
  ];
}

async function mentionsPlace(reader: BoxReader, ranges: readonly (Box | Patch)[]): Promise<boolean> {
  for (const range of ranges.slice(0, SEARCHED_RANGES)) {
    const length = "length" in range ? range.length : range.end - range.at;
    const view = await reader.view(range.at, Math.min(SEARCHED_BYTES, length));
    if (placeMarks.test(Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString("latin1"))) return true;
  }
  return false;
}

/** Adds the bytes that a track's samples take among the media. ISO/IEC 14496-12, sections 8.7.3 to 8.7.5. */
async function blankSamples(reader: BoxReader, track: Mp4Track, patches: Patch[]): Promise<void> {
  const { samples } = track;
  if (samples === undefined) return;
  const whole = await reader.find(samples, "stsz");
  const sizes = whole ?? (await reader.find(samples, "stz2"));
  const runs = await reader.find(samples, "stsc");
  const short = await reader.find(samples, "stco");
  const offsets = short ?? (await reader.find(samples, "co64"));
  if (offsets === undefined) return;
  if (sizes === undefined || runs === undefined) {
    throw new DamagedMp4("it has a track of data whose samples cannot be found, which may tell the place it was taken");
  }
  const chunks = (await reader.view(offsets.body + 4, 4)).getUint32(0);
  const runCount = (await reader.view(runs.body + 4, 4)).getUint32(0);
  const word = (await reader.view(sizes.body + 4, 4)).getUint32(0);
  const same = whole === undefined ? 0 : word;
  // Compact tables have entries of 4, 8 or 16 bits.
  const bits = whole === undefined ? word & 0xff : 32;
  const sampleCount = (await reader.view(sizes.body + 8, 4)).getUint32(0);
  if (chunks + patches.length > MAX_PATCHES || sampleCount > MAX_PATCHES) {
    throw new DamagedMp4("it has a track of data too long to take out, which may tell the place it was taken");
  }
  let run = 0;
  let sample = 0;
  let perChunk = 0;
  let nextRunAt = 1;
  for (let chunk = 1; chunk <= chunks && sample < sampleCount; chunk++) {
    if (chunk === nextRunAt && run < runCount) {
      perChunk = (await reader.view(runs.body + 8 + run * 12 + 4, 4)).getUint32(0);
      run++;
      nextRunAt = run < runCount ? (await reader.view(runs.body + 8 + run * 12, 4)).getUint32(0) : chunks + 1;
    }
    let length = 0;
    for (let left = perChunk; left > 0 && sample < sampleCount; left--, sample++) {
      length += same > 0 ? same : await sizeAt(reader, sizes.body + 12, sample, bits);
    }
    const entry = await reader.view(offsets.body + 8 + (chunk - 1) * (short ? 4 : 8), short ? 4 : 8);
    const at = short ? entry.getUint32(0) : Number(entry.getBigUint64(0));
    if (at + length > reader.size) throw new DamagedMp4("it ends before its samples do");
    if (length > 0) patches.push({ at, length });
  }
}

async function sizeAt(reader: BoxReader, from: number, sample: number, bits: number): Promise<number> {
  if (bits === 32) return (await reader.view(from + sample * 4, 4)).getUint32(0);
  if (bits === 16) return (await reader.view(from + sample * 2, 2)).getUint16(0);
  if (bits === 8) return (await reader.view(from + sample, 1)).getUint8(0);
  if (bits !== 4) throw new DamagedMp4("it has a table of sizes that nothing reads");
  const pair = (await reader.view(from + (sample >> 1), 1)).getUint8(0);
  return sample % 2 === 0 ? pair >> 4 : pair & 0xf;
}
