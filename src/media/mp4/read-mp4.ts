import type { Box, RandomAccess } from "./boxes.ts";
import { BoxReader, DamagedMp4, fourCharacters } from "./boxes.ts";
import { fragmentedDuration } from "./fragments.ts";
import type { Mp4Track } from "./track.ts";
import { readTimes, readTrack } from "./track.ts";

/** What the headers of an MP4 or QuickTime file say. */
export interface Mp4 {
  /** Major brand: `isom`, `mp42`, `qt  `, `3gp4` …; empty in QuickTime files older than brands */
  readonly brand: string;
  readonly tracks: readonly Mp4Track[];
  /** Seconds; 0 if nothing says */
  readonly duration: number;
  readonly fragmented: boolean;
  /** Headers come before the media, so that playing may begin before the end has arrived */
  readonly fastStart: boolean;
  readonly moov: Box;
  /** Parts that media come in, behind `moov` */
  readonly fragments: readonly Box[];
  /** Boxes beside `moov` that hold neither structure nor media, and what players skip */
  readonly extras: readonly Box[];
  readonly reader: BoxReader;
}

/** Boxes at the top of a file that belong to it: ISO/IEC 14496-12, table 1, and QuickTime's `wide` and `pnot` */
const structure: ReadonlySet<string> = new Set("ftyp styp moov mdat moof mfra sidx ssix pdin wide".split(" "));
/** Boxes that players skip or that come with the media, as many as there are parts */
const skippable: ReadonlySet<string> = new Set(["emsg", "prft", "free", "skip", "pnot"]);
const MAX_TRACKS = 64;
const MAX_EXTRAS = 1_000;

/**
 * Reads the headers, a few kilobytes whatever the size of the file.
 *
 * @param head its first bytes, if they have been read already
 * @throws DamagedMp4 for what is not built as an MP4
 */
export async function readMp4(source: RandomAccess, head?: Uint8Array): Promise<Mp4> {
  const reader = new BoxReader(source, head);
  let brand = "";
  let moov: Box | undefined;
  let firstMedia = Number.POSITIVE_INFINITY;
  const fragments: Box[] = [];
  const extras: Box[] = [];
  for await (const box of reader.boxes(0, source.size)) {
    if (box.type === "ftyp") brand = fourCharacters(await reader.view(box.body, 4), 0);
    else if (box.type === "moov" && moov === undefined) moov = box;
    else if (box.type === "mdat") firstMedia = Math.min(firstMedia, box.at);
    else if (box.type === "moof") fragments.push(box);
    else if (skippable.has(box.type)) extras.push(box);
    else if (!structure.has(box.type) || box.type === "moov") {
      if (moov === undefined && firstMedia === Number.POSITIVE_INFINITY && !/^[\w ©-]{4}$/.test(box.type)) {
        throw new DamagedMp4("it does not begin as an MP4 does");
      }
      if (extras.push(box) > MAX_EXTRAS) throw new DamagedMp4(`it has more than ${MAX_EXTRAS} boxes of unknown kind`);
    }
  }
  if (moov === undefined) throw new DamagedMp4("it has no header (moov); recordings that were cut off end like this");
  const tracks = await readTracks(reader, moov);
  const mvex = await reader.find(moov, "mvex");
  const mvhd = await reader.find(moov, "mvhd");
  const movie = mvhd === undefined ? { duration: 0, timescale: 0 } : await readTimes(reader, mvhd);
  const fragmented = fragments.length > 0 || mvex !== undefined;
  const { timescale } = movie;
  const shown = Math.max(0, ...tracks.map((track) => shownSeconds(track, timescale)));
  const whole = shown > 0 ? shown : secondsOf(movie);
  // The header of a file in parts may tell of the first part only.
  const inParts = fragmented ? await fragmentedDuration(reader, { tracks, timescale, mvex, fragments }) : 0;
  const duration = Math.max(whole, inParts);
  return {
    brand,
    tracks,
    duration,
    fragmented,
    fastStart: moov.at < firstMedia,
    moov,
    fragments,
    extras,
    reader,
  };
}

async function readTracks(reader: BoxReader, moov: Box): Promise<readonly Mp4Track[]> {
  const tracks: Mp4Track[] = [];
  for await (const box of reader.boxes(moov.body, moov.end)) {
    if (box.type === "cmov") throw new DamagedMp4("its header is compressed, which only old QuickTime reads");
    if (box.type !== "trak") continue;
    const track = await readTrack(reader, box);
    if (track === undefined) continue;
    if (tracks.push(track) > MAX_TRACKS) throw new DamagedMp4(`it has more than ${MAX_TRACKS} tracks`);
  }
  return tracks;
}

/** A track's time on the screen: what its edit list leaves of it, or all. */
const shownSeconds = (track: Mp4Track, movieTimescale: number): number =>
  track.shown > 0 && movieTimescale > 0 ? track.shown / movieTimescale : secondsOf(track);

const secondsOf = ({ duration, timescale }: Pick<Mp4Track, "duration" | "timescale">): number =>
  timescale > 0 ? duration / timescale : 0;
