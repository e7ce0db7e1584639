import { readFile, writeFile } from "node:fs/promises";
import { MediaError } from "../../core/errors/index.ts";
import { convert, FfmpegFailure, MissingTool } from "../video/ffmpeg.ts";
import { temporaryFolder } from "../video/video-file.ts";

/**
 * Decodes a picture that only ffmpeg knows, HEIC for instance, as PNG: upright, without metadata.
 *
 * @param name how messages call it
 * @throws MediaError when there is no ffmpeg, or it can make nothing of it
 */
export async function decodeStill(name: string, bytes: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
  const folder = await temporaryFolder();
  try {
    await writeFile(folder.file("input"), bytes);
    await convert(folder.file("input"), folder.file("still.png"), {
      arguments: ["-frames:v", "1", "-f", "image2", "-c:v", "png"],
      signal,
    });
    return await readFile(folder.file("still.png"));
  } catch (error) {
    if (!(error instanceof MissingTool || error instanceof FfmpegFailure)) throw error;
    throw new MediaError(`${name} cannot be decoded: ${error.message}. Nothing was sent.`, {
      media: name,
      cause: error,
    });
  } finally {
    await folder.remove();
  }
}
