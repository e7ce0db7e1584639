import { appBskyVideoGetUploadLimits, appBskyVideoUploadVideo } from "../../../generated/definitions/app.bsky.ts";
import { blobSlots } from "../../../generated/blob-slots.ts";
import type { AppBskyEmbedVideo } from "../../../generated/types.ts";
import type { BlobRef } from "../../core/lexicon/formats.ts";
import { InvalidResponseError, XrpcError } from "../../core/errors/index.ts";
import type { MediaSource } from "../source/source.ts";
import { bodyOf } from "./video-file.ts";
import type { VideoCaption } from "./captions.ts";
import { readCaptions, uploadCaptions } from "./captions.ts";
import type { VideoJob } from "./video-job.ts";
import { awaitBlob } from "./await-blob.ts";
import { readVideoJob } from "./video-job.ts";
import type { UploadedBlob } from "./multipart-upload.ts";
import { uploadInParts } from "./multipart-upload.ts";
import type { PreparedVideo } from "./prepare-video.ts";
import { prepareVideo } from "./prepare-video.ts";
import { officialApp, patience } from "./video-rules.ts";
import type { VideoClient, VideoProgress } from "./video-run.ts";
import { VideoRun } from "./video-run.ts";

/** How a video is checked, uploaded and shown. */
export interface UploadVideoOptions {
  /** What is to be seen, for those who cannot see it. Default: none */
  readonly alt?: string | undefined;
  /** At most 20, each in a language of its own */
  readonly captions?: readonly VideoCaption[] | undefined;
  /** `gif`: shown without controls and sound, over and over. Default: `default` */
  readonly presentation?: "default" | "gif" | undefined;
  /** Convert what Bluesky does not take, and what is too large, to MP4 with H.264 and AAC. Needs ffmpeg. Default false */
  readonly transcode?: boolean | undefined;
  /**
   * Send in parts, which are sent again one by one when the line breaks, and taken up where they stopped after a crash. Default: from
   * 16 MiB. A service that takes no parts gets the whole
   */
  readonly multipart?: boolean | undefined;
  /** Milliseconds for upload and processing; reading and converting are not counted. Default 600,000 */
  readonly timeout?: number | undefined;
  /** Ends all of it: a conversion is killed, an upload given up at the service. Its reason is what the promise rejects with. */
  readonly signal?: AbortSignal | undefined;
  /** Is told what is being done, and how much of it is */
  readonly onProgress?: ((progress: VideoProgress) => void) | undefined;
}

/** A video that is ready to be posted. */
export interface UploadedVideo {
  /** All of it, for the `embed` of a post */
  readonly embed: AppBskyEmbedVideo.Main & { readonly $type: "app.bsky.embed.video" };
  /** For a record of your own */
  readonly blob: BlobRef;
  /** Of the upright picture */
  readonly aspectRatio: { readonly width: number; readonly height: number };
  /** Job of the video service */
  readonly jobId: string | undefined;
  /** Seconds; absent if the file does not say */
  readonly duration: number | undefined;
  /** Whether it was converted */
  readonly transcoded: boolean;
}

/** Checks, converts if need be, sends and waits until the video is processed. See `client.uploadVideo`. */
export async function uploadVideo(
  client: VideoClient,
  source: MediaSource,
  options: UploadVideoOptions = {},
): Promise<UploadedVideo> {
  const {
    alt,
    captions = [],
    presentation,
    transcode = false,
    timeout = patience.timeout,
    signal,
    onProgress,
  } = options;
  signal?.throwIfAborted();
  const texts = await readCaptions(client, captions, signal);
  const video = await prepareVideo(source, {
    transcode,
    maxSize: blobSlots["app.bsky.embed.video.video"].maxSize ?? Number.POSITIVE_INFINITY,
    media: client.media,
    signal,
    onProgress: (phase, percent) => onProgress?.({ phase, percent }),
  });
  try {
    const { width, height, duration } = video.probe;
    const aspectRatio = { width, height };
    const run = new VideoRun(client, video.file.name, { timeout, signal, onProgress });
    return await run.through(async () => {
      const { blob, jobId } = await send(run, video, options.multipart);
      const embed = {
        $type: "app.bsky.embed.video" as const,
        video: blob,
        aspectRatio,
        ...(alt !== undefined && { alt }),
        ...(texts.length > 0 && { captions: await uploadCaptions(run, texts) }),
        ...(presentation !== undefined && { presentation }),
      };
      return { embed, blob, aspectRatio, jobId, duration, transcoded: video.transcoded };
    });
  } finally {
    await video.file.close();
  }
}

async function send(run: VideoRun, video: PreparedVideo, multipart: boolean | undefined): Promise<UploadedBlob> {
  await checkAllowance(run, video.file.size);
  // Not the file's own name, which may tell more than its owner wants.
  const name = `${Math.floor(run.client.random() * 36 ** 8).toString(36)}.${video.mimeType === "video/mp4" ? "mp4" : "mov"}`;
  if (multipart ?? video.file.size >= officialApp.multipartFrom) {
    const uploaded = await uploadInParts(run, video, name);
    if (uploaded !== undefined) return uploaded;
  }
  const job = await run.persistently(() => uploadWhole(run, video, name));
  return { blob: await awaitBlob(run, job), jobId: job.jobId };
}

/** Asks what the account may still upload today, before anything is sent. */
async function checkAllowance(run: VideoRun, size: number): Promise<void> {
  const limits = await run.call(appBskyVideoGetUploadLimits, undefined, run.options());
  const { canUpload, remainingDailyVideos: videos, remainingDailyBytes: bytes, error, message } = limits;
  const own =
    videos !== undefined && videos < 1
      ? "no more videos today"
      : bytes !== undefined && bytes < size
        ? `only ${bytes} more bytes today, and the video has ${size}`
        : undefined;
  if (canUpload && own === undefined) return;
  const why = message ?? own ?? error ?? "it may not upload videos now";
  const job = { jobId: undefined, state: undefined, error: error ?? "upload_limit", message };
  throw run.fails(`takes no video of this account: ${why}`, job);
}

/** The service's name for a video that it has from this account already */
const SENT_BEFORE = "already_exists";

async function uploadWhole(run: VideoRun, { file, mimeType }: PreparedVideo, name: string): Promise<VideoJob> {
  const total = file.size;
  const body = bodyOf(file, 0, total, (sent) =>
    run.tells({ phase: "upload", percent: Math.floor((sent / total) * 100), sent, total }),
  );
  const params = { did: await run.client.did(), name };
  let answer: unknown;
  try {
    answer = await run.call(
      appBskyVideoUploadVideo,
      body,
      run.options({ params, encoding: mimeType, expectedErrors: [SENT_BEFORE] }),
    );
  } catch (error) {
    // The job of the same video is as good.
    const known = error instanceof XrpcError && error.error === SENT_BEFORE ? readVideoJob(error) : undefined;
    if (known === undefined) throw error;
    return known;
  }
  const job = readVideoJob(answer);
  if (job !== undefined) return job;
  const { nsid } = appBskyVideoUploadVideo;
  throw new InvalidResponseError(`${nsid} answered without a job or a blob`, { nsid, ambiguous: true });
}
