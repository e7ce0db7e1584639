import type { AppBskyEmbedVideo } from "../../../generated/types.ts";
import type { MediaSource } from "../../media/source/source.ts";
import type { VideoProgress } from "../../media/video/video-run.ts";
import type { AspectRatio, VideoContent } from "../content.ts";

/** Places for pictures in posts, by what their lexicons call them. */
export type ImageSlot =
  | "app.bsky.embed.images#image.image"
  | "app.bsky.embed.gallery#image.image"
  | "app.bsky.embed.external#external.thumb";

/** A picture that fits its slot. */
export interface ReadyImage {
  /** How messages call it */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Media type */
  readonly type: string;
  readonly aspectRatio: AspectRatio | undefined;
}

/** A page that somebody linked to. */
export interface Page {
  /** After redirects */
  readonly url: URL;
  readonly html: string;
}

/** What posts need of the room of media. */
export interface PostMedia {
  /** Reads a picture and makes it fit. Sends nothing. Rejects with `MediaError` naming it */
  readonly image: (source: MediaSource, slot: ImageSlot, signal: AbortSignal | undefined) => Promise<ReadyImage>;
  /** Reads what tells this video from others. Rejects with `MediaError` naming it */
  readonly fingerprint: (source: MediaSource, signal: AbortSignal | undefined) => Promise<string>;
  /** Reads a video and its captions, so far as that can be done twice. Rejects with `MediaError` naming what cannot be posted */
  readonly checkVideo: (video: VideoContent, signal: AbortSignal | undefined) => Promise<void>;
  /** Uploads a video with its captions. Rejects with `MediaError`, before anything is sent where it cannot be posted */
  readonly video: (
    video: VideoContent,
    signal: AbortSignal | undefined,
    onProgress: ((progress: VideoProgress) => void) | undefined,
  ) => Promise<AppBskyEmbedVideo.$Main>;
  /** Reads a page. Rejects with `MediaError` */
  readonly page: (url: string, signal: AbortSignal | undefined) => Promise<Page>;
}
