import type { MediaError } from "../../core/errors/index.ts";
import { IncompatibleMediaError } from "../../core/errors/index.ts";
import { FfmpegFailure, MissingTool } from "./ffmpeg.ts";
import type { MediaOptions } from "../options.ts";
import type { MediaSource, OpenOptions } from "../source/source.ts";
import type { VideoFile } from "./video-file.ts";
import { openVideo, patched, tooLarge } from "./video-file.ts";
import type { VideoProbe } from "./video-probe.ts";
import type { Probed } from "./probe.ts";
import { probeFile } from "./probe.ts";
import { acceptedAudio, acceptedContainers, acceptedVideo } from "./video-rules.ts";
import { transcode } from "./transcode.ts";

/** A video that Bluesky takes. */
export interface PreparedVideo {
  readonly file: VideoFile;
  readonly mimeType: string;
  /** Of what is sent */
  readonly probe: VideoProbe;
  readonly transcoded: boolean;
}

export interface PrepareOptions {
  readonly transcode: boolean;
  /** Bytes that Bluesky takes */
  readonly maxSize: number;
  /** How the source is read */
  readonly media: MediaOptions;
  readonly onProgress: (phase: "probe" | "transcode", percent: number | undefined) => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Reads what a video is.
 *
 * @throws MediaError for what cannot be read, IncompatibleMediaError for what is no video, or needs ffprobe and there is none
 */
export async function probeVideo(source: MediaSource, options: OpenOptions = {}): Promise<VideoProbe> {
  const file = await openVideo(source, { ...options, maxSize: Number.POSITIVE_INFINITY });
  try {
    const { probe, problem } = await probeFile(file);
    if (problem !== undefined) throw incompatible(file, probe, problem, "");
    return probe;
  } finally {
    await file.close();
  }
}

/**
 * Makes a video ready to be sent, whole: what Bluesky takes stays as it is but for its metadata, the rest is converted or refused.
 * The file is the caller's to close.
 */
export async function prepareVideo(source: MediaSource, options: PrepareOptions): Promise<PreparedVideo> {
  const { maxSize, onProgress, signal, media } = options;
  onProgress("probe", undefined);
  const most = options.transcode ? Number.POSITIVE_INFINITY : maxSize;
  const file = await openVideo(source, { ...media, signal, maxSize: most });
  try {
    const probed = await probeFile(file);
    const { probe, metadata } = probed;
    onProgress("probe", 100);
    const reason = reasonAgainst(probed);
    if (reason === undefined && probe.size <= maxSize) {
      const mimeType = acceptedContainers[probe.container] as string;
      return { file: patched(file, metadata?.patches ?? []), mimeType, probe, transcoded: false };
    }
    if (!options.transcode || !probed.convertible) throw refusal(file, probed, reason, maxSize);
    const output = await convertTo(file, probed, reason, options);
    await file.close();
    return output;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Why Bluesky would not take it as it is; `undefined` if it does. */
function reasonAgainst({ probe, problem, metadata }: Probed): string | undefined {
  const { container, videoCodec, audioCodec } = probe;
  if (container in acceptedContainers || container === "unknown") {
    if (problem !== undefined) return problem;
    if (videoCodec === undefined) return "it has no picture";
  }
  const holds = [videoCodec, audioCodec].filter((codec) => codec !== undefined).join(" and ");
  if (!(container in acceptedContainers)) {
    return `it is ${container}${holds ? ` with ${holds}` : ""}${problem === undefined ? "" : ` (${problem})`}`;
  }
  if (videoCodec === undefined || !acceptedVideo.has(videoCodec)) return `its picture is ${videoCodec}`;
  if (audioCodec !== undefined && !acceptedAudio.has(audioCodec)) return `its sound is ${audioCodec}`;
  if (probe.width === 0 || probe.height === 0) return "it does not say how large its picture is";
  return metadata === undefined
    ? "it has a track of data that may tell the place it was taken, and cannot be blanked"
    : undefined;
}

function refusal(
  file: VideoFile,
  { probe, convertible }: Probed,
  reason: string | undefined,
  maxSize: number,
): MediaError {
  if (reason === undefined) return tooLarge(file.name, probe.size, maxSize);
  const hint = convertible ? " Convert it with { transcode: true }, which needs ffmpeg." : "";
  return incompatible(file, probe, reason, hint);
}

function incompatible(
  { name }: VideoFile,
  { container, videoCodec }: VideoProbe,
  reason: string,
  hint: string,
  cause?: unknown,
): IncompatibleMediaError {
  return new IncompatibleMediaError(
    `${name} is not what Bluesky takes, MP4 with H.264 and AAC: ${reason}.${hint} Nothing was sent.`,
    { media: name, container, codec: videoCodec, reason, cause },
  );
}

async function convertTo(
  file: VideoFile,
  { probe, transfer }: Probed,
  reason: string | undefined,
  { maxSize: limit, onProgress, signal }: PrepareOptions,
): Promise<PreparedVideo> {
  const why = reason ?? `it has ${probe.size} bytes, more than ${limit}`;
  const progress = (percent: number | undefined): void => onProgress("transcode", percent);
  progress(0);
  let output: VideoFile | undefined;
  try {
    output = await transcode(file, { ...probe, transfer }, { limit, onProgress: progress, signal });
    const made = await probeFile(output);
    const against = reasonAgainst(made);
    if (against !== undefined) throw new FfmpegFailure(`the result cannot be sent, ${against}`);
    progress(100);
    const { patches = [] } = made.metadata ?? {};
    return { file: patched(output, patches), mimeType: "video/mp4", probe: made.probe, transcoded: true };
  } catch (error) {
    await output?.close();
    const failed = error instanceof MissingTool || error instanceof FfmpegFailure;
    throw failed ? incompatible(file, probe, why, ` It could not be converted: ${error.message}.`, error) : error;
  }
}
