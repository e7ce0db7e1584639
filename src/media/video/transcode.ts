import { stat } from "node:fs/promises";
import { MediaTooLargeError } from "../../core/errors/index.ts";
import { convert, hasFilter } from "./ffmpeg.ts";
import type { VideoFile } from "./video-file.ts";
import { ownFile, temporaryFolder } from "./video-file.ts";
import type { VideoProbe } from "./video-probe.ts";
import { conversion } from "./video-rules.ts";

export interface TranscodeOptions {
  /** Bytes that the result may have */
  readonly limit: number;
  /** 0 to 100; `undefined` where the duration is not known */
  readonly onProgress: (percent: number | undefined) => void;
  readonly signal: AbortSignal | undefined;
}

type Known = Pick<VideoProbe, "duration" | "width" | "height"> & {
  /** The curve of a picture in high dynamic range */
  readonly transfer: string | undefined;
};

/**
 * Converts a video to MP4 with H.264 and AAC: upright, square pixels, even sides, without metadata, playable from the start. Gives a
 * temporary file. What comes out too large is converted once more for what its rate turned out to be.
 *
 * @throws MediaTooLargeError for a video too long for the limit; MissingTool and FfmpegFailure of `ffmpeg.ts`
 */
export async function transcode(file: VideoFile, probe: Known, options: TranscodeOptions): Promise<VideoFile> {
  const { limit, onProgress, signal } = options;
  const { duration } = probe;
  const input = await file.path();
  const folder = await temporaryFolder();
  try {
    let allowed = limit * conversion.share;
    for (const name of ["converted.mp4", "smaller.mp4"]) {
      await convert(input, folder.file(name), {
        arguments: await encoding(file.name, probe, allowed, limit),
        onProgress: (seconds) => onProgress(duration === undefined ? undefined : percent(seconds / duration)),
        signal,
      });
      const { size } = await stat(folder.file(name));
      if (size <= limit) return await ownFile(folder, name);
      allowed *= (limit / size) * conversion.share;
    }
    throw new MediaTooLargeError(
      `${file.name} has ${file.size} bytes and cannot be made to fit into ${limit}. Cut it shorter. Nothing was sent.`,
      { media: file.name, size: file.size, maxSize: limit },
    );
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

/** Arguments for a result of at most so many bytes: a constant quality, capped at the rate that the size allows. */
async function encoding(
  name: string,
  { duration, width, height, transfer }: Known,
  bytes: number,
  limit: number,
): Promise<string[]> {
  const rate = duration === undefined ? undefined : (bytes * 8) / duration - conversion.audioRate;
  if (rate !== undefined && rate < conversion.leastVideoRate) {
    throw new MediaTooLargeError(
      `${name} lasts ${Math.round(duration ?? 0)} seconds, too long for ${limit} bytes at any quality worth watching. Cut it shorter. Nothing was sent.`,
      {
        media: name,
        size: Math.ceil(((conversion.leastVideoRate + conversion.audioRate) * (duration ?? 0)) / 8),
        maxSize: limit,
      },
    );
  }
  const side = rate === undefined ? conversion.longestSides[0] : longestSide(rate, width, height);
  const cap = Math.round(Math.min(rate ?? Number.POSITIVE_INFINITY, conversion.mostVideoRate));
  const toneMapping = transfer !== undefined && (await canMapTones()) ? toneMap : [];
  const filters = [...toneMapping, scaling(side)].join(",");
  return [
    // Covers, subtitles and the tracks of sensors stay behind.
    "-map 0:V:0 -map 0:a:0? -sn -dn",
    `-c:v libx264 -preset veryfast -crf 23 -pix_fmt yuv420p -maxrate ${cap} -bufsize ${cap * 2} -vf ${filters}`,
    ...(toneMapping.length > 0 ? ["-color_primaries bt709 -color_trc bt709 -colorspace bt709"] : []),
    `-c:a aac -b:a ${conversion.audioRate}`,
    // Without the encoder's name and the time: the same input gives the same bytes, so that an upload can be taken up again.
    "-movflags +faststart -fflags +bitexact -flags:v +bitexact -flags:a +bitexact -f mp4",
  ].flatMap((group) => group.split(" "));
}

/** The longest side at which a rate still gives every pixel enough. */
function longestSide(rate: number, width: number, height: number): number {
  const own = Math.max(width, height, 1);
  const share = Math.min(width, height) / own || 9 / 16;
  const enough = (side: number): boolean => rate >= side * side * share * 30 * conversion.bitsPerPixel;
  const { longestSides } = conversion;
  return longestSides.find((side) => enough(Math.min(side, own))) ?? (longestSides[longestSides.length - 1] as number);
}

/** Fits the longest side, makes pixels square and both sides even, as H.264 with 4:2:0 wants them. */
function scaling(side: number): string {
  const factor = `min(1\\,${side}/max(iw*sar\\,ih))`;
  return `scale=max(2\\,trunc(iw*sar*${factor}/2)*2):max(2\\,trunc(ih*${factor}/2)*2),setsar=1`;
}

/** Phones record in high dynamic range, which eight bits show grey: this makes of it what every screen shows. */
const toneMap = [
  "zscale=t=linear:npl=100",
  "format=gbrpf32le",
  "zscale=p=bt709",
  "tonemap=hable:desat=0",
  "zscale=t=bt709:m=bt709:r=tv",
  "format=yuv420p",
];

/** Depends on who built ffmpeg. Without, the picture stays as it is and is marked so. */
const canMapTones = async (): Promise<boolean> => (await hasFilter("zscale")) && hasFilter("tonemap");

const percent = (share: number): number => Math.round(Math.min(1, Math.max(0, share)) * 100);
