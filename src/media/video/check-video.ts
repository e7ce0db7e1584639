import { blobSlots } from "../../../generated/blob-slots.ts";
import type { MediaSource } from "../source/source.ts";
import { openMedia } from "../source/source.ts";
import { readCaptions } from "./captions.ts";
import { prepareVideo, probeVideo } from "./prepare-video.ts";
import type { UploadVideoOptions } from "./upload-video.ts";
import type { VideoClient } from "./video-run.ts";

/**
 * Finds out whether a video can be posted, as far as that can be known without sending or converting it. A stream can be read only
 * once and is left alone; of what lies on a server, only the beginning is read.
 *
 * @throws MediaError naming the video, or the caption that is wrong
 */
export async function checkVideo(
  client: VideoClient,
  source: MediaSource,
  { captions = [], transcode = false, signal }: Pick<UploadVideoOptions, "captions" | "transcode" | "signal">,
): Promise<void> {
  const options = { ...client.media, signal };
  await readCaptions(
    client,
    captions.filter(({ file }) => !flows(file)),
    signal,
  );
  if (flows(source)) return;
  if (/^https?:/i.test(String(source))) return (await openMedia(source, options)).close();
  // Converting mends nearly everything, and takes long.
  if (transcode) return void (await probeVideo(source, options));
  const { file } = await prepareVideo(source, {
    transcode: false,
    maxSize: blobSlots["app.bsky.embed.video.video"].maxSize ?? Number.POSITIVE_INFINITY,
    media: client.media,
    signal,
    onProgress: () => undefined,
  });
  await file.close();
}

const flows = (source: MediaSource): boolean => typeof source === "object" && Symbol.asyncIterator in source;
