import { createHash } from "node:crypto";
import type { Logger } from "../../core/logger.ts";
import type { MediaSource } from "../../media/source/source.ts";
import { openMedia } from "../../media/source/source.ts";
import type { VideoClient } from "../../media/video/video-run.ts";
import { limits } from "../limits.ts";
import type { PostMedia } from "./media-port.ts";

/** The room of media, as posts need it. What takes time to load is loaded when there is a picture, a video or a page. */
export function createPostMedia(client: VideoClient, logger: Pick<Logger, "warn">): PostMedia {
  const { media: options } = client;
  return {
    async image(source, slot, signal) {
      const { prepareImage } = await import("../../media/image/prepare-image.ts");
      const { data, mimeType, aspectRatio, warnings } = await prepareImage(source, slot, { ...options, signal });
      const name = nameOf(source);
      for (const warning of warnings) logger.warn(`${name}: ${warning}.`);
      return { name, bytes: data, type: mimeType, aspectRatio };
    },
    async fingerprint(source, signal) {
      const media = await openMedia(source, { ...options, signal });
      const hash = createHash("sha256");
      try {
        for await (const chunk of media.chunks()) hash.update(chunk);
        return hash.digest("hex");
      } finally {
        await media.close();
      }
    },
    async checkVideo({ source, captions = [], transcode = false }, signal) {
      const { checkVideo } = await import("../../media/video/check-video.ts");
      await checkVideo(client, source, { captions, transcode, signal });
    },
    async video({ source, ...video }, signal, onProgress) {
      const { uploadVideo } = await import("../../media/video/upload-video.ts");
      const { embed } = await uploadVideo(client, source, { ...video, signal, onProgress });
      return embed;
    },
    async page(url, signal) {
      const [{ fetchPublic }, { decodePage }] = await Promise.all([
        import("../../media/source/fetch-public.ts"),
        import("../../media/source/decode-page.ts"),
      ]);
      const {
        bytes,
        type,
        contentType,
        url: address,
      } = await fetchPublic(url, {
        allowPrivateAddresses: options.allowPrivateAddresses,
        signal,
        maxBytes: limits.page,
        cut: true,
        timeout: limits.pageTimeout,
        headers: { accept: "text/html,application/xhtml+xml" },
      });
      const isPage = type === undefined || /html|xml/.test(type);
      return { url: address, html: isPage ? decodePage(bytes, contentType) : "" };
    },
  };
}

/** How messages call a picture: its path, its URL without what may be secret, or that it was given. */
function nameOf(source: MediaSource): string {
  if (typeof source !== "string" && !(source instanceof URL)) return "the given picture";
  const url = /^https?:/i.test(String(source)) ? URL.parse(String(source)) : null;
  if (url !== null) return url.origin + url.pathname;
  return /^data:/i.test(String(source)) ? "the given data: URL" : String(source).slice(0, 200);
}
