/** Numbers and names of the video flow, each with its public source. Sizes come from the lexicons instead. */

/**
 * What Bluesky's video service is known to take. It may take more; https://docs.bsky.app/docs/tutorials/video promises MP4, and
 * https://github.com/bluesky-social/social-app (src/lib/media/video) sends H.264 with AAC.
 */
export const acceptedVideo: ReadonlySet<string> = new Set(["h264"]);
export const acceptedAudio: ReadonlySet<string> = new Set(["aac", "mp3"]);
/** Media types by container, as the service takes them; it makes MP4 of what it stores. */
export const acceptedContainers: Readonly<Record<string, string>> = { mp4: "video/mp4", mov: "video/quicktime" };

/** Numbers of the official app: src/lib/media/video/constants.ts and multipart/constants.ts in https://github.com/bluesky-social/social-app */
export const officialApp = {
  /** Bytes from which a file is sent in parts */
  multipartFrom: 16 * 1024 * 1024,
  /** Parts on their way at the same time */
  parallelParts: 3,
  /** Pixels of the longer side after conversion */
  longestSide: 1920,
} as const;

/** How long to wait. Milliseconds; the official tutorial asks for the job about once a second. */
export const patience = {
  pollEvery: 2_000,
  timeout: 600_000,
  /** A part that failed: first wait, doubled each time, up to so many sendings */
  partDelay: 500,
  partAttempts: 6,
  /** A finish under way elsewhere */
  finishDelay: 1_000,
  /** Telling the service that an upload is given up */
  abortTimeout: 15_000,
} as const;

/** Conversion. Rates in bits a second. */
export const conversion = {
  /** Share of the limit that is aimed at: rate control misses by a few percent */
  share: 0.93,
  audioRate: 128_000,
  /** Below it nothing can be seen any more */
  leastVideoRate: 60_000,
  /** More is not to be seen at the longest side below */
  mostVideoRate: 25_000_000,
  /** Bits a pixel of 30 frames a second, below which fewer pixels look better than worse ones */
  bitsPerPixel: 0.03,
  longestSides: [officialApp.longestSide, 1280, 960, 640, 426],
} as const;

/** Captions of a video: https://github.com/bluesky-social/atproto, lexicons/app/bsky/embed/video.json */
export const captionLimit = 20;
