/**
 * What servers allow an account, as data: https://docs.bsky.app/docs/advanced-guides/rate-limits, and where that page is
 * silent packages/pds/src in https://github.com/bluesky-social/atproto
 */

/** Write points of one attempt; applyWrites is the sum of its operations. */
export const writeCosts: Readonly<Record<string, number>> = {
  "com.atproto.repo.createRecord": 3,
  "com.atproto.repo.putRecord": 2,
  "com.atproto.repo.deleteRecord": 1,
  "com.atproto.repo.applyWrites#create": 3,
  "com.atproto.repo.applyWrites#update": 2,
  "com.atproto.repo.applyWrites#delete": 1,
};
