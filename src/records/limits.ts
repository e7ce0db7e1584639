/**
 * What a server takes in one applyWrites:
 * https://github.com/bluesky-social/atproto/blob/main/packages/pds/src/api/com/atproto/repo/applyWrites.ts
 */
export const batchLimits = {
  writes: 200,
  /** Of the body, as JSON */
  bytes: 1_000_000,
} as const;
