import { FfmpegFailure, MissingTool, probeWithFfprobe } from "./ffmpeg.ts";
import { DamagedMp4, WINDOW } from "../mp4/boxes.ts";
import type { Metadata } from "../mp4/private-metadata.ts";
import { findMetadata } from "../mp4/private-metadata.ts";
import { readMp4 } from "../mp4/read-mp4.ts";
import { containerOf } from "./container.ts";
import type { VideoFile } from "./video-file.ts";
import type { VideoProbe } from "./video-probe.ts";

/** A probe with what sending needs beside it. */
export interface Probed {
  readonly probe: VideoProbe;
  /** Why nothing could be told of its inside */
  readonly problem: string | undefined;
  /** ffmpeg may be able to make something of it */
  readonly convertible: boolean;
  /** What to blank before sending; `undefined` where it cannot be done */
  readonly metadata: Metadata | undefined;
  /** Transfer characteristics of a picture in high dynamic range */
  readonly transfer: string | undefined;
}

/**
 * Reads what a video is. MP4 and QuickTime are read here, a few kilobytes of them; other containers by ffprobe, where it is installed.
 */
export async function probeFile(file: VideoFile): Promise<Probed> {
  const head = await file.read(0, WINDOW);
  const container = containerOf(head);
  if (container?.kind === "mp4") return probeMp4(file, head);
  if (container?.kind === "video") return probeOther(file, container.name);
  const problem =
    file.size === 0
      ? "it is empty"
      : container === undefined
        ? "it is no kind of video known here"
        : `it is ${container.name}`;
  return unknown(file, "unknown", problem, false);
}

async function probeMp4(file: VideoFile, head: Uint8Array): Promise<Probed> {
  try {
    const mp4 = await readMp4(file, head);
    const video = mp4.tracks.find(({ handler, codec }) => handler === "vide" && codec !== "png" && codec !== "mjpeg");
    const picture = video ?? mp4.tracks.find(({ handler }) => handler === "vide");
    const audio = mp4.tracks.find(({ handler }) => handler === "soun");
    const { width = 0, height = 0, rotation = 0 } = picture ?? {};
    const metadata = await findMetadata(mp4).catch(unlessDamaged);
    return {
      probe: {
        container: familyOf(mp4.brand),
        videoCodec: picture?.codec,
        audioCodec: audio?.codec,
        ...upright(width, height, rotation),
        duration: mp4.duration > 0 ? mp4.duration : undefined,
        size: file.size,
        fragmented: mp4.fragmented,
        fastStart: mp4.fastStart,
        location: metadata?.place ?? true,
      },
      problem: undefined,
      convertible: picture !== undefined,
      metadata,
      transfer: picture?.transfer,
    };
  } catch (error) {
    if (!(error instanceof DamagedMp4)) throw error;
    return unknown(file, "mp4", `the MP4 is damaged: ${error.message}`, true);
  }
}

function unlessDamaged(error: unknown): undefined {
  if (!(error instanceof DamagedMp4)) throw error;
  return undefined;
}

/** By the major brand: https://mp4ra.org/registered-types/brands */
function familyOf(brand: string): string {
  if (brand === "" || brand === "qt  ") return "mov";
  return /^3g[p2]|^3gg|^3gr|^3gs/.test(brand) ? "3gp" : "mp4";
}

async function probeOther(file: VideoFile, container: string): Promise<Probed> {
  try {
    const { rotation, width, height, ...found } = await probeWithFfprobe(await file.path());
    return {
      probe: {
        ...unknown(file, container, "", true).probe,
        ...found,
        ...upright(width, height, rotation),
      },
      problem: undefined,
      convertible: found.videoCodec !== undefined,
      metadata: undefined,
      transfer: found.transfer,
    };
  } catch (error) {
    if (!(error instanceof MissingTool || error instanceof FfmpegFailure)) throw error;
    const isMissing = error instanceof MissingTool;
    return unknown(
      file,
      container,
      isMissing ? `its codecs are not known, because ${error.message}` : error.message,
      true,
    );
  }
}

function upright(width: number, height: number, rotation: VideoProbe["rotation"]) {
  const lies = rotation === 90 || rotation === 270;
  return { width: lies ? height : width, height: lies ? width : height, rotation };
}

function unknown(file: VideoFile, container: string, problem: string, convertible: boolean): Probed {
  return {
    probe: {
      container,
      videoCodec: undefined,
      audioCodec: undefined,
      width: 0,
      height: 0,
      rotation: 0,
      duration: undefined,
      size: file.size,
      fragmented: false,
      fastStart: false,
      location: false,
    },
    problem,
    convertible,
    metadata: undefined,
    transfer: undefined,
  };
}
