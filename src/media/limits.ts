import type { BlobSlots } from "../../generated/blob-slots.ts";

/** Numbers of the media room that no lexicon states. */
export const limits = {
  /** Bytes of a picture before it is made to fit. The photos of 200-megapixel phones have up to about 80 MB */
  imageInput: 100_000_000,
  /** Pixels of a picture that decodes line by line; what sharp takes by default: https://sharp.pixelplumbing.com/api-constructor */
  pixels: 268_402_689,
  /** Pixels of a picture that a decoder holds as a whole: 4 bytes each */
  wholePixels: 100_000_000,
  /** Pixels of all frames of an animation that has to be changed */
  animationPixels: 250_000_000,
  /** Frames of an animation that has to be changed */
  frames: 1_500,
  /** Pictures prepared at the same time */
  parallel: 4,
  /** Bytes of what is downloaded from a URL, unless its use says otherwise */
  download: 100_000_000,
  /** Milliseconds a download may take */
  downloadTimeout: 60_000,
  /** Redirects that are followed, as browsers do: https://fetch.spec.whatwg.org/#http-redirect-fetch */
  redirects: 20,
  /** Bytes read at a time from files */
  chunk: 65_536,
} as const;

/** Pixels that a picture must not exceed, `inside`, or that it must cover, `outside`. */
export interface Box {
  readonly width: number;
  readonly height: number;
  readonly fit: "inside" | "outside";
}

/** What Bluesky shows of a post's pictures at most: https://bsky.app/profile/bsky.app/post/3mk4lzkrnk22d */
export const largestBox: Box = { width: 4000, height: 4000, fit: "inside" };

const avatar: Box = { width: 1000, height: 1000, fit: "outside" };

/**
 * Sizes that the AppView asks its image service for: `packages/bsky/src/image/uri.ts` in
 * https://github.com/bluesky-social/atproto
 */
export const imageBoxes: { readonly [Slot in keyof BlobSlots]?: Box } = {
  "app.bsky.actor.profile.avatar": avatar,
  "app.bsky.actor.profile.banner": { width: 3000, height: 1000, fit: "outside" },
  "app.bsky.embed.external#external.thumb": { width: 2000, height: 2000, fit: "inside" },
  "app.bsky.feed.generator.avatar": avatar,
  "app.bsky.graph.list.avatar": avatar,
};
