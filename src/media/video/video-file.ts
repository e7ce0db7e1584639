import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { MediaTooLargeError } from "../../core/errors/index.ts";
import { ByteSource } from "../../core/http/transport.ts";
import type { RandomAccess } from "../mp4/boxes.ts";
import type { Patch } from "../mp4/private-metadata.ts";
import type { Media, MediaSource, OpenOptions } from "../source/source.ts";
import { openMedia } from "../source/source.ts";

/** A video that can be read anywhere and more than once. */
export interface VideoFile extends RandomAccess {
  /** How messages call it */
  readonly name: string;
  /** A path that other programs can read; makes a temporary file if need be */
  path(): Promise<string>;
  /** Closes it, and removes what was made for it. */
  close(): Promise<void>;
}

/** Bytes read at a time for sending and hashing */
const CHUNK = 262_144;

/**
 * Opens a video. What flows goes to a temporary file first, so that it never lies in memory as a whole.
 *
 * @throws MediaError when it cannot be read or is empty, MediaTooLargeError for a stream longer than `maxSize` bytes
 */
export async function openVideo(
  source: MediaSource,
  { maxSize, ...options }: OpenOptions & { readonly maxSize: number },
): Promise<VideoFile> {
  const media = await openMedia(source, options);
  try {
    return readable(media) ?? (await spool(media, maxSize, options.signal));
  } catch (error) {
    await media.close();
    throw error;
  }
}

function readable(media: Media, given?: TemporaryFolder): VideoFile | undefined {
  const { name, size, read, path } = media;
  if (size === undefined || read === undefined) return undefined;
  let folder = given;
  return {
    name,
    size,
    read,
    async path() {
      if (path !== undefined) return resolve(path);
      if (folder === undefined) {
        folder = await temporaryFolder();
        await writeFile(folder.file("input"), media.chunks());
      }
      return folder.file("input");
    },
    async close() {
      await media.close();
      await folder?.remove();
    },
  };
}

async function spool(media: Media, maxSize: number, signal: AbortSignal | undefined): Promise<VideoFile> {
  const folder = await temporaryFolder();
  try {
    await writeFile(folder.file("input"), bounded(media, maxSize));
    signal?.throwIfAborted();
    const file = await ownFile(folder, "input");
    return { ...file, name: media.name };
  } catch (error) {
    await folder.remove();
    throw error;
  } finally {
    await media.close();
  }
}

async function* bounded(media: Media, maxSize: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of media.chunks()) {
    size += chunk.byteLength;
    if (size > maxSize) throw tooLarge(media.name, size, maxSize, "at least ");
    yield chunk;
  }
}

/** A video over the limit, which nothing was done about. */
export const tooLarge = (media: string, size: number, maxSize: number, least = ""): MediaTooLargeError =>
  new MediaTooLargeError(
    `${media} has ${least}${size} bytes, and Bluesky takes ${maxSize}. Cut it shorter, or convert it with { transcode: true }, which needs ffmpeg. Nothing was sent.`,
    { media, size, maxSize },
  );

/** A file that was made here, which goes with its folder. */
export async function ownFile(folder: TemporaryFolder, name: string): Promise<VideoFile> {
  return readable(await openMedia(folder.file(name)), folder) as VideoFile;
}

interface TemporaryFolder {
  readonly file: (name: string) => string;
  readonly remove: () => Promise<void>;
}

/** A folder that nobody else on the machine can read. */
export async function temporaryFolder(): Promise<TemporaryFolder> {
  const folder = await mkdtemp(join(tmpdir(), "skylex-video-"));
  return { file: (name) => join(folder, name), remove: () => rm(folder, { recursive: true, force: true }) };
}

/** The same with other bytes in some places. */
export function patched(file: VideoFile, patches: readonly Patch[]): VideoFile {
  if (patches.length === 0) return file;
  // Ends that never fall, so that the first patch of a piece is found by halving: a long video has many thousand.
  const ends = patches.map(({ at, length }) => at + length);
  ends.forEach((end, index) => (ends[index] = Math.max(end, ends[index - 1] ?? 0)));
  return {
    ...file,
    async read(at, length) {
      let bytes = await file.read(at, length);
      let isOwn = false;
      const end = at + bytes.byteLength;
      for (let index = firstAbove(ends, at); index < patches.length; index++) {
        const patch = patches[index] as Patch;
        if (patch.at >= end) break;
        // What was read may be the caller's own bytes.
        if (!isOwn) bytes = new Uint8Array(bytes);
        isOwn = true;
        apply(patch, bytes, at);
      }
      return bytes;
    },
  };
}

/** Index of the first of rising numbers that is above a value. */
function firstAbove(rising: readonly number[], value: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rising[middle] as number) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

function apply(patch: Patch, bytes: Uint8Array, at: number): void {
  const from = Math.max(0, patch.at - at);
  const to = Math.min(bytes.byteLength, patch.at + patch.length - at);
  if (from >= to) return;
  bytes.fill(0, from, to);
  patch.bytes?.forEach((byte, index) => {
    const place = patch.at + index - at;
    if (place >= from && place < to) bytes[place] = byte;
  });
}

/** The bytes of a part, a piece at a time. */
async function* chunksOf(file: RandomAccess, from: number, to: number): AsyncGenerator<Uint8Array> {
  for (let at = from; at < to; at += CHUNK) yield await file.read(at, Math.min(CHUNK, to - at));
}

/** A part of a file as the body of a request; `sent` is told of every piece that went out. */
export function bodyOf(file: RandomAccess, from: number, to: number, sent: (bytes: number) => void): ByteSource {
  return new ByteSource(to - from, async function* () {
    let done = 0;
    for await (const chunk of chunksOf(file, from, to)) {
      yield chunk;
      done += chunk.byteLength;
      sent(done);
    }
  });
}

/** SHA-256 of the content, as hex. */
export async function hashOf(file: RandomAccess, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of chunksOf(file, 0, file.size)) {
    signal.throwIfAborted();
    hash.update(chunk);
  }
  return hash.digest("hex");
}
