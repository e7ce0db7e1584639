/** What posts may hold. Sources: the lexicons named, and where they are silent, what servers and apps do with more. */
export const limits = {
  /** `app.bsky.feed.post`: maxGraphemes, and maxLength in bytes */
  text: { graphemes: 300, bytes: 3000 },
  /** `app.bsky.feed.post`: langs, tags */
  langs: 3,
  tags: 8,
  tag: { graphemes: 64, bytes: 640 },
  /** `com.atproto.label.defs#selfLabels`, `#selfLabel` */
  labels: 10,
  labelBytes: 128,
  /** `app.bsky.embed.images` */
  images: 4,
  /** `app.bsky.embed.gallery` */
  gallery: 20,
  /** `app.bsky.feed.threadgate`, `app.bsky.feed.postgate` */
  gateRules: 5,
  /** `com.atproto.repo.applyWrites`: https://docs.bsky.app/docs/advanced-guides/rate-limits, packages/pds/src/api/com/atproto/repo/applyWrites.ts */
  writes: 200,
  /** `app.bsky.feed.getPosts` */
  getPosts: 25,
  /** Of a user's key for a post: as much as fits into an index of any database */
  keyBytes: 1000,
  /** Bytes of a page that are read for its card: the tags stand in its head */
  page: 1_000_000,
  /** Milliseconds for such a page, redirects included */
  pageTimeout: 15_000,
  /** Milliseconds that a file is known to be stored which no record refers to yet. Servers keep such files for an hour at least: https://atproto.com/specs/blob */
  upload: 1_800_000,
} as const;
