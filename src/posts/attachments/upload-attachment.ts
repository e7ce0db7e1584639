import { comAtprotoRepoUploadBlob } from "../../../generated/definitions/com.atproto.ts";
import type { BlobRef } from "../../core/lexicon/formats.ts";
import { MediaError, SkylexError } from "../../core/errors/index.ts";
import { cidOfBytes } from "../records/record-cid.ts";
import type { ReadyImage } from "./media-port.ts";
import type { PostTools } from "../tools.ts";

/** The blob a server will make of a file, without sending it. */
export const blobOf = async ({ bytes, type }: ReadyImage): Promise<BlobRef> => ({
  $type: "blob",
  ref: { $link: await cidOfBytes(bytes) },
  mimeType: type,
  size: bytes.length,
});

/**
 * Uploads a picture, once.
 *
 * @throws MediaError naming it, with the reason as its cause
 */
export async function uploadPostImage(
  image: ReadyImage,
  repo: string,
  { call, clock, uploaded }: Pick<PostTools, "call" | "clock" | "uploaded">,
  signal: AbortSignal | undefined,
): Promise<BlobRef> {
  const { name, bytes, type } = image;
  const cid = await cidOfBytes(bytes);
  return uploaded.get(repo, cid, clock.now(), signal, async (signal) => {
    try {
      const { blob } = await call(comAtprotoRepoUploadBlob, bytes, { encoding: type, signal });
      return blob;
    } catch (cause) {
      if (!(cause instanceof SkylexError) || cause instanceof MediaError) throw cause;
      throw new MediaError(`${name} could not be uploaded, and nothing was posted. ${cause.message}`, {
        media: name,
        nsid: cause.nsid,
        cause,
        retryable: cause.retryable || cause.ambiguous,
      });
    }
  });
}
