import type { FfmpegCommand, FfprobeData } from "fluent-ffmpeg";
import { leftOut, MissingPackage } from "../../core/optional-package.ts";
import { quarterTurn } from "../mp4/track.ts";
import type { VideoProbe } from "./video-probe.ts";

/** The only module that knows fluent-ffmpeg. It is archived, and does little more than start two programs. */

/** ffmpeg or ffprobe is not there, or what starts it. Never leaves this room. */
export class MissingTool extends Error {}

const notFound = (tool: "ffmpeg" | "ffprobe"): MissingTool =>
  new MissingTool(
    `${tool} was not found on the PATH${tool === "ffmpeg" ? " or at FFMPEG_PATH" : ", beside ffmpeg or at FFPROBE_PATH"}. Install ffmpeg, which brings both: https://ffmpeg.org/download.html`,
  );

/** The program ran and could make nothing of the file. Never leaves this room. */
export class FfmpegFailure extends Error {}

/** Reading is confined to the file that was named, whatever other files and addresses it names itself. */
const confined = ["-protocol_whitelist", "file"];

/** What ffprobe says of a file; its sides are those before the picture is turned. */
export interface FfprobeResult extends Pick<
  VideoProbe,
  "videoCodec" | "audioCodec" | "width" | "height" | "rotation" | "duration"
> {
  /** Curve of a picture in high dynamic range */
  readonly transfer: string | undefined;
}

const highDynamicRange: ReadonlySet<unknown> = new Set(["smpte2084", "arib-std-b67"]);

async function command(path: string): Promise<FfmpegCommand> {
  try {
    const { default: ffmpeg } = await import("fluent-ffmpeg").catch(leftOut("fluent-ffmpeg", "ffmpeg"));
    return ffmpeg({ logger: undefined }).input(path);
  } catch (error) {
    if (error instanceof MissingPackage) throw new MissingTool(error.message, { cause: error });
    throw error;
  }
}

/**
 * Asks ffprobe.
 *
 * @throws MissingTool when there is none, FfmpegFailure when it can make nothing of the file
 */
export async function probeWithFfprobe(path: string): Promise<FfprobeResult> {
  const asked = await command(path);
  const { streams, format } = await new Promise<FfprobeData>((resolve, reject) => {
    // The first of three arguments is the input; with two, options would be taken for it.
    asked.ffprobe(0, confined, (error: unknown, data) => (error ? reject(failureOf(error, "ffprobe")) : resolve(data)));
  });
  const video = streams.find(({ codec_type, disposition }) => {
    const isCover = disposition?.["attached_pic"] === 1;
    return codec_type === "video" && !isCover;
  });
  const audio = streams.find(({ codec_type }) => codec_type === "audio");
  const [across = 1, down = 1] = (video?.sample_aspect_ratio ?? "1:1").split(":").map(Number);
  const ratio = across > 0 && down > 0 ? across / down : 1;
  const seconds = Number(format.duration);
  return {
    videoCodec: video?.codec_name,
    audioCodec: audio?.codec_name,
    width: Math.round((video?.width ?? 0) * ratio),
    height: video?.height ?? 0,
    // ffprobe counts counterclockwise.
    rotation: quarterTurn(-(Number(video?.rotation) || 0)),
    duration: Number.isFinite(seconds) && seconds > 0 ? seconds : undefined,
    transfer: highDynamicRange.has(video?.color_transfer) ? String(video?.color_transfer) : undefined,
  };
}

export interface ConversionOptions {
  /** Arguments between input and output */
  readonly arguments: readonly string[];
  /** Called with the seconds of the input that are done */
  readonly onProgress?: ((seconds: number) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Runs ffmpeg from one file to another. An abort kills it and rejects with the signal's reason.
 *
 * @throws MissingTool when there is none, FfmpegFailure when it can make nothing of the file
 */
export async function convert(input: string, output: string, options: ConversionOptions): Promise<void> {
  const { arguments: given, onProgress, signal } = options;
  const running = await command(input);
  signal?.throwIfAborted();
  running.inputOptions(confined).outputOptions(["-map_metadata", "-1", "-map_chapters", "-1", ...given]);
  const kill = (): void => void running.kill("SIGKILL");
  signal?.addEventListener("abort", kill, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      running
        .on("progress", ({ timemark }) => {
          try {
            onProgress?.(secondsOf(timemark));
          } catch (error) {
            // Whoever listens ends the conversion, and hears what they threw.
            reject(error);
            kill();
          }
        })
        // An abort before the program runs has nothing to kill.
        .on("start", () => {
          if (signal?.aborted === true) setImmediate(kill);
        })
        .on("error", (error, _stdout, stderr) => reject(failureOf(error, "ffmpeg", stderr)))
        .on("end", () => resolve())
        .save(output);
    });
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    throw error;
  } finally {
    signal?.removeEventListener("abort", kill);
  }
}

/** `00:01:02.50` */
function secondsOf(mark: unknown): number {
  const [hours = 0, minutes = 0, seconds = 0] = String(mark).split(":").map(Number);
  return hours * 3600 + minutes * 60 + seconds || 0;
}

function failureOf(error: unknown, tool: "ffmpeg" | "ffprobe", stderr: string | null = ""): Error {
  const message = error instanceof Error ? error.message : String(error);
  if (message.startsWith("Cannot find ff") || /ENOENT|EACCES/.test(message)) return notFound(tool);
  const lines = `${message}\n${stderr ?? ""}`
    .split("\n")
    .filter((line) => line.trim() && line !== "Conversion failed!");
  return new FfmpegFailure(`${tool} said: ${lines.at(-1) ?? message}`, { cause: error });
}

/** Whether ffmpeg has a filter, which depends on who built it. */
export async function hasFilter(name: string): Promise<boolean> {
  const asked = await command("none");
  return new Promise((resolve) => {
    asked.getAvailableFilters((error, filters) => resolve(!error && name in filters));
  });
}
