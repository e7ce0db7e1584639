import { comAtprotoRepoUploadBlob } from "../../generated/definitions/com.atproto.ts";
import type { ComAtprotoRepoUploadBlob } from "../../generated/types.ts";
import type { Call } from "../core/lexicon/namespace.ts";
import { ByteSource } from "../core/http/transport.ts";
import type { MediaOptions } from "./options.ts";
import type { Media, MediaSource } from "./source/source.ts";
import { openMedia } from "./source/source.ts";

/** How much of a file has been handed to the network. A repeated attempt starts at 0 again. */
export interface UploadProgress {
  /** Bytes */
  readonly loaded: number;
  /** Bytes; `undefined` for streams that do not say */
  readonly total: number | undefined;
}

/** How a file is uploaded. */
export interface UploadBlobOptions {
  /** Media type. Default: what the first bytes show, else what a Blob or a server said, else `application/octet-stream` */
  readonly mimeType?: string | undefined;
  /** Ends reading and sending */
  readonly signal?: AbortSignal | undefined;
  /** Is told how much has been handed to the network */
  readonly onProgress?: ((progress: UploadProgress) => void) | undefined;
}

/** Sends a file as it is. Files and Blobs are read while they are sent, and again if an attempt has to be repeated. */
export async function uploadBlob(
  call: Call,
  source: MediaSource,
  { mimeType, signal, onProgress }: UploadBlobOptions,
  media: MediaOptions,
): Promise<ComAtprotoRepoUploadBlob.Output> {
  const opened = await openMedia(source, { ...media, signal });
  const stopped = new AbortController();
  const tell = (progress: UploadProgress): void => {
    try {
      onProgress?.(progress);
    } catch (error) {
      // The transport would take it for a failure of the network.
      stopped.abort(error);
      throw error;
    }
  };
  try {
    const encoding = mimeType ?? opened.type ?? opened.declaredType ?? "application/octet-stream";
    return await call(comAtprotoRepoUploadBlob, bodyOf(opened, encoding, onProgress && tell), {
      encoding,
      signal: signal === undefined ? stopped.signal : AbortSignal.any([signal, stopped.signal]),
    });
  } catch (error) {
    throw stopped.signal.aborted && signal?.aborted !== true ? stopped.signal.reason : error;
  } finally {
    await opened.close();
  }
}

/** Media as the body of a request: what can be read again is sent with its length, and may be repeated. */
export function bodyOf(
  media: Media,
  type: string,
  onProgress?: (progress: UploadProgress) => void,
): ByteSource | ReadableStream<Uint8Array> {
  const { read, size: total } = media;
  const open = (): AsyncIterable<Uint8Array> =>
    onProgress === undefined ? media.chunks() : counted(media.chunks(), total, onProgress);
  return read === undefined || total === undefined ? ReadableStream.from(open()) : new ByteSource(total, open, type);
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  total: number | undefined,
  onProgress: (progress: UploadProgress) => void,
): AsyncGenerator<Uint8Array, void, void> {
  let loaded = 0;
  onProgress({ loaded, total });
  for await (const chunk of chunks) {
    yield chunk;
    loaded += chunk.length;
    onProgress({ loaded, total });
  }
}
