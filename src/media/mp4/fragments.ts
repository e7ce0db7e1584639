import type { Box, BoxReader } from "./boxes.ts";
import type { Mp4Track } from "./track.ts";

interface Fragments {
  readonly tracks: readonly Mp4Track[];
  /** Ticks a second of the movie as a whole */
  readonly timescale: number;
  readonly mvex: Box | undefined;
  readonly fragments: readonly Box[];
}

/** Entries of one run of samples that are read at a time */
const ENTRIES = 4_096;
/** Samples of a run: a day of video in a single one has fewer */
const MAX_SAMPLES = 10_000_000;

/**
 * Seconds of a file in fragments, by its extended header or the fragments themselves, whichever says more. Indexes (sidx) may each
 * cover a part, or one another. ISO/IEC 14496-12, section 8.8.
 */
export async function fragmentedDuration(reader: BoxReader, file: Fragments): Promise<number> {
  const { tracks, timescale, mvex, fragments } = file;
  const timed = tracks.filter((track) => track.timescale > 0);
  const main = timed.find((track) => track.handler === "vide") ?? timed[0];
  if (main === undefined) return 0;
  const mehd = mvex && (await reader.find(mvex, "mehd"));
  const said = mehd !== undefined && timescale > 0 ? (await headerTicks(reader, mehd)) / timescale : 0;
  const fallback = mvex === undefined ? 0 : await defaultDuration(reader, mvex, main.id);
  // What the header itself has of the track comes before the fragments.
  let end = main.duration;
  for (const moof of fragments) end = Math.max(end, await fragmentEnd(reader, moof, main.id, fallback, end));
  return fragments.length === 0 ? said : Math.max(said, end / main.timescale);
}

async function headerTicks(reader: BoxReader, mehd: Box): Promise<number> {
  const long = (await reader.view(mehd.body, 1)).getUint8(0) === 1;
  const view = await reader.view(mehd.body + 4, long ? 8 : 4);
  return long ? Number(view.getBigUint64(0)) : view.getUint32(0);
}

async function defaultDuration(reader: BoxReader, mvex: Box, id: number): Promise<number> {
  for await (const box of reader.boxes(mvex.body, mvex.end)) {
    if (box.type !== "trex") continue;
    const view = await reader.view(box.body + 4, 20);
    if (view.getUint32(0) === id) return view.getUint32(8);
  }
  return 0;
}

/** Where a fragment ends, in ticks of the track; `from` where it does not have the track. */
async function fragmentEnd(reader: BoxReader, moof: Box, id: number, fallback: number, from: number): Promise<number> {
  for await (const traf of reader.boxes(moof.body, moof.end)) {
    if (traf.type !== "traf") continue;
    let mine = false;
    let each = fallback;
    let end = from;
    for await (const box of reader.boxes(traf.body, traf.end)) {
      if (box.type === "tfhd") {
        const header = await reader.view(box.body, Math.max(8, Math.min(box.end - box.body, 32)));
        mine = header.getUint32(4) === id;
        each = sampleDuration(header) ?? fallback;
      } else if (mine && box.type === "tfdt") {
        const long = (await reader.view(box.body, 1)).getUint8(0) === 1;
        const view = await reader.view(box.body + 4, long ? 8 : 4);
        end = long ? Number(view.getBigUint64(0)) : view.getUint32(0);
      } else if (mine && box.type === "trun") end += await runDuration(reader, box, each);
    }
    if (mine) return end;
  }
  return from;
}

/** The duration of each sample that a `tfhd` states, behind the optional fields that come before it. */
function sampleDuration(tfhd: DataView): number | undefined {
  const flags = tfhd.getUint32(0) & 0xff_ff_ff;
  if ((flags & 0x8) === 0) return undefined;
  const at = 8 + (flags & 0x1 ? 8 : 0) + (flags & 0x2 ? 4 : 0);
  return at + 4 <= tfhd.byteLength ? tfhd.getUint32(at) : undefined;
}

async function runDuration(reader: BoxReader, trun: Box, each: number): Promise<number> {
  const head = await reader.view(trun.body, 8);
  const flags = head.getUint32(0) & 0xff_ff_ff;
  const count = Math.min(head.getUint32(4), MAX_SAMPLES);
  if ((flags & 0x100) === 0) return count * each;
  const from = trun.body + 8 + (flags & 0x1 ? 4 : 0) + (flags & 0x4 ? 4 : 0);
  const fields = [0x100, 0x200, 0x400, 0x800].filter((field) => flags & field).length;
  const size = fields * 4;
  let ticks = 0;
  for (let done = 0; done < count; done += ENTRIES) {
    const now = Math.min(ENTRIES, count - done);
    const at = from + done * size;
    if (at + now * size > trun.end) return ticks;
    const view = await reader.view(at, now * size);
    for (let entry = 0; entry < now; entry++) ticks += view.getUint32(entry * size);
  }
  return ticks;
}
